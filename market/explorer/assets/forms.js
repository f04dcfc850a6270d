// @ts-check
import { h } from "./dom.js";

let fields = 0;

/**
 * @param {string} label
 * @param {(id: string) => HTMLElement} control
 * @param {string} [hint]
 */
export function field(label, control, hint) {
  const id = `field-${++fields}`;
  const element = control(id);
  if (hint !== undefined) element.setAttribute("aria-describedby", `${id}-hint`);
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    element,
    hint !== undefined && h("p", { class: "hint", id: `${id}-hint` }, hint),
  );
}

/**
 * What a form says, as a query: empty fields are left out, so that addresses stay short and can be shared.
 * @param {HTMLFormElement} form
 */
export function queryOf(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value.trim() !== "") query.append(name, value.trim());
  }
  return query;
}
