import { cutText } from "../chain/text";

/*
 * How words and skills are compared, in both databases alike: the databases' own rules for accents and cases differ.
 */

const MAX_WORDS = 8;
const MAX_WORD_LENGTH = 40;

/** Lower case, without accents. */
export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
}

/** The words of a query, folded: letters and digits only, so that none is an operator of a query language. */
export function queryWords(text: string): string[] {
  const words = fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => cutText(word, MAX_WORD_LENGTH)))].slice(0, MAX_WORDS);
}

/** A text as it is put into the word index: folded, and every separator a space. */
export function indexText(text: string): string {
  return (fold(text).match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}

/** A skill's folded path, without slashes around it. */
export function foldSkill(skill: string): string {
  return fold(skill.trim()).replace(/^\/+|\/+$/g, "");
}
