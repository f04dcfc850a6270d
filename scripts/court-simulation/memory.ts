/** Remembers a value per list of numbers, equal lists being those that differ by rounding only. */
export class Memory {
  readonly #entries = new Map<number, Entry>();

  get(list: readonly number[]): number | undefined {
    for (let entry = this.#entries.get(hash(list)); entry !== undefined; entry = entry.next) {
      if (isEqual(entry.list, list)) return entry.value;
    }
    return undefined;
  }

  set(list: readonly number[], value: number): void {
    const key = hash(list);
    this.#entries.set(key, { list, value, next: this.#entries.get(key) });
  }
}

interface Entry {
  readonly list: readonly number[];
  readonly value: number;
  /** Another list of the same hash. */
  readonly next: Entry | undefined;
}

const ROUNDING = 1e-6;

function hash(list: readonly number[]): number {
  let mixed = 0;
  for (const value of list) {
    if (value !== -Infinity) mixed = Math.imul(mixed ^ Math.round(value / ROUNDING), 0x9e3779b1);
    mixed ^= mixed >>> 15;
  }
  return mixed;
}

function isEqual(left: readonly number[], right: readonly number[]): boolean {
  for (let index = 0; index < left.length; index++) {
    const [one, other] = [left[index] ?? 0, right[index] ?? 0];
    if (one !== other && !(Math.abs(one - other) < ROUNDING)) return false;
  }
  return true;
}
