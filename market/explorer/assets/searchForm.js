// @ts-check
import { h } from "./dom.js";
import { formatUnits, parseUnits, tokenName } from "./format.js";
import { field, queryOf } from "./forms.js";

/**
 * @import { Measure, Reason } from "../../../sdk/discovery/model.ts"
 * @import { Tokens } from "./eventText.js"
 */

/** @type {[Measure, string][]} */
const WEIGHTS = [
  ["text", "Words that fit"],
  ["record", "Record"],
  ["price", "Low price"],
  ["activity", "Recent activity"],
  ["counterparties", "Many counterparties"],
];
/** How far a slider goes, unless a weight in use goes further: only how weights stand to each other counts. */
const WIDEST = 5;
const MORE = ["minCompleted", "minCounterparties", "activeSince", "walletVerified", "active", "minVolume"];

/**
 * The search request as a form. Its state is the page's address; the names are those of the HTTP API.
 * @param {{ query: URLSearchParams, tokens: Tokens, navigate: (url: string, focus?: string) => void }} options
 */
export function searchForm({ query, tokens, navigate }) {
  const ranked = WEIGHTS.some(([measure]) => query.has(`weight.${measure}`));
  const asked = tokens.find((entry) => entry.token.toLowerCase() === query.get("token")?.toLowerCase());
  const token = h(
    "select",
    {
      name: "token",
      onchange: () => {
        price.setCustomValidity("");
      },
    },
    h("option", { value: "" }, "Any"),
    tokens.map((entry) =>
      h("option", { value: entry.token, selected: entry === asked }, tokenName(entry.token, tokens)),
    ),
  );
  const price = amountInput("maxPrice");
  const volume = amountInput("minVolume");
  const sliders = WEIGHTS.map(([measure, label]) => slider(measure, label, query.get(`weight.${measure}`)));

  const element = h(
    "form",
    { class: "search-form", action: "/agents", role: "search", "aria-label": "Agents", onsubmit: submit },
    field("Words", (id) =>
      h("input", { id, name: "text", type: "search", maxlength: 200, value: query.get("text") ?? "" }),
    ),
    field(
      "Skills",
      (id) =>
        h("input", { id, name: "skill", maxlength: 400, spellcheck: "false", value: query.getAll("skill").join(", ") }),
      "Separated by commas; all must be there. “code” also finds “code/lint”.",
    ),
    h(
      "div",
      { class: "pair" },
      field("Token", (id) => withId(token, id)),
      field("Highest price", (id) => withId(price, id)),
    ),
    h(
      "details",
      { open: MORE.some((name) => query.has(name)) },
      h("summary", null, "More filters"),
      field("Jobs completed, at least", (id) => count(id, "minCompleted")),
      field("Different counterparties, at least", (id) => count(id, "minCounterparties")),
      field("Volume paid, at least", (id) => withId(volume, id), "In the token chosen above."),
      field("Active since", (id) =>
        h("input", { id, name: "activeSince", type: "date", value: dayOf(query.get("activeSince")) }),
      ),
      check("walletVerified", "true", "Verified wallet only"),
      check("active", "false", "Also agents that do not serve now"),
    ),
    h(
      "details",
      { open: ranked },
      h("summary", null, "Ranking"),
      h("p", { class: "hint" }, "How much each measure counts. The result says how it was used."),
      sliders.map(({ element: row }) => row),
    ),
    h("div", { class: "buttons" }, h("button", { type: "submit" }, "Search"), h("a", { href: "/agents" }, "Clear")),
  );

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    const next = queryOf(element);
    const skills = (next.get("skill") ?? "")
      .split(",")
      .map((skill) => skill.trim())
      .filter((skill) => skill !== "");
    next.delete("skill");
    for (const skill of skills) next.append("skill", skill);
    const day = next.get("activeSince");
    if (day !== null) next.set("activeSince", String(Date.parse(`${day}T00:00:00Z`) / 1000));
    for (const input of [price, volume]) if (!setAmount(next, input)) return;
    for (const { measure, input, moved } of sliders) if (moved()) next.set(`weight.${measure}`, input.value);
    navigate(`/agents?${next}`, "results");
  }

  /**
   * Turns what a person wrote into base units; says on the field what is wrong.
   * @param {URLSearchParams} next
   * @param {HTMLInputElement} input
   */
  function setAmount(next, input) {
    if (input.value.trim() === "") return true;
    const chosen = tokens.find((entry) => entry.token === token.value);
    const decimals = chosen?.decimals ?? 0;
    const amount = chosen === undefined ? undefined : parseUnits(input.value, decimals);
    if (amount === undefined) {
      input.setCustomValidity(
        chosen === undefined
          ? "Choose a token first: prices count in one token."
          : `Write an amount such as 12.5, with at most ${decimals} decimals.`,
      );
      input.reportValidity();
      return false;
    }
    next.set(input.name, amount);
    return true;
  }

  /** @param {string} name */
  function amountInput(name) {
    const base = query.get(name);
    const decimals = asked?.decimals ?? 0;
    const shown = base !== null && /^\d+$/.test(base) ? formatUnits(base, decimals, "en").replaceAll(",", "") : "";
    const input = h("input", { name, inputmode: "decimal", autocomplete: "off", value: shown });
    input.addEventListener("input", () => {
      input.setCustomValidity("");
    });
    return input;
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  function count(id, name) {
    return h("input", { id, name, type: "number", min: 0, step: 1, value: query.get(name) ?? "" });
  }

  /**
   * @param {string} name
   * @param {string} value
   * @param {string} label
   */
  function check(name, value, label) {
    return h(
      "label",
      { class: "check" },
      h("input", { type: "checkbox", name, value, checked: query.get(name) === value }),
      label,
    );
  }

  return {
    element,
    /**
     * Sliders that nobody has moved show the weights that the index used.
     * @param {Reason[]} reasons
     */
    showWeights(reasons) {
      for (const { measure, moved, show } of sliders) {
        const used = reasons.find((reason) => reason.measure === measure);
        if (used !== undefined && !moved()) show(used.weight);
      }
    },
  };
}

/**
 * A weight, from 0 up. It has no name, so that only a slider that was moved says something.
 * @param {Measure} measure
 * @param {string} label
 * @param {string | null} set
 */
function slider(measure, label, set) {
  let touched = set !== null;
  const output = h("output", null, "");
  const input = h("input", {
    type: "range",
    min: 0,
    max: WIDEST,
    step: 0.05,
    oninput: () => {
      touched = true;
      output.textContent = Number(input.value).toFixed(2);
    },
  });
  const show = (/** @type {number} */ value) => {
    if (value > WIDEST) input.max = String(value);
    input.value = String(value);
    output.textContent = value.toFixed(2);
  };
  if (set !== null && Number.isFinite(Number(set))) show(Number(set));
  const element = field(label, (id) => {
    withId(input, id);
    output.setAttribute("for", id);
    return h("span", { class: "slider" }, input, output);
  });
  return { measure, input, element, moved: () => touched, show };
}

/**
 * @template {HTMLElement} E
 * @param {E} element
 * @param {string} id
 */
function withId(element, id) {
  element.id = id;
  return element;
}

/**
 * The value of a date field from Unix seconds.
 * @param {string | null} seconds
 */
function dayOf(seconds) {
  const date = new Date(Number(seconds ?? NaN) * 1000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 10);
}
