/** Probabilities of 0 to n successes in n draws. */
export function binomial(n: number, p: number): number[] {
  const probabilities: number[] = [];
  let ways = 1;
  for (let k = 0; k <= n; k++) {
    probabilities.push(ways * p ** k * (1 - p) ** (n - k));
    ways = (ways * (n - k)) / (k + 1);
  }
  return probabilities;
}

/** Probability that more than half of an odd panel is drawn from a share p of the seats. */
export function majority(panel: number, p: number): number {
  return binomial(panel, p)
    .slice((panel + 1) / 2)
    .reduce((sum, probability) => sum + probability, 0);
}
