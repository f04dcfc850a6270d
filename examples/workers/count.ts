import type { JobContract } from "../../sdk/terms";
import { readInput } from "./inputs";

export interface CountReport {
  file: { name: string; hash: string };
  lines: number;
  words: number;
  /** Unicode code points. */
  characters: number;
}

/** Counts a text's lines, words and characters: the smallest piece of work here, to begin one's own from. */
export function count(contract: JobContract, clientInput?: Uint8Array): CountReport {
  const { name, hash, bytes } = readInput(contract, clientInput);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`${name} is no UTF-8 text.`);
  }
  return {
    file: { name, hash },
    lines: text === "" ? 0 : text.replace(/\n$/, "").split("\n").length,
    words: text.match(/\S+/g)?.length ?? 0,
    characters: Array.from(text).length,
  };
}
