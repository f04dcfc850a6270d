/**
 * What the caller gave is wrong, found before anything was signed or sent. The message is one sentence that says what
 * is wrong and what to do.
 */
export class InvalidInputError extends Error {
  override readonly name = "InvalidInputError";
}
