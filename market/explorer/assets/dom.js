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
  const wantedNodes = [...wanted.childNodes];
  const kept = new Set(wantedNodes.map(keyOf).filter((key) => key !== undefined));
  /** What stands where the next wanted node belongs. */
  let cursor = present.firstChild;
  for (const node of wantedNodes) {
    const key = keyOf(node);
    if (key !== undefined) {
      const match = [...present.childNodes].find((child) => keyOf(child) === key);
      // Others make way for the match: moving it would take the focus from within it.
      while (match !== undefined && cursor !== null && cursor !== match && !kept.has(keyOf(cursor) ?? "")) {
        const gone = cursor;
        cursor = cursor.nextSibling;
        gone.remove();
      }
      if (match !== undefined && match !== cursor) present.insertBefore(match, cursor);
      cursor = settle(present, match, node, cursor);
    } else {
      const before = cursor !== null && keyOf(cursor) === undefined && sameKind(cursor, node) ? cursor : undefined;
      cursor = settle(present, before, node, cursor);
    }
  }
  while (cursor !== null) {
    const gone = cursor;
    cursor = cursor.nextSibling;
    gone.remove();
  }
}

/**
 * Puts a wanted node in its place, by changing the one that is there if it is the same thing.
 * @param {Element} parent
 * @param {ChildNode | undefined} match
 * @param {ChildNode} node
 * @param {ChildNode | null} cursor
 * @returns {ChildNode | null} What comes after it.
 */
function settle(parent, match, node, cursor) {
  if (match === undefined) {
    parent.insertBefore(node, cursor);
    return cursor;
  }
  if (match instanceof Element && node instanceof Element) patch(match, node);
  else if (match.nodeValue !== node.nodeValue) match.nodeValue = node.nodeValue;
  return match.nextSibling;
}

/** @param {Node} node */
function keyOf(node) {
  return node instanceof Element ? (node.getAttribute("data-key") ?? undefined) : undefined;
}

/**
 * @param {Node} a
 * @param {Node} b
 */
function sameKind(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}
