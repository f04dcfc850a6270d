// @ts-check
import { ApiError, reader } from "./api.js";
import { failure } from "./components.js";
import { h } from "./dom.js";
import { agentPage } from "./pages/agent.js";
import { agentsPage } from "./pages/agents.js";
import { jobPage } from "./pages/job.js";
import { jobsPage } from "./pages/jobs.js";
import { overviewPage } from "./pages/overview.js";

/**
 * @import { TimelineEntry } from "../../../sdk/discovery/model.ts"
 * @import { Tokens } from "./eventText.js"
 * @import { PageLoader, View } from "./pages/context.js"
 */

/** @type {[RegExp, PageLoader, string][]} */
const ROUTES = [
  [/^\/$/, overviewPage, ""],
  [/^\/agents$/, agentsPage, ""],
  [/^\/agents\/([^/]+)$/, agentPage, "agent"],
  [/^\/jobs$/, jobsPage, ""],
  [/^\/jobs\/([^/]+)$/, jobPage, "job"],
];

/**
 * Shows the page that the address names, and follows links within the site without loading a document.
 * @param {{ main: HTMLElement, progress: HTMLElement, tokens: () => Promise<Tokens>, announce: (text: string) => void }} options
 */
export function startRouter({ main, progress, tokens, announce }) {
  let controller = new AbortController();
  /** @type {View | undefined} */
  let view;
  /** The address that is shown or being loaded, without what follows "#". */
  let shown = "";

  history.scrollRestoration = "manual";

  /**
   * @param {{ focus?: string, scroll?: number, first?: boolean }} how
   */
  async function show({ focus, scroll = 0, first = false }) {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    const { pathname, search } = location;
    shown = pathname + search;
    const path = pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname;
    view = undefined;
    main.setAttribute("aria-busy", "true");
    progress.hidden = false;
    markNavigation(path);

    const next = await load(path, new URLSearchParams(search), signal);
    if (next === undefined) return;
    view = next;
    document.title = `${next.title} · Agent Market`;
    main.replaceChildren(...next.content);
    main.removeAttribute("aria-busy");
    progress.hidden = true;
    const target = (focus === undefined ? null : document.getElementById(focus)) ?? main.querySelector("h1");
    // On arrival, the browser's own reading position is right; afterwards people must be told where they are.
    if (!first) target?.focus({ preventScroll: true });
    if (focus !== undefined && target?.id === focus) target.scrollIntoView({ block: "start" });
    else scrollTo(0, scroll);
  }

  /**
   * @param {string} path
   * @param {URLSearchParams} query
   * @param {AbortSignal} signal
   * @returns {Promise<View | undefined>} Nothing if the reader has gone on meanwhile.
   */
  async function load(path, query, signal) {
    const [match, page, thing] = find(path);
    if (page === undefined) return notFound("There is no such page.");
    try {
      const id = decodeURIComponent(match?.[1] ?? "");
      const known = await tokens();
      if (signal.aborted) return undefined;
      const next = await page({ id, path, query, read: reader(signal), tokens: known, navigate, announce });
      return signal.aborted ? undefined : next;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof URIError) return notFound("There is no such page.");
      if (error instanceof ApiError && error.status === 404)
        return notFound(`The index knows no such ${thing === "" ? "page" : thing}.`);
      return {
        title: "Error",
        content: [h("h1", { tabindex: -1 }, "This could not be shown"), failure(error, { retry: true })],
      };
    }
  }

  /**
   * @param {string} url
   * @param {string} [focus] The id of the element to go to, if not the page's heading.
   */
  function navigate(url, focus) {
    history.replaceState({ scroll: scrollY }, "");
    history.pushState(null, "", url);
    void show({ focus });
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("[data-retry]") !== null) void show({});
    const link = event.target.closest("a");
    if (link === null || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target !== "") return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname.startsWith("/api/") || url.hash !== "") return;
    event.preventDefault();
    navigate(url.pathname + url.search, link.dataset.focus);
  });

  addEventListener("popstate", (event) => {
    // The skip link changes the address too, but not the page.
    if (location.pathname + location.search === shown) return;
    const scroll = /** @type {{ scroll?: unknown } | null} */ (event.state)?.scroll;
    void show({ scroll: typeof scroll === "number" ? scroll : 0 });
  });

  void show({ first: true });
  return {
    navigate,
    /** @param {TimelineEntry[]} entries */
    tell: (entries) => void view?.onEvents?.(entries),
    refresh: () => void view?.refresh?.(),
  };
}

/**
 * @param {string} path
 * @returns {[RegExpExecArray | undefined, PageLoader | undefined, string]}
 */
function find(path) {
  for (const [pattern, page, thing] of ROUTES) {
    const match = pattern.exec(path);
    if (match !== null) return [match, page, thing];
  }
  return [undefined, undefined, ""];
}

/**
 * @param {string} says
 * @returns {View}
 */
function notFound(says) {
  return {
    title: "Not found",
    content: [
      h("h1", { tabindex: -1 }, "Not found"),
      h(
        "p",
        { class: "state" },
        says,
        " ",
        h("a", { href: "/" }, "To the overview"),
        " or ",
        h("a", { href: "/agents" }, "search"),
        ".",
      ),
    ],
  };
}

/** @param {string} path */
function markNavigation(path) {
  for (const link of document.querySelectorAll(".nav a")) {
    const target = link.getAttribute("href") ?? "";
    const here = target === "/" ? path === "/" : path === target || path.startsWith(`${target}/`);
    if (here) link.setAttribute("aria-current", path === target ? "page" : "true");
    else link.removeAttribute("aria-current");
  }
}
