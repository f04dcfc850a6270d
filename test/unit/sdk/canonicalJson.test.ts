import { expect } from "chai";
import { toUtf8Bytes } from "ethers";

import { canonicalBytes, canonicalJson, parseJson } from "../../../sdk/canonicalJson";
import { InvalidInputError } from "../../../sdk/InvalidInputError";

describe("sdk", () => {
  describe("canonicalJson", () => {
    it("gives the example of RFC 8785, section 3.2", () => {
      const text = String.raw`{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }`;
      const canonical = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
      expect(canonicalJson(parseJson(text))).to.equal(canonical);
      expect(canonicalBytes(parseJson(text))).to.deep.equal(toUtf8Bytes(canonical));
    });

    it("sorts keys by UTF-16 code units, as in section 3.2.3", () => {
      const value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
      };
      expect(Object.values(parseJson(canonicalJson(value)) as Record<string, string>)).to.have.members(
        Object.values(value),
      );
      expect(canonicalJson(value).match(/:"(\w+)/g)).to.deep.equal(
        ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"].map((word) => `:"${word}`),
      );
    });

    // Appendix B: IEEE 754 bits and the form they must get.
    const numbers: [string, string][] = [
      ["0000000000000000", "0"],
      ["8000000000000000", "0"],
      ["0000000000000001", "5e-324"],
      ["8000000000000001", "-5e-324"],
      ["7fefffffffffffff", "1.7976931348623157e+308"],
      ["ffefffffffffffff", "-1.7976931348623157e+308"],
      ["4340000000000000", "9007199254740992"],
      ["c340000000000000", "-9007199254740992"],
      ["4430000000000000", "295147905179352830000"],
      ["44b52d02c7e14af5", "9.999999999999997e+22"],
      ["44b52d02c7e14af6", "1e+23"],
      ["44b52d02c7e14af7", "1.0000000000000001e+23"],
      ["444b1ae4d6e2ef4e", "999999999999999700000"],
      ["444b1ae4d6e2ef4f", "999999999999999900000"],
      ["444b1ae4d6e2ef50", "1e+21"],
      ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
      ["3eb0c6f7a0b5ed8d", "0.000001"],
      ["41b3de4355555553", "333333333.3333332"],
      ["41b3de4355555554", "333333333.33333325"],
      ["41b3de4355555555", "333333333.3333333"],
      ["41b3de4355555556", "333333333.3333334"],
      ["41b3de4355555557", "333333333.33333343"],
      ["becbf647612f3696", "-0.0000033333333333333333"],
      ["43143ff3c1cb0959", "1424953923781206.2"],
    ];
    it("writes the numbers of appendix B", () => {
      for (const [bits, text] of numbers) {
        expect(canonicalJson(Buffer.from(bits, "hex").readDoubleBE()), bits).to.equal(text);
      }
    });

    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const refused: [string, unknown, string][] = [
      ["NaN", { a: NaN }, "the number NaN at /a"],
      ["infinity", [1, -Infinity], "the number -Infinity at /1"],
      ["undefined in an object", { a: { "b/c": undefined } }, "a value of type undefined at /a/b~1c"],
      ["undefined in an array", [undefined], "a value of type undefined at /0"],
      ["holes in an array", Object.assign(new Array<number>(2), { 0: 1 }), "a value of type undefined at /1"],
      ["undefined itself", undefined, "a value of type undefined at /"],
      ["a function", { f: () => 1 }, "a value of type function at /f"],
      ["a symbol", { s: Symbol("s") }, "a value of type symbol at /s"],
      ["a bigint", { n: 1n }, "a value of type bigint at /n"],
      ["an object with a form of its own", { at: new Date(0) }, "an object of a class at /at"],
      ["an unpaired surrogate", ["\ud83d"], "an unpaired surrogate at /0"],
      ["an unpaired surrogate in a key", { "\ude00": 1 }, "an unpaired surrogate in a key at /"],
      ["a cycle", cycle, "a reference to itself at /self"],
    ];
    for (const [what, value, where] of refused) {
      it(`refuses ${what}`, () => {
        expect(() => canonicalJson(value)).to.throw(
          InvalidInputError,
          `the value has ${where}, which JSON cannot say.`,
        );
      });
    }

    it("takes one object at two places, which is no cycle", () => {
      const shared = { a: 1 };
      expect(canonicalJson([shared, shared])).to.equal('[{"a":1},{"a":1}]');
    });
  });

  describe("parseJson", () => {
    it("parses what JSON.parse parses", () => {
      const text = String.raw`{"a":[1,-2.5e3,{"b":"\"{[,:]}\\"}],"c":{"a":{},"b":[]},"__proto__":null}`;
      expect(parseJson(text)).to.deep.equal(JSON.parse(text));
      expect(parseJson("9007199254740992")).to.equal(2 ** 53);
    });

    const refused: [string, string, string][] = [
      ["a duplicate key", '{"a":1,"b":{"a":2},"a":3}', 'the key "a" twice in one object'],
      ["a duplicate key in another spelling", String.raw`[{"a":1,"\u0061":2}]`, String.raw`the key "\u0061" twice`],
      ["an integer that a double rounds", '{"n":9007199254740993}', "the number 9007199254740993"],
      ["a number beyond a double", "[1e400]", "the number Infinity at /0"],
      ["an integer beyond a double", `[1${"0".repeat(400)}]`, "which JSON readers round"],
      ["an escaped unpaired surrogate", String.raw`["\ud800"]`, "an unpaired surrogate at /0"],
      ["text that is not JSON", "{a:1}", "order.json is not valid JSON"],
      ["a byte order mark", "\ufeff{}", "order.json is not valid JSON"],
    ];
    for (const [what, text, reason] of refused) {
      it(`refuses ${what}`, () => {
        expect(() => parseJson(text, "order.json")).to.throw(InvalidInputError, reason);
      });
    }

    it("tells a key from an equal value", () => {
      expect(parseJson('{"a":"a","b":["a","a"]}')).to.deep.equal({ a: "a", b: ["a", "a"] });
    });
  });
});
