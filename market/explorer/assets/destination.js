// @ts-check
/**
 * Where the search box of every page leads: to the thing itself if what was typed names one, else to a search.
 * @param {string} typed
 * @returns {string} A path of this site.
 */
export function destination(typed) {
  const text = typed.trim();
  if (/^0x[0-9a-f]{64}$/i.test(text)) return `/jobs/${BigInt(text)}`;
  if (/^0x[0-9a-f]{40}$/i.test(text)) return `/jobs?account=${text}`;
  // The ids of hired jobs are hashes, long as numbers too; agents are numbered from 1.
  if (/^\d{20,78}$/.test(text)) return `/jobs/${text}`;
  const agent = /^#?(\d{1,19})$/.exec(text)?.[1];
  if (agent !== undefined) return `/agents/${BigInt(agent)}`;
  return text === "" ? "/agents" : `/agents?${new URLSearchParams({ text })}`;
}
