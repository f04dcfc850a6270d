/** Least x in [low, high], in steps, from which a function that changes sign once is not negative. */
export function firstAtLeastZero(
  value: (x: number) => number,
  low: number,
  high: number,
  step: number,
): number | undefined {
  const at = (index: number) => low + index * step;
  let negative = -1;
  let other = Math.round((high - low) / step);
  if (value(at(other)) < 0) return undefined;
  while (other - negative > 1) {
    const middle = (negative + other) >> 1;
    if (value(at(middle)) < 0) negative = middle;
    else other = middle;
  }
  return at(other);
}
