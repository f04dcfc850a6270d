// @ts-check
import { failure } from "./components.js";
import { h } from "./dom.js";
import { shortHex } from "./format.js";
import { field } from "./forms.js";
import { compare, hashesOf } from "./hashCheck.js";

/**
 * @import { Claim, Form } from "./hashCheck.js"
 */

const LARGEST = 20_000_000;

/** @type {Record<Form, string>} */
const FORM_NAMES = {
  bytes: "byte for byte",
  canonical: "in its RFC 8785 form",
  salted: "in its RFC 8785 form, with this salt",
};

/**
 * Says which of a job's hashes a file has. The file never leaves the page.
 * @param {() => Claim[]} claims What stands on the chain at this moment.
 */
export function proofPanel(claims) {
  const file = h("input", { type: "file" });
  const text = h("textarea", { rows: 6, spellcheck: "false", autocomplete: "off" });
  const salt = h("input", { autocomplete: "off", spellcheck: "false", placeholder: "0x…" });
  const answer = h("div", { class: "answer", role: "status" });

  // The last thing given counts; two sources at once would leave open which one was checked.
  file.addEventListener("change", () => {
    text.value = "";
  });
  text.addEventListener("input", () => {
    file.value = "";
  });

  const element = h(
    "form",
    {
      class: "proof",
      "aria-label": "Check a file",
      onsubmit: async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        try {
          answer.replaceChildren(h("p", null, "Computing…"));
          const bytes = await given();
          answer.replaceChildren(...verdict(bytes, salt.value.trim() === "" ? undefined : salt.value.trim(), claims()));
        } catch (error) {
          answer.replaceChildren(failure(error));
        }
      },
    },
    h(
      "p",
      { class: "hint" },
      "Give the terms, the input, the deliverable or a piece of evidence as a file or as text. Its hash is computed on this page; nothing is sent.",
    ),
    h(
      "div",
      { class: "pair" },
      field("File", (id) => Object.assign(file, { id })),
      field("Salt of confidential terms, if any", (id) => Object.assign(salt, { id })),
    ),
    field("Or paste the text", (id) => Object.assign(text, { id })),
    h("div", { class: "buttons" }, h("button", { type: "submit" }, "Check")),
    answer,
  );

  async function given() {
    const picked = file.files?.[0];
    if (picked !== undefined) {
      if (picked.size > LARGEST) throw new Error("The file is larger than 20 MB: check it with a command-line tool.");
      return new Uint8Array(await picked.arrayBuffer());
    }
    if (text.value === "") throw new Error("Pick a file or paste its text first.");
    return new TextEncoder().encode(text.value);
  }

  return element;
}

/**
 * @param {Uint8Array} bytes
 * @param {string | undefined} salt
 * @param {Claim[]} claims
 */
function verdict(bytes, salt, claims) {
  const { candidates, problem } = hashesOf(bytes, salt);
  const findings = compare(candidates, claims);
  const matched = findings.filter(({ matches }) => matches !== undefined);
  const headline =
    matched.length > 0
      ? `This matches: ${matched.map(({ name, matches }) => `${name}, ${matches === undefined ? "" : FORM_NAMES[matches]}`).join("; ")}.`
      : "This matches none of this job's hashes.";
  return [
    h("p", { class: matched.length > 0 ? "verdict is-match" : "verdict is-mismatch" }, headline),
    h(
      "ul",
      { class: "findings" },
      findings.map(({ name, hash, matches }) =>
        h(
          "li",
          null,
          `${name} (${shortHex(hash)}): `,
          h("strong", null, matches === undefined ? "does not match" : "matches"),
        ),
      ),
    ),
    h(
      "details",
      null,
      h("summary", null, "Computed hashes"),
      h(
        "dl",
        { class: "facts" },
        candidates.map(({ form, hash }) =>
          h("div", null, h("dt", null, FORM_NAMES[form]), h("dd", null, h("code", null, hash))),
        ),
      ),
      problem !== undefined && h("p", { class: "hint" }, `There is no RFC 8785 form. ${problem}`),
    ),
  ];
}
