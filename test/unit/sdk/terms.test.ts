import { expect } from "chai";
import { concat, id, keccak256, toUtf8Bytes } from "ethers";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { JobContract } from "../../../sdk/terms";
import {
  canonicalHash,
  contentHash,
  parseJobContract,
  randomSalt,
  requireStatedSize,
  termsHash,
  validateJobContract,
} from "../../../sdk/terms";

const CONTRACT: JobContract = {
  version: 1,
  title: "T",
  description: "D",
  taskType: "code/lint/solidity",
  inputs: [{ name: "a", mediaType: "text/plain", hash: id("a") }],
  deliverable: { mediaType: "application/json" },
  acceptance: [{ id: "ok", description: "It is right." }],
  evaluation: { method: "reexecution" },
};

const CANONICAL = `{"acceptance":[{"description":"It is right.","id":"ok"}],"deliverable":{"mediaType":"application/json"},"description":"D","evaluation":{"method":"reexecution"},"inputs":[{"hash":"${id("a")}","mediaType":"text/plain","name":"a"}],"taskType":"code/lint/solidity","title":"T","version":1}`;

describe("sdk", () => {
  describe("terms", () => {
    it("hash to keccak256 of their RFC 8785 bytes, however they are written", () => {
      expect(termsHash(CONTRACT)).to.equal(keccak256(toUtf8Bytes(CANONICAL)));
      const pretty = JSON.stringify(Object.fromEntries(Object.entries(CONTRACT).reverse()), null, 4);
      expect(termsHash(parseJobContract(pretty))).to.equal(termsHash(CONTRACT));
      expect(canonicalHash(CONTRACT)).to.equal(termsHash(CONTRACT));
    });

    it("hash with a salt to something else", () => {
      const salt = randomSalt();
      expect(termsHash(CONTRACT, salt)).to.equal(keccak256(concat([salt, keccak256(toUtf8Bytes(CANONICAL))])));
      expect(randomSalt())
        .to.match(/^0x[0-9a-f]{64}$/)
        .and.not.to.equal(salt);
      expect(() => termsHash(CONTRACT, "0x1234")).to.throw(InvalidInputError, "the salt of the terms must be 32 bytes");
    });

    it("cannot be so short that a salted hash could be opened as an unsalted one", () => {
      const shortest = {
        version: 1,
        title: "T",
        description: "D",
        taskType: "a",
        inputs: [],
        deliverable: { mediaType: "a/a" },
        acceptance: [{ id: "a", description: "D" }],
        evaluation: { method: "tests" },
      };
      validateJobContract(shortest);
      expect(JSON.stringify(shortest).length).to.be.greaterThan(64);
    });

    it("are hashed only when valid, and every fault is named by its path", () => {
      const wrong = {
        ...CONTRACT,
        taskType: "Code Lint",
        inputs: [{ name: "a", mediaType: "text/plain", hash: "0x12" }],
        evaluation: { method: "guess" },
        price: 5,
      };
      Reflect.deleteProperty(wrong, "title");
      expect(() => validateJobContract(wrong, "job.json")).to.throw(
        InvalidInputError,
        /^job\.json is not a valid job contract: \/title is missing; \/price is not a known field; \/taskType must match pattern .*; \/inputs\/0\/hash must match pattern .*; \/evaluation\/method must be one of "reexecution", "schema", "tests", "review", "court"\.$/,
      );
      expect(() => termsHash({ ...CONTRACT, version: 2 } as unknown as JobContract)).to.throw("/version must be 1");
    });

    it("leave at most one input to the client", () => {
      const open = { name: "file", mediaType: "text/plain" };
      validateJobContract({ ...CONTRACT, inputs: [...CONTRACT.inputs, open] });
      expect(() => validateJobContract({ ...CONTRACT, inputs: [open, open] })).to.throw(
        InvalidInputError,
        "/inputs must",
      );
    });

    it("hold every input to the size that they state, also one that has a hash", () => {
      const contract = { ...CONTRACT, inputs: [{ ...CONTRACT.inputs[0]!, size: 3 }, CONTRACT.inputs[0]!] };
      requireStatedSize(contract, 0, new Uint8Array(3));
      requireStatedSize(contract, 0, 2);
      requireStatedSize(contract, 1, 1_000_000);
      for (const content of [4, new Uint8Array(4)]) {
        expect(() => {
          requireStatedSize(contract, 0, content);
        }).to.throw(InvalidInputError, 'the input "a" has 4 bytes, where its terms state 3: decline the job.');
      }
      expect(() => {
        requireStatedSize(contract, 2, 1);
      }).to.throw(InvalidInputError, "has no input 2");
    });

    it("take deadlines in UTC only", () => {
      validateJobContract({ ...CONTRACT, deadline: "2026-12-31T23:59:59Z" });
      for (const deadline of ["2026-12-31T23:59:59+01:00", "2026-12-31", "2026-13-01T00:00:00Z"]) {
        expect(() => validateJobContract({ ...CONTRACT, deadline }), deadline).to.throw(InvalidInputError, "/deadline");
      }
    });

    it("name files by keccak256 of their bytes", () => {
      expect(contentHash("abc")).to.equal(id("abc"));
      expect(contentHash(new Uint8Array())).to.equal(keccak256("0x"));
    });
  });
});
