/*
 * What is asked inside the page. Given as text, because the project's types know no DOM.
 */

/** Everything that keeps a page from being read by machine or by eye, one line each. Nothing, if all is well. */
export const PROBLEMS = `(() => {
  const problems = [];
  const say = (what, element) => problems.push(what + ": " + element.outerHTML.slice(0, 120));
  const seen = (element) => element.checkVisibility();
  const name = (element) => {
    const by = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("");
    return (element.getAttribute("aria-label") ?? "") + by + [...(element.labels ?? [])].map((label) => label.textContent).join("");
  };

  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of ids.filter((id, index) => ids.indexOf(id) !== index)) problems.push("id twice: " + id);

  for (const landmark of ["header", "main", "footer", "nav[aria-label]", "[role=search]"]) {
    if (document.querySelector(landmark) === null) problems.push("no " + landmark);
  }
  if (document.querySelectorAll("h1").length !== 1) problems.push("not one h1");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) say("heading skips a level", heading);
    level = next;
  }
  for (const control of document.querySelectorAll("input, select, textarea, [role=region], section, form, svg[role=img]")) {
    if (control.id !== "find" && name(control).trim() === "") say("no name", control);
  }
  for (const button of document.querySelectorAll("button, a")) {
    if ((button.textContent + name(button)).trim() === "") say("no name", button);
  }
  for (const table of document.querySelectorAll("table")) {
    if (table.caption === null) say("no caption", table);
    for (const header of table.querySelectorAll("th")) if (!header.hasAttribute("scope")) say("no scope", header);
  }
  for (const link of document.querySelectorAll("main a")) {
    const inside = link.origin === location.origin;
    if (!inside && (link.protocol !== "https:" || link.rel !== "noopener noreferrer nofollow")) say("unsafe link", link);
  }
  for (const time of document.querySelectorAll("time")) {
    if (!/^\\d{4}-\\d\\d-\\d\\dT/.test(time.dateTime)) say("no datetime", time);
  }

  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const colour = (css) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = css;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const checked = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (texts.currentNode.nodeValue.trim() === "" || checked.has(element) || !seen(element)) continue;
    checked.add(element);
    if (element.closest("noscript, svg title, svg desc, .hidden, option") !== null) continue;
    const style = getComputedStyle(element);
    const ink = luminance(colour(element instanceof SVGElement ? style.fill : style.color).slice(0, 3));
    const ground = luminance(behind(element).slice(0, 3));
    const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) say("contrast " + ratio.toFixed(2), element);
  }

  const wider = document.documentElement.scrollWidth - innerWidth;
  if (wider > 0) problems.push("the page is " + wider + " px wider than the window");
  return problems;
})()`;

/** Records what the page's policy refused, from the first moment on. */
export const WATCH_POLICY = `
  window.refused = [];
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
    window.refused.push(violatedDirective + " " + blockedURI + " " + sample);
  });
`;
