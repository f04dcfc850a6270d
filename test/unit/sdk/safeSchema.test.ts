import Ajv2020 from "ajv/dist/2020";
import { expect } from "chai";

import { parseBoundedJson } from "../../../sdk/boundedJson";
import type { JsonValue } from "../../../sdk/canonicalJson";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { safePattern } from "../../../sdk/safePattern";
import type { Schema } from "../../../sdk/safeSchema";
import { SCHEMA_BOUNDS, schemaProblems } from "../../../sdk/safeSchema";
import { valueProblems } from "../../../sdk/safeSchemaCheck";

const PATTERNS = [
  "",
  "a",
  "^a$",
  "a|b",
  "^(a|b)*c$",
  "^[a-z0-9]+([-./][a-z0-9]+)*$",
  "^0x[0-9a-f]{4}$",
  "^a{2,3}$",
  "^a{2,}b?$",
  "(a+)+$",
  "^(?:ab){0,2}$",
  "^\\d+\\.\\d{1,2}$",
  "^[^a-c]$",
  "^.$",
  "^[\\w-]+$",
  "\\s",
  "^[\\S]+$",
  "^\\u0061\\x62$",
  "^(a|)b$",
  "^(|a){3}$",
  "a^b",
  "^[]$",
  "^[^]$",
  "x*?y",
];
const TEXTS = [
  "",
  "a",
  "b",
  "c",
  "ab",
  "abab",
  "ababab",
  "aa",
  "aaa",
  "aaaa",
  "aab",
  "abc",
  "0xbeef",
  "0xBEEF",
  "code/lint-x",
  "code//x",
  "1.5",
  "12.345",
  "a b",
  "\n",
  "😀",
  "é",
  "_-x",
  "xxy",
  "aXb",
  "\u2028",
  "a\nb",
];

