// @ts-check
import { reader } from "./api.js";
import { observeChainTime, startClock } from "./clock.js";
import { destination } from "./destination.js";
import { formatDuration, formatNumber } from "./format.js";
import { follow } from "./live.js";
import { throttle } from "./pages/context.js";
import { startRouter } from "./router.js";

/**
 * @import { Status } from "../../../sdk/discovery/model.ts"
 * @import { Connection } from "./live.js"
 * @import { Tokens } from "./eventText.js"
 */

const STATUS_EVERY = 15_000;
const TOKENS_KEPT = 60_000;
/** Seconds after which the index's word about the chain's head is old news. */
const HEAD_IS_OLD = 60;

const forever = new AbortController().signal;
const read = reader(forever);

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no element #${id}.`);
  return element;
}

/** @type {{ at: number, tokens: Promise<Tokens> } | undefined} */
let kept;

/**
 * What is known of tokens changes rarely; without it, amounts are shown in base units.
 * @returns {Promise<Tokens>}
 */
function tokens() {
  if (kept === undefined || Date.now() - kept.at > TOKENS_KEPT) {
    const asked = read.overview().then(
      (overview) => overview.tokens,
      () => [],
    );
    kept = { at: Date.now(), tokens: asked };
    // A new market has no token yet, and soon will.
    void asked.then((known) => {
      if (known.length === 0) kept = undefined;
    });
  }
  return kept.tokens;
}

const announcement = byId("announce");
/** @param {string} text */
function announce(text) {
  announcement.textContent = text;
}

const router = startRouter({ main: byId("main"), progress: byId("progress"), tokens, announce });

byId("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (byId("find-text"));
  const url = destination(input.value);
  input.value = "";
  router.navigate(url, url.startsWith("/agents?") ? "results" : undefined);
});

// Buttons that copy are inside what live updates patch, so the document listens for them.
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    announce("Copied.");
  } catch {
    announce("The browser does not allow copying here: select the text instead.");
  }
});

// ─────────────────────────── how far the index is ───────────────────────────

/** @type {Status | undefined} */
let status;
/** @type {Connection} */
let connection = "connecting";
const statusLine = byId("status");

/** @type {Record<Connection, string>} */
const CONNECTIONS = {
  connecting: "connecting to live updates",
  open: "live",
  lost: "live updates interrupted, reconnecting",
};

async function askStatus() {
  try {
    status = await read.status();
    observeChainTime(status.block.time);
  } catch {
    status = undefined;
  }
  showStatus();
}

function showStatus() {
  const line = status === undefined ? "The index does not answer" : statusText(status);
  const behind = status === undefined || connection === "lost" || status.head.number > status.block.number;
  statusLine.className = behind ? "is-behind" : "is-current";
  const text = `${line} · ${CONNECTIONS[connection]}`;
  if (statusLine.textContent !== text) statusLine.textContent = text;
}

/** @param {Status} known */
function statusText({ chainId, block, head }) {
  const lag = head.number - block.number;
  const silence = Date.now() / 1000 - head.askedAt;
  const state =
    silence > HEAD_IS_OLD
      ? `chain not heard of for ${formatDuration(silence)}`
      : lag <= 0
        ? "up to date"
        : `${formatNumber(lag)} ${lag === 1 ? "block" : "blocks"} behind`;
  return `Chain ${chainId} · block ${formatNumber(block.number)} · ${state}`;
}

const askStatusSoon = throttle(askStatus, 2000);

void askStatus();
setInterval(() => {
  if (document.visibilityState === "visible") void askStatus();
}, STATUS_EVERY);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void askStatus();
});

follow({
  onEntries(entries) {
    router.tell(entries);
    void askStatusSoon();
  },
  onConnection(state) {
    connection = state;
    showStatus();
  },
  onGap() {
    router.refresh();
    void askStatus();
  },
});

startClock();

// ─────────────────────────── light and dark ───────────────────────────

const themeButton = byId("theme");
const THEMES = ["system", "light", "dark"];

function shownTheme() {
  return document.documentElement.dataset.theme ?? "system";
}

function labelTheme() {
  themeButton.textContent = `Theme: ${shownTheme()}`;
}

themeButton.addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(shownTheme()) + 1) % THEMES.length] ?? "system";
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  labelTheme();
  announce(`Theme: ${next}.`);
  try {
    if (next === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
  }
});
labelTheme();
