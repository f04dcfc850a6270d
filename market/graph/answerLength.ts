/** Whether the texts of an answer and the names of its fields add up to more than `most`. It stops counting there. */
export function isLongerThan(answer: unknown, most: number): boolean {
  let left = most;
  const count = (value: unknown): void => {
    if (left < 0) return;
    if (typeof value === "string") left -= value.length;
    else if (Array.isArray(value)) value.forEach(count);
    else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        left -= name.length;
        count(member);
      }
    }
  };
  count(answer);
  return left < 0;
}
