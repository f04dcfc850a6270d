import type { JWK } from "jose";
import {
  CompactEncrypt,
  GeneralEncrypt,
  calculateJwkThumbprint,
  compactDecrypt,
  exportJWK,
  generalDecrypt,
  generateKeyPair,
  importJWK,
} from "jose";

import { parseBoundedJson } from "./boundedJson";
import type { JsonValue } from "./canonicalJson";
import { canonicalBytes } from "./canonicalJson";
import type { EncryptionKey } from "./catalogue";
import { InvalidInputError } from "./InvalidInputError";

/*
 * Terms, inputs and deliverables that only the parties may read, as JWE (RFC 7516): ECDH on P-256 or X25519 to the
 * reader's published key, AES-256-GCM for the content. What is on the chain is a salted hash (`termsHash` with a salt,
 * `saltedContentHash`). Encryption says nothing about who wrote it: compare the hash that the other side has signed.
 */

const CONTENT = "A256GCM";
const DIRECT = "ECDH-ES";
const WRAPPED = "ECDH-ES+A256KW";
const MAX_READERS = 10;

/** The half that stays secret. Keep it apart from the key that signs: it opens, but moves no money. */
export type DecryptionKey = EncryptionKey & { readonly d: string };

/** A new pair of keys. The public half goes into the catalogue as `encryptionKey`; its `kid` is its RFC 7638 hash. */
export async function generateEncryptionKey(
  crv: EncryptionKey["crv"] = "X25519",
): Promise<{ encryptionKey: EncryptionKey; decryptionKey: DecryptionKey }> {
  const { privateKey } = await generateKeyPair(WRAPPED, { crv, extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const decryptionKey = { ...jwk, kid, use: "enc" } as DecryptionKey;
  return { encryptionKey: publicHalf(decryptionKey), decryptionKey };
}

/** What may be published of a key. */
export function publicHalf({ kty, crv, x, y, kid, use }: EncryptionKey): EncryptionKey {
  return { kty, crv, x, ...(y === undefined ? {} : { y }), kid, ...(use === undefined ? {} : { use }) };
}

/**
 * Encrypts a file to its readers: to one as a compact JWE, to several (the evaluator, for example, and oneself) as a
 * JWE in JSON, in which each reader's entry holds the file's one key. Who encrypts and is no reader cannot open it.
 */
export async function encryptFor(readers: readonly EncryptionKey[], content: Uint8Array): Promise<string> {
  const [first] = readers;
  if (first === undefined || readers.length > MAX_READERS) {
    throw new InvalidInputError(`name from 1 to ${MAX_READERS} readers: each by the key that it has published.`);
  }
  if (readers.length === 1) {
    return new CompactEncrypt(content)
      .setProtectedHeader({ alg: DIRECT, enc: CONTENT, kid: first.kid })
      .encrypt(await keyOf(first));
  }
  const jwe = new GeneralEncrypt(content).setProtectedHeader({ enc: CONTENT });
  for (const reader of readers) {
    jwe.addRecipient(await keyOf(reader)).setUnprotectedHeader({ alg: WRAPPED, kid: reader.kid });
  }
  return JSON.stringify(await jwe.encrypt());
}

/** `encryptFor` of JSON data, in RFC 8785 form. */
export function encryptJson(readers: readonly EncryptionKey[], value: unknown): Promise<string> {
  return encryptFor(readers, canonicalBytes(value));
}

/**
 * Opens what was encrypted to a key of one's own. Throws an `InvalidInputError` if it was encrypted to another key or
 * altered. Takes only the algorithms above, so that the sender cannot choose a weaker one.
 * @param maxBytes Longer JWEs are not read.
 */
export async function decryptWith(key: DecryptionKey, jwe: string, maxBytes = 33_554_432): Promise<Uint8Array> {
  if (jwe.length > maxBytes)
    throw new InvalidInputError(`the JWE has ${jwe.length} characters: at most ${maxBytes} are read.`);
  const options = {
    keyManagementAlgorithms: [DIRECT, WRAPPED],
    contentEncryptionAlgorithms: [CONTENT],
    // A compressed file would be as large as its sender likes once it is open.
    maxDecompressedLength: 0,
  };
  const secret = await keyOf(key);
  try {
    if (!jwe.startsWith("{")) return (await compactDecrypt(jwe, secret, options)).plaintext;
    const parsed = parseBoundedJson(jwe, "the JWE", { maxBytes, maxDepth: 6 }) as unknown as { recipients?: unknown };
    if (!Array.isArray(parsed.recipients) || parsed.recipients.length > MAX_READERS) throw new Error("its readers");
    return (await generalDecrypt(parsed as never, secret, options)).plaintext;
  } catch {
    // Which step failed is of no use to an honest sender, and of some to another.
    throw new InvalidInputError(`the JWE cannot be opened with the key ${key.kid}: it is for another, or was altered.`);
  }
}

/** Opens JSON data: what `ThreadOptions.openTerms` takes, with one's own key. */
export async function openJson(key: DecryptionKey, jwe: string): Promise<JsonValue> {
  return parseBoundedJson(await decryptWith(key, jwe), "the decrypted text");
}

async function keyOf(key: EncryptionKey | DecryptionKey) {
  try {
    return await importJWK(key as JWK, DIRECT);
  } catch {
    throw new InvalidInputError(`the key ${key.kid} is no usable ${key.crv} key.`);
  }
}
