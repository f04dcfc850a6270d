import { expect } from "chai";

import { REGISTRATION_TYPE } from "../../../sdk/registration";
import { marketFixture } from "../../fixtures/market";
import { indexOf, overBothDatabases } from "../index/support";

/** A file's text as a `data:` URI, whatever it is. */
function dataUri(text: string): string {
  return `data:application/json,${text.replaceAll("%", "%25").replaceAll("\u0000", "%00")}`;
}

function fileOf(fields: Record<string, unknown>): string {
  const required = { name: "Poison", description: "Works.", image: "https://example.org/a.png", services: [] };
  return JSON.stringify({ type: REGISTRATION_TYPE, active: true, ...required, ...fields });
}

const nested = "[".repeat(7_000) + "]".repeat(7_000);

/** Characters that folding makes longer, in an order that does not compress. */
function longSkill(): string {
  const wide = Array.from({ length: 88 }, (_, i) => String.fromCodePoint(0x3300 + i));
  const ligatures = Array.from({ length: 112 }, (_, i) => String.fromCodePoint(0xac00 + ((i * 7919) % 11_172)));
  return wide
    .flatMap((letter, i) => [letter, ligatures[i] ?? ""])
    .join("")
    .concat(...ligatures.slice(88));
}

/** Each once held up the files of all agents, in one of the databases or in both. */
const POISONS: Record<string, string> = {
  "is nested so deep that reading it exhausts the stack": fileOf({ more: 0 }).replace('"more":0', `"more":${nested}`),
  "is no JSON and begins with a NUL character": "\u0000{}",
  "has a description that is cut within a character where words are indexed": fileOf({
    description: "a" + "\u{10330}".repeat(3_000),
  }),
  "has a skill that is long once it is folded": fileOf({
    services: [{ name: "OASF", endpoint: "https://example.org", skills: [longSkill()] }],
  }),
  "has NUL characters wherever a text may stand": fileOf({
    name: "a\u0000b",
    services: [{ name: "w\u0000", endpoint: "e\u0000", skills: ["s\u0000"], "k\u0000": "\u0000" }],
    "key\u0000": "\u0000",
  }),
};

describe("market index: a file that is made to break the index", () => {
  overBothDatabases((database) => {
    for (const [what, text] of Object.entries(POISONS)) {
      it(`goes on with other agents' files where one ${what}`, async () => {
        const m = await marketFixture();
        const register = m.registry.connect(m.stranger)["register(string)"];
        await register(dataUri(text));
        await register(dataUri(fileOf({ name: "Honest" })));
        const index = await indexOf(m, await database());
        try {
          await index.catchUp();
          expect((await index.reader.search({ text: "honest" })).items.length).to.equal(1);
          expect((await index.reader.agent("5"))!.file.state).to.be.oneOf(["resolved", "failed"]);
        } finally {
          await index.stop();
        }
      });
    }
  });
});
