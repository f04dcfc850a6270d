/*
 * What strangers wrote (an agent's name, a contract's words, an index's sentence), made fit to stand beside one's own
 * words: before a person at a terminal, or a model.
 */

/** A quotation is cut to so many characters. */
const LONGEST_QUOTE = 200;

/**
 * Text without what could move a terminal's cursor, repaint what stands there, begin another line or turn the direction
 * of writing: a space in the place of each such character.
 */
export function plainText(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, " ");
}

/** The same as one line of at most so many characters, without spaces that are not needed. */
export function oneLine(text: string, maximum = 60): string {
  const plain = plainText(text).replace(/\s+/g, " ").trim();
  const characters = Array.from(plain);
  return characters.length <= maximum ? plain : `${characters.slice(0, maximum - 1).join("")}…`;
}

/** One line in quotes, which nothing inside them ends: who reads on knows where the stranger's words stop. */
export function quoted(text: string, maximum = LONGEST_QUOTE): string {
  return `"${oneLine(text, maximum).replaceAll('"', "'")}"`;
}
