// @ts-check
import { formatDuration, formatRelative } from "./format.js";

/** How far the chain's clock is ahead of this machine's: a local chain's time can be moved. Never behind, in seconds. */
let ahead = 0;

/** @param {number} chainTime Unix seconds of the chain's latest known block. */
export function observeChainTime(chainTime) {
  ahead = Math.max(ahead, chainTime - Date.now() / 1000);
}

/** Unix seconds by which deadlines are to be judged. */
export function now() {
  return Date.now() / 1000 + ahead;
}

/** @param {number} deadline Unix seconds */
export function countdown(deadline) {
  const left = deadline - now();
  return left > 0 ? `${formatDuration(left)} left` : `passed ${formatRelative(deadline, now())}`;
}

/** Keeps what the page says of time true: relative times and countdowns. Screen readers are not told of each second. */
export function startClock() {
  setInterval(() => {
    for (const element of document.querySelectorAll("[data-deadline], [data-ago]")) {
      const { deadline, ago } = /** @type {HTMLElement} */ (element).dataset;
      const text = deadline === undefined ? formatRelative(Number(ago), now()) : countdown(Number(deadline));
      if (element.textContent !== text) element.textContent = text;
    }
  }, 1000);
}
