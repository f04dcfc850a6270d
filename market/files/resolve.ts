import { keccak256 } from "ethers";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import { parseRegistration } from "../../sdk/registration";
import type { RegistrationFile } from "../../sdk/registration";
import { boundText, withoutNul } from "../chain/text";
import { FetchFailedError, fetchBounded } from "./fetchBounded";
import type { FetchBounds } from "./fetchBounded";

export interface ResolveOptions extends Partial<FetchBounds> {
  /** Where `ipfs://` is fetched, with or without `/ipfs/` at its end; without one, such files stay unresolved. */
  ipfsGateway?: string;
}

export const RESOLVE_DEFAULTS = { maxBytes: 256 * 1024, timeout: 10_000, maxRedirects: 3, allowLocal: false };

/** What became of a file. `mutable`: the same URI may lead to other content later. */
export type Resolution =
  | { state: "resolved"; file: RegistrationFile; hash: string; mutable: boolean }
  /** `retry`: the file itself is not wrong, as far as is known. */
  | { state: "failed"; problem: string; retry: boolean };

const DATA_URI = /^data:([^,]{0,200}),(.*)$/is;
const IPFS_URI = /^ipfs:\/\/(?:ipfs\/)?([A-Za-z0-9]{46,120})((?:\/[\w\-.~!$&'()*+,;=:@%]+)*\/?)$/;

/** A part of a path that URLs take for "here" or "one up", also where its dots are encoded. */
const DOTS = /^(?:\.|%2e){1,2}$/i;

/** Resolves an agent's registration file from its URI, and checks it. Never throws for what a stranger wrote. */
export async function resolveFile(uri: string, options: ResolveOptions = {}): Promise<Resolution> {
  const bounds = { ...RESOLVE_DEFAULTS, ...options };
  try {
    const bytes = await bytesOf(uri, bounds, options.ipfsGateway);
    const text = decodeUtf8(bytes);
    const file = parseRegistration(text, "its registration file");
    return {
      state: "resolved",
      // PostgreSQL holds no NUL character. As JSON it is escaped, and would be refused only there.
      file: JSON.parse(JSON.stringify(file).replaceAll("\\u0000", "\\ufffd")) as RegistrationFile,
      hash: keccak256(bytes),
      mutable: /^https?:/i.test(uri),
    };
  } catch (error) {
    const wrong = error instanceof InvalidInputError;
    // What is of neither kind is a case that nobody thought of. It must not hold up other agents' files.
    const known = wrong || error instanceof FetchFailedError;
    // A sentence may quote the file.
    const problem = withoutNul(boundText(known ? error.message : "it cannot be read.", 1_000));
    return { state: "failed", problem, retry: !wrong || /^https?:/i.test(uri) };
  }
}

async function bytesOf(uri: string, bounds: FetchBounds, gateway: string | undefined): Promise<Buffer> {
  if (/^data:/i.test(uri)) return dataBytes(uri, bounds.maxBytes);
  if (/^ipfs:/i.test(uri)) return await fetchBounded(ipfsUrl(uri, gateway), bounds);
  if (!/^https?:/i.test(uri) || !URL.canParse(uri)) {
    throw new InvalidInputError("its URI is none of data:, https: and ipfs:, so that it cannot be resolved.");
  }
  return await fetchBounded(uri, bounds);
}

function dataBytes(uri: string, maxBytes: number): Buffer {
  const [, header, payload] = DATA_URI.exec(uri) ?? [];
  if (header === undefined || payload === undefined) throw new InvalidInputError("its data: URI has no content.");
  const base64 = /;\s*base64\s*$/i.test(header);
  let bytes: Buffer;
  try {
    bytes = base64 ? fromBase64(payload) : Buffer.from(decodeURIComponent(payload), "utf8");
  } catch {
    throw new InvalidInputError("its data: URI cannot be decoded.");
  }
  if (bytes.length > maxBytes) throw new InvalidInputError(`it is longer than ${maxBytes} bytes.`);
  return bytes;
}

function fromBase64(payload: string): Buffer {
  const text = decodeURIComponent(payload);
  // Node would pass over what is no base64.
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw new InvalidInputError("not base64");
  return Buffer.from(text, "base64");
}

function ipfsUrl(uri: string, gateway: string | undefined): string {
  const [, cid, path] = IPFS_URI.exec(uri) ?? [];
  if (cid === undefined) throw new InvalidInputError("its ipfs: URI names no content: write ipfs://<CID>.");
  if (path?.split("/").some((part) => DOTS.test(part)) === true) {
    throw new InvalidInputError("its ipfs: URI has a path with dots, which would lead out of its content.");
  }
  if (gateway === undefined) {
    throw new FetchFailedError("its URI is ipfs:, for which this index has no gateway.");
  }
  const base = gateway.replace(/\/+$/, "").replace(/\/ipfs$/, "");
  return `${base}/ipfs/${cid}${path ?? ""}`;
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidInputError("its registration file is not UTF-8 text.");
  }
}
