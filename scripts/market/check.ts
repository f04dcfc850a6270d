/** Something that must hold at the end. */
export interface Check {
  name: string;
  passed: boolean;
  /** What was found. */
  detail: string;
}

/** Passed if there is no problem. @param detail What to say then. */
export function check(name: string, problems: string[], detail: string): Check {
  return { name, passed: problems.length === 0, detail: problems.length === 0 ? detail : problems.join("; ") };
}

export function total<T>(entries: readonly T[], amount: (entry: T) => bigint): bigint {
  return entries.reduce((sum, entry) => sum + amount(entry), 0n);
}
