// @ts-check
/*
 * Elements from plain calls. Text only ever becomes a text node, so what strangers wrote cannot become markup.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Node | string | number | null | undefined | false | readonly any[]} Child A list holds children again.
 * @typedef {Record<string, string | number | boolean | undefined | ((event: any) => void)>} Attributes
 */

/**
 * An HTML element. `true` sets an attribute without a value, `false` and `undefined` leave it out, a function whose
 * name begins with "on" listens to that event.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes | null} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes | null} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Attributes | null | undefined} attributes
 * @param {Child[]} children
 * @returns {E}
 */
function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Child[]} children
 */
function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (typeof child === "object" && child !== null) element.append(/** @type {Node} */ (child));
    else if (typeof child === "string" || typeof child === "number") {
      element.append(String(child));
    }
  }
}

/**
 * Makes `present` look like `wanted`, keeping every element that can stay: focus, scroll position and selection
 * survive. Listeners do not move, so what is patched has none (links and buttons are heard by the document).
 * @param {Element} present
 * @param {Element} wanted
 */
export function patch(present, wanted) {
  for (const { name } of [...present.attributes]) {
    // Whether a disclosure is open is the reader's, not the page's.
    if (!wanted.hasAttribute(name) && !(name === "open" && present.tagName === "DETAILS"))
      present.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (present.getAttribute(name) !== value) present.setAttribute(name, value);
  }
  const old = [...present.childNodes];
  const next = [...wanted.childNodes];
  next.forEach((node, index) => {
    const before = old[index];
    if (before === undefined) present.append(node);
    else if (node instanceof Element && before instanceof Element && sameKind(before, node)) patch(before, node);
    else if (node.nodeType === Node.TEXT_NODE && before.nodeType === Node.TEXT_NODE) {
      if (before.nodeValue !== node.nodeValue) before.nodeValue = node.nodeValue;
    } else before.replaceWith(node);
  });
  for (const node of old.slice(next.length)) node.remove();
}

/**
 * @param {Element} a
 * @param {Element} b
 */
function sameKind(a, b) {
  return a.tagName === b.tagName && a.getAttribute("data-key") === b.getAttribute("data-key");
}