describe("sdk", () => {
  describe("safePattern", () => {
    it("matches what JavaScript matches", () => {
      for (const pattern of PATTERNS) {
        const [own, native] = [safePattern(pattern), new RegExp(pattern, "u")];
        for (const text of TEXTS)
          expect(own.test(text), `${pattern} on ${JSON.stringify(text)}`).to.equal(native.test(text));
      }
    });

    it("answers at once where backtracking would not end", () => {
      const text = `${"a".repeat(5_000)}!`;
      for (const pattern of ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "^(.*)*x$", "^a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?$"]) {
        expect(safePattern(pattern).test(text), pattern).to.equal(false);
      }
    });

    const refused: [string, string][] = [
      ["(?=a)", "lookaround"],
      ["(a)\\1", "the escape \\1"],
      ["\\bword", "the escape \\b"],
      ["\\p{L}", "the escape \\p"],
      ["(a", "never closed"],
      ["a)", "never opened"],
      ["[a", "never closed"],
      ["[z-a]", "in order"],
      ["a**", "two quantifiers"],
      ["*a", "stands for nothing"],
      ["a{3,1}", "end is before its beginning"],
      ["a{x}", "that is no count"],
      ["^*", "repeated anchor"],
      ["a\\", "a backslash at its end"],
      ["((a{100}){100}){100}", "more than 2000 states"],
      ["(".repeat(30) + ")".repeat(30), "too many groups"],
      ["a".repeat(501), "501 characters"],
    ];
    for (const [pattern, reason] of refused) {
      it(`refuses ${pattern.slice(0, 30)}`, () => {
        expect(() => safePattern(pattern)).to.throw(InvalidInputError, reason);
      });
    }
  });

  describe("safeSchema", () => {
    const VALUES: JsonValue[] = [
      null,
      true,
      false,
      0,
      1,
      1.5,
      -3,
      "",
      "ab",
      "abc",
      "😀😀",
      [],
      [1],
      [1, 2],
      [1, 1],
      [{ a: 1 }, { a: 1 }],
      {},
      { a: 1 },
      { a: "x" },
      { a: 1, b: 2 },
      { b: [1, "x"] },
      { n: { n: { n: {} } } },
      { n: { n: 5 } },
      ["x", 1, true],
      { constructor: 1 },
    ];
    const SCHEMAS: Schema[] = [
      true,
      false,
      {},
      { type: "integer" },
      { type: ["string", "null"] },
      { enum: [1, "ab", { a: 1 }, [1, 2]] },
      { const: { a: 1 } },
      { minLength: 2, maxLength: 2 },
      { pattern: "^a" },
      { minimum: 1, exclusiveMaximum: 1.5 },
      { maximum: 0, exclusiveMinimum: -3 },
      { type: "object", required: ["a"], properties: { a: { type: "integer" } }, additionalProperties: false },
      { properties: { a: { type: "string" } }, additionalProperties: { type: "array" } },
      { required: ["constructor"] },
      { minProperties: 1, maxProperties: 1 },
      { propertyNames: { pattern: "^[ab]$" } },
      { items: { type: "integer" }, minItems: 1, maxItems: 2 },
      { prefixItems: [{ type: "string" }, { type: "number" }], items: { type: "boolean" } },
      { contains: { type: "string" } },
      { uniqueItems: true },
      { allOf: [{ type: "number" }, { minimum: 1 }] },
      { anyOf: [{ type: "string" }, { minimum: 1 }] },
      { oneOf: [{ type: "number" }, { minimum: 1 }] },
      { not: { type: "object" } },
      { $ref: "#/$defs/n", $defs: { n: { type: "object", properties: { n: { $ref: "#/$defs/n" } } } } },
    ];

    it("judges as ajv does", () => {
      const ajv = new Ajv2020({ strict: false, ownProperties: true });
      for (const schema of SCHEMAS) {
        expect(schemaProblems(schema), JSON.stringify(schema)).to.deep.equal([]);
        const validate = ajv.compile(schema);
        for (const value of VALUES) {
          const text = `${JSON.stringify(schema)} on ${JSON.stringify(value)}`;
          expect(valueProblems(schema, value).length === 0, text).to.equal(validate(value));
        }
      }
    });

    it("says where", () => {
      const schema = { type: "object", properties: { rows: { items: { required: ["name"] } } } } as const;
      expect(valueProblems(schema, { rows: [{ name: 1 }, {}] }, "/sample")).to.deep.equal([
        "/sample/rows/1/name is missing",
      ]);
    });

    const refused: [string, unknown, string][] = [
      [
        "a reference elsewhere",
        { $ref: "https://evil.example/schema" },
        "/s/$ref must point into the schema's own $defs",
      ],
      ["a dangling reference", { $ref: "#/$defs/x" }, "/s/$ref points to /$defs/x, which is not there"],
      ["a reference to the inherited", { $ref: "#/$defs/constructor", $defs: {} }, "which is not there"],
      [
        "an unknown keyword",
        { properties: { a: { unevaluatedItems: false } } },
        "/s/properties/a/unevaluatedItems is not a keyword",
      ],
      ["an inherited keyword", { constructor: 1 }, "/s/constructor is not a keyword"],
      ["an unsafe pattern", { pattern: "(?!a)" }, "/s/pattern: the pattern"],
      ["a wrong type", { type: "text" }, "/s/type must be one of"],
      ["a wrong form", { items: [] }, "/s/items must be a JSON Schema"],
      [
        "an endless circle",
        { $ref: "#/$defs/a", $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }] } } },
        "/s/$defs refers to itself",
      ],
      ["a dialect of its own", { $schema: "http://json-schema.org/draft-04/schema#" }, "/s/$schema must be"],
      ["too much text", { description: "x".repeat(SCHEMA_BOUNDS.size) }, "/s has 32786 characters"],
      ["what is no schema", 5, "/s must be a JSON Schema"],
    ];
    for (const [what, schema, reason] of refused) {
      it(`refuses ${what}`, () => {
        expect(schemaProblems(schema, "/s").join("; ")).to.contain(reason);
      });
    }

    it("refuses schemas nested too deep", () => {
      let schema: Schema = {};
      for (let depth = 0; depth < 20; ++depth) schema = { not: schema };
      expect(schemaProblems(schema)[0]).to.match(/nested deeper than 16 schemas$/);
    });

    it("stops when a check costs too much", () => {
      // Twice as many branches at each level: 2^14 at the bottom, for each of the items.
      const defs: Record<string, JsonValue> = { d0: { type: "string" } };
      for (let level = 1; level < 15; ++level) {
        const $ref = `#/$defs/d${level - 1}`;
        defs[`d${level}`] = { anyOf: [{ $ref }, { $ref }] };
      }
      const schema = { items: { $ref: "#/$defs/d14" }, $defs: defs };
      expect(() => valueProblems(schema, Array<string>(2_000).fill("x"))).to.throw(InvalidInputError, "costs too much");
    });
  });

  describe("parseBoundedJson", () => {
    it("reads what is within bounds, whatever stands in strings", () => {
      expect(parseBoundedJson('{"a":["[[[[","\\"["]}', "x", { maxBytes: 100, maxDepth: 2 })).to.deep.equal({
        a: ["[[[[", '"['],
      });
    });

    const refused: [string, string | Uint8Array, string][] = [
      ["too many bytes", `"${"é".repeat(50)}"`, "has 102 bytes: at most 100"],
      ["too deep nesting", "[[[1]]]", "nested deeper than 2 levels"],
      ["the key __proto__", '{"__proto__":{"admin":true}}', 'has the key "__proto__"'],
      ["a second value for a key", '{"a":1,"a":2}', "twice in one object"],
      ["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "is not UTF-8"],
    ];
    for (const [what, content, reason] of refused) {
      it(`refuses ${what}`, () => {
        expect(() => parseBoundedJson(content, "x", { maxBytes: 100, maxDepth: 2 })).to.throw(
          InvalidInputError,
          reason,
        );
      });
    }

    it("survives a hundred thousand brackets", () => {
      expect(() => parseBoundedJson("[".repeat(100_000))).to.throw(InvalidInputError, "nested deeper");
    });
  });
});
