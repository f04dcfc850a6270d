import { expect } from "chai";

import { registrationDataUri } from "../../../sdk/registration";
import { FileWorker } from "../../../market/files/worker";
import { openStore } from "../../../market/store/open";
import { overBothDatabases } from "../index/support";

const GOOD = registrationDataUri({
  type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
  name: "Good",
  description: "Works.",
  image: "https://example.org/a.png",
  services: [],
});

describe("market index: files that wait for others", () => {
  overBothDatabases((database) => {
    it("tries new files before many that failed, and those on the chain before all", async () => {
      const store = await openStore(await database());
      const asked: string[] = [];
      const resolve = (host: string) => {
        asked.push(host);
        return Promise.reject(new Error("no such name"));
      };
      const worker = new FileWorker(store, { resolve, concurrency: 2, now: () => 1_000 });
      const add = (id: string, uri: string, attempts: number, next_at: number) =>
        store.writer
          .insertInto("files")
          .values({ ...empty, id, uri, attempts, next_at })
          .execute();
      const empty = {
        state: "pending",
        hash: null,
        content: null,
        fields: null,
        problem: null,
        resolved_at: null,
      } as const;
      try {
        for (let i = 0; i < 250; ++i) await add(`dead${i}`, `https://dead${i}.example`, 3, i);
        await add("new", "https://new.example", 0, 900);
        await add("good", `DATA${GOOD.slice(4)}`, 0, 999);
        await worker.step();
        const { state } = await store.writer
          .selectFrom("files")
          .select("state")
          .where("id", "=", "good")
          .executeTakeFirstOrThrow();
        expect([state, asked]).to.deep.equal(["resolved", []]);
        await worker.step();
        expect(asked).to.include("new.example");
      } finally {
        await store.close();
      }
    });
  });
});
