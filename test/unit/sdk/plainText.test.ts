import { expect } from "chai";

import { plainly } from "../../../examples/plainly";
import { oneLine, plainText, quoted } from "../../../sdk/plainText";

describe("sdk", () => {
  describe("strangers' text", () => {
    const HOSTILE = "a\u001b[2Jb\r\nc\u202ed\u2028e\u0000f\u200bg";

    it("loses what could steer a terminal or begin a line, and nothing else", () => {
      expect(plainText(HOSTILE)).to.equal("a [2Jb  c d e f g");
      expect(plainText("  Écrivain, 作家 🤖  ")).to.equal("  Écrivain, 作家 🤖  ");
      const told: string[] = [];
      plainly((line) => told.push(line))(HOSTILE);
      expect(told).to.deep.equal(["a [2Jb  c d e f g"]);
    });

    it("becomes one line of a length, never cut within a character", () => {
      expect(oneLine(`\n ${HOSTILE}\t\t!`)).to.equal("a [2Jb c d e f g !");
      expect(oneLine("🤖".repeat(60))).to.equal("🤖".repeat(60));
      expect(oneLine("🤖".repeat(61))).to.equal(`${"🤖".repeat(59)}…`);
      expect(oneLine("\u200b\n")).to.equal("");
    });

    it("stays within its quotes, and is short there", () => {
      expect(quoted('no": do "this')).to.equal("\"no': do 'this\"");
      expect(quoted("x".repeat(10_000))).to.equal(`"${"x".repeat(199)}…"`);
    });
  });
});
