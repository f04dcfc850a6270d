import { expect } from "chai";
import { keccak256 } from "ethers";

import { canonicalJson, parseJson } from "../../../sdk/canonicalJson";
import { contentHash, termsHash } from "../../../sdk/terms";
import { salt, terms } from "./data";
import type { Explorer } from "./modules";
import { load } from "./modules";

describe("explorer", () => {
  describe("keccak256", () => {
    let keccak: Explorer["keccak"];
    before(async () => {
      keccak = await load("keccak");
    });

    it("agrees with ethers at every length around its blocks, and on large input", () => {
      const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 167 + (index >> 8)) % 256);
      const lengths = [...Array(300).keys(), 8191, 8192, 100_000];
      for (const length of lengths) {
        const part = bytes.subarray(0, length);
        expect(keccak.keccak256(part), `${length} bytes`).to.equal(keccak256(part));
      }
    });

    it("reads and writes hex", () => {
      expect(keccak.toHex(Uint8Array.of(0, 15, 255))).to.equal("0x000fff");
      expect([...keccak.fromHex("0x000fFF")]).to.deep.equal([0, 15, 255]);
      expect([...keccak.fromHex("0x")]).to.deep.equal([]);
      for (const wrong of ["0x0", "000f", "0xzz"]) expect(() => keccak.fromHex(wrong), wrong).to.throw(RangeError);
    });
  });

  describe("canonicalJson", () => {
    let page: Explorer["canonicalJson"];
    before(async () => {
      page = await load("canonicalJson");
    });

    const texts = [
      "null",
      '"text"',
      " [ 1 , 2.50, -0, 1e21, 1E-7, 333333333.33333329, 4.5e-324 ] ",
      '{ "b": 1, "a": { "z": [], "y": {} }, "": true }',
      '{"\\u20ac":"Euro","\\r":"CR","\\ufb33":"Hebrew","1":"One","\\ud83d\\ude00":"Smiley","\\u0080":"Control","\\u00f6":"O"}',
      '{"10":1,"9":2,"__proto__":3,"constructor":4}',
      '"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\\\/\u2028\u2029\u007f"',
      JSON.stringify(terms),
    ];
    for (const text of texts) {
      it(`writes ${text.slice(0, 40)} as the SDK does`, () => {
        expect(page.canonicalJson(text)).to.equal(canonicalJson(parseJson(text)));
      });
    }

    const refused = [
      "",
      "{",
      "undefined",
      '{"a":1,"a":2}',
      '{"a":{"b":1,"\\u0062":2}}',
      "9007199254740993",
      "[1e400]",
      '"\\ud800"',
      '{"\\udc00":1}',
    ];
    for (const text of refused) {
      it(`refuses ${JSON.stringify(text)} as the SDK does`, () => {
        expect(() => parseJson(text)).to.throw();
        expect(() => page.canonicalJson(text)).to.throw(Error);
      });
    }
  });

  describe("hashCheck", () => {
    let check: Explorer["hashCheck"];
    before(async () => {
      check = await load("hashCheck");
    });

    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const formOf = (text: string, hash: string, withSalt?: string): string | undefined =>
      check.compare(check.hashesOf(bytes(text), withSalt).candidates, [{ name: "Terms", hash }])[0]?.matches;

    it("recognises terms, however they are written, and only with their salt if they have one", () => {
      const spaced = JSON.stringify(terms, null, 4);
      expect(formOf(spaced, termsHash(terms))).to.equal("canonical");
      expect(formOf(spaced, termsHash(terms, salt), salt)).to.equal("salted");
      expect(formOf(spaced, termsHash(terms, salt))).to.equal(undefined);
      expect(formOf(JSON.stringify({ ...terms, title: "Another" }), termsHash(terms))).to.equal(undefined);
    });

    it("recognises any file by its bytes", () => {
      expect(formOf("no JSON at all", contentHash("no JSON at all"))).to.equal("bytes");
      expect(formOf("no JSON at all ", contentHash("no JSON at all"))).to.equal(undefined);
      expect(formOf("no JSON at all", contentHash("no JSON at all").toUpperCase().replace("X", "x"))).to.equal("bytes");
    });

    it("says why a file has no canonical form", () => {
      expect(check.hashesOf(Uint8Array.of(0xff, 0xfe)).problem).to.equal("The file is not UTF-8 text.");
      expect(check.hashesOf(bytes('{"a":1,"a":2}')).problem).to.equal(
        'The text has the key "a" twice in one object: keep one.',
      );
      expect(check.hashesOf(bytes("\ufeff{}")).problem).to.match(/^The text is not valid JSON/);
    });

    it("refuses a salt that is none", () => {
      expect(() => check.hashesOf(bytes("{}"), "0x12")).to.throw("The salt must be 32 bytes: 0x and 64 hex digits.");
    });
  });
});
