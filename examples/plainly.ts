import { plainText } from "../sdk/plainText";

/** Tells lines that may quote strangers: nothing in them steers a terminal, or begins another line. */
export function plainly(tell: (line: string) => void = console.log): (line: string) => void {
  return (line) => {
    tell(plainText(line));
  };
}
