/**
 * What a stranger wrote, for a terminal: one line, without control characters, which could move the cursor or repaint
 * what stands there, and without characters that turn the direction of writing.
 */
export function oneLine(text: string, maximum = 60): string {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  const characters = Array.from(plain);
  return characters.length <= maximum ? plain : `${characters.slice(0, maximum - 1).join("")}…`;
}
