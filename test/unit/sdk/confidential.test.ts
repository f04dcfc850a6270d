import { expect } from "chai";
import { CompactEncrypt, importJWK } from "jose";

import { catalogueProblems } from "../../../sdk/catalogue";
import type { DecryptionKey } from "../../../sdk/confidential";
import {
  decryptWith,
  encryptFor,
  encryptJson,
  generateEncryptionKey,
  openJson,
  publicHalf,
} from "../../../sdk/confidential";
import { saltedContentHash } from "../../../sdk/deliverable";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { extendThread, openThread, contractOf } from "../../../sdk/negotiation/thread";
import { formatThread, parseThread } from "../../../sdk/negotiation/threadFile";
import { formatEnvelope, sealMessage } from "../../../sdk/negotiation/envelope";
import { contentHash, randomSalt, termsHash } from "../../../sdk/terms";
import { CLIENT, CONTRACT, NOW, PLACE, PROVIDER, requestOf } from "../../fixtures/negotiation";

const SECRET = new TextEncoder().encode("the merger is on Tuesday");

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(InvalidInputError);
  return (error as Error).message;
}

/** Another character of base64url in the middle of a part. */
function alter(text: string): string {
  const at = Math.floor(text.length / 2);
  return text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
}

describe("sdk", () => {
  describe("confidential files", () => {
    for (const crv of ["X25519", "P-256"] as const) {
      it(`are opened by their one reader only, with ${crv}`, async () => {
        const { encryptionKey, decryptionKey } = await generateEncryptionKey(crv);
        const other = await generateEncryptionKey(crv);
        const jwe = await encryptFor([encryptionKey], SECRET);
        expect(jwe).not.to.contain("{");
        expect(await decryptWith(decryptionKey, jwe)).to.deep.equal(SECRET);
        expect(await refusal(decryptWith(other.decryptionKey, jwe))).to.contain("it is for another, or was altered");
      });
    }

    it("are opened by each of several readers, whatever the curve", async () => {
      const keys = [await generateEncryptionKey("X25519"), await generateEncryptionKey("P-256")];
      const jwe = await encryptFor(
        keys.map(({ encryptionKey }) => encryptionKey),
        SECRET,
      );
      for (const { decryptionKey } of keys) expect(await decryptWith(decryptionKey, jwe)).to.deep.equal(SECRET);
      const { decryptionKey } = await generateEncryptionKey();
      await refusal(decryptWith(decryptionKey, jwe));
    });

    it("cannot be altered, in any part", async () => {
      const { encryptionKey, decryptionKey } = await generateEncryptionKey();
      const parts = (await encryptFor([encryptionKey], SECRET)).split(".");
      for (const index of [0, 2, 3, 4]) {
        const altered = parts.map((part, i) => (i === index ? alter(part) : part)).join(".");
        await refusal(decryptWith(decryptionKey, altered));
      }
      const other = await generateEncryptionKey();
      const jwe = JSON.parse(await encryptFor([encryptionKey, other.encryptionKey], SECRET)) as { ciphertext: string };
      await refusal(decryptWith(decryptionKey, JSON.stringify({ ...jwe, ciphertext: alter(jwe.ciphertext) })));
    });

    it("are not opened by other algorithms, nor beyond their bounds", async () => {
      const { encryptionKey, decryptionKey } = await generateEncryptionKey();
      const header = Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM" })).toString("base64url");
      await refusal(decryptWith(decryptionKey, `${header}..AAAA.AAAA.AAAA`));
      const key = await importJWK({ ...encryptionKey }, "ECDH-ES");
      const protectedHeader = { alg: "ECDH-ES", enc: "A256GCM", zip: "DEF" };
      const bomb = await new CompactEncrypt(new Uint8Array(1_000_000)).setProtectedHeader(protectedHeader).encrypt(key);
      expect(bomb.length).to.be.lessThan(10_000);
      await refusal(decryptWith(decryptionKey, bomb));
      expect(await refusal(decryptWith(decryptionKey, "x".repeat(101), 100))).to.contain("at most 100 are read");
      await refusal(decryptWith(decryptionKey, JSON.stringify({ recipients: Array(1_000).fill({}) })));
      await refusal(encryptFor([], SECRET));
    });

    it("publish a key without its secret half", async () => {
      const { encryptionKey, decryptionKey } = await generateEncryptionKey();
      expect(publicHalf(decryptionKey)).to.deep.equal(encryptionKey);
      expect(JSON.stringify(encryptionKey)).not.to.contain(decryptionKey.d);
      const problems = (key: object) => catalogueProblems({ version: 1, services: [], encryptionKey: key });
      expect(problems(encryptionKey)).to.deep.equal([]);
      expect(problems(decryptionKey)).to.deep.equal(["/catalogue/encryptionKey/d is not a known field"]);
      const broken: DecryptionKey = { ...decryptionKey, x: "AAAA" };
      expect(await refusal(encryptFor([broken], SECRET))).to.contain("is no usable X25519 key");
    });

    it("stand on the chain as salted hashes, which do not tell what was guessed", () => {
      const [salt, other] = [randomSalt(), randomSalt()];
      expect(saltedContentHash(SECRET, salt)).not.to.equal(contentHash(SECRET));
      expect(saltedContentHash(SECRET, salt)).not.to.equal(saltedContentHash(SECRET, other));
      expect(() => saltedContentHash(SECRET, "0x12")).to.throw(InvalidInputError, "must be 32 bytes");
    });
  });

  describe("confidential terms", () => {
    const CONFIDENTIAL = { ...CONTRACT, title: "Project Nightingale", confidentiality: "parties" } as const;

    async function sealed(reader: Awaited<ReturnType<typeof generateEncryptionKey>>, terms: object) {
      const salt = randomSalt();
      const jwe = await encryptJson([reader.encryptionKey], { contract: CONFIDENTIAL, salt, ...terms });
      const message = requestOf({ termsHash: termsHash(CONFIDENTIAL, salt) });
      return sealMessage(CLIENT, PLACE, { type: "QuoteRequest", message }, { terms: { jwe } });
    }

    it("are negotiated without a word of them in what travels or is kept", async () => {
      const reader = await generateEncryptionKey();
      const envelope = await sealed(reader, {});
      const openTerms = (jwe: string) => openJson(reader.decryptionKey, jwe);
      const { thread } = await extendThread(openThread(PLACE, PROVIDER.address), envelope, NOW, { openTerms });
      expect(contractOf(thread, Object.keys(thread.terms)[0]!)).to.deep.equal(CONFIDENTIAL);
      expect(formatEnvelope(envelope) + formatThread(thread)).not.to.contain("Nightingale");
      expect(await parseThread(formatThread(thread), { openTerms })).to.deep.equal(thread);
    });

    it("are compared with the signed hash after decryption", async () => {
      const reader = await generateEncryptionKey();
      const openTerms = (jwe: string) => openJson(reader.decryptionKey, jwe);
      const extend = async (terms: object, options = { openTerms }) =>
        refusal(extendThread(openThread(PLACE, PROVIDER.address), await sealed(reader, terms), NOW, options));
      expect(await extend({ salt: randomSalt() })).to.contain("but carries those of");
      expect(await extend({ contract: { ...CONFIDENTIAL, title: "Other" } })).to.contain("but carries those of");
      expect(await extend({ salt: "0x12" })).to.contain("not a job contract with its salt");
      const other = await generateEncryptionKey();
      const wrongKey = { openTerms: (jwe: string) => openJson(other.decryptionKey, jwe) };
      expect(await extend({}, wrongKey)).to.contain("cannot be decrypted");
      const envelope = await sealed(reader, {});
      expect(await refusal(extendThread(openThread(PLACE), envelope, NOW))).to.contain("has published no key");
    });
  });
});
