/** Keeps the best so many of any number of agents: the highest scores, and of equal ones the lowest ids. */
export class Best {
  /** A heap: each is not better than those at twice its place and one further, so that the worst is first. */
  private readonly heap: { id: number; score: number }[] = [];

  constructor(private readonly size: number) {}

  add(id: number, score: number): void {
    const { heap } = this;
    const worst = heap[0];
    if (heap.length < this.size) this.rise({ id, score });
    else if (worst !== undefined && isWorse(worst, { id, score })) this.sink({ id, score });
  }

  /** The ids, best first. */
  ids(): number[] {
    return [...this.heap].sort((a, b) => (isWorse(b, a) ? -1 : 1)).map(({ id }) => id);
  }

  private rise(one: { id: number; score: number }): void {
    const { heap } = this;
    let at = heap.length;
    for (heap.push(one); at > 0;) {
      const above = (at - 1) >> 1;
      const other = heap[above];
      if (other === undefined || !isWorse(one, other)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = one;
  }

  /** In the place of the worst. */
  private sink(one: { id: number; score: number }): void {
    const { heap } = this;
    for (let at = 0; ;) {
      let below = 2 * at + 1;
      let worse = heap[below];
      const sibling = heap[below + 1];
      if (worse !== undefined && sibling !== undefined && isWorse(sibling, worse)) {
        worse = sibling;
        ++below;
      }
      if (worse === undefined || !isWorse(worse, one)) {
        heap[at] = one;
        return;
      }
      heap[at] = worse;
      at = below;
    }
  }
}

function isWorse(a: { id: number; score: number }, b: { id: number; score: number }): boolean {
  return a.score < b.score || (a.score === b.score && a.id > b.id);
}
