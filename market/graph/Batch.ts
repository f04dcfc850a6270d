/** Gathers what is asked for in one turn and loads it at once: a list's relations become one query, not one for each. */
export class Batch<V> {
  readonly #known = new Map<string, Promise<V | undefined>>();
  #waiting: { keys: string[]; loaded: Promise<Map<string, V>> } | undefined;

  constructor(private readonly load: (keys: string[]) => Promise<Map<string, V>>) {}

  get(key: string): Promise<V | undefined> {
    let value = this.#known.get(key);
    if (value === undefined) {
      const { loaded } = this.#gather(key);
      value = loaded.then((values) => values.get(key));
      this.#known.set(key, value);
    }
    return value;
  }

  #gather(key: string): { loaded: Promise<Map<string, V>> } {
    if (this.#waiting === undefined) {
      const keys: string[] = [];
      const loaded = new Promise<void>((resolve) => {
        // After the promises of this turn, so that all rows of a list have asked.
        setImmediate(resolve);
      }).then(() => {
        this.#waiting = undefined;
        return this.load(keys);
      });
      this.#waiting = { keys, loaded };
    }
    this.#waiting.keys.push(key);
    return this.#waiting;
  }
}
