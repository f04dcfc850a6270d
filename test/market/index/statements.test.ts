import { expect } from "chai";
import Database from "libsql";

import { openStore, preparingOnce } from "../../../market/store/open";
import { StoreReader } from "../../../market/store/reader";
import { begin, makeAgent, makeRequest, randomOf, write } from "./searchModel";
import { DATABASES } from "./support";

/** Counts what a connection is given to prepare, while the connection works as ever. */
async function prepared(work: () => Promise<void>): Promise<string[]> {
  const texts: string[] = [];
  const connection = Database.prototype as unknown as { prepare: (text: string) => unknown };
  const real = connection.prepare;
  connection.prepare = function (this: unknown, text) {
    texts.push(text);
    return real.call(this, text);
  };
  try {
    await work();
  } finally {
    connection.prepare = real;
  }
  return texts;
}

describe("market index: prepared statements", () => {
  it("are few, whatever is searched for", async () => {
    const random = randomOf(3);
    const store = await openStore((await DATABASES.SQLite?.()) ?? "");
    try {
      await begin(store);
      await write(
        store,
        Array.from({ length: 60 }, (_, i) => makeAgent(i + 1, random)),
      );
      const reader = new StoreReader(store);
      const search = async (times: number): Promise<void> => {
        for (let i = 0; i < times; ++i) {
          const { next } = await reader.search({ ...makeRequest(random), limit: 1 + random(20) });
          if (next !== undefined) await reader.search({ cursor: next, limit: 1 + random(20) });
        }
      };
      const first = await prepared(() => search(50));
      expect(first.length).to.be.within(5, 20);
      expect(new Set(first).size).to.equal(first.length);
      const later = await prepared(() => search(300));
      expect(later).to.deep.equal([]);
    } finally {
      await store.close();
    }
  });

  it("are kept up to a bound, those used last", async () => {
    const database = new Database(":memory:");
    const once = preparingOnce(database);
    const select = (n: number): string => `select ${n} as n`;
    const texts = await prepared(async () => {
      for (let n = 0; n < 600; ++n) {
        expect(once.prepare(select(n)).all([])).to.deep.equal([{ n }]);
        once.prepare(select(0)); // in use all along
      }
      for (const n of [0, 599, 102]) once.prepare(select(n));
      await Promise.resolve();
    });
    expect(texts.length).to.equal(600);
    const again = await prepared(async () => {
      await Promise.resolve(once.prepare(select(1)));
    });
    expect(again).to.deep.equal([select(1)]);
    once.close();
  });
});
