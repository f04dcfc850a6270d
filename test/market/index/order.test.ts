import { expect } from "chai";
import { getAddress } from "ethers";

import { openStore } from "../../../market/store/open";
import type { Store } from "../../../market/store/open";
import { StoreReader } from "../../../market/store/reader";
import { PassedByError, StandingsCopy } from "../../../market/store/standingsCopy";
import type { SearchRequest } from "../../../sdk/discovery/model";
import type { Made, Random } from "./searchModel";
import { TOKENS, begin, expected, makeAgent, makeRequest, randomOf, takeAway, write } from "./searchModel";
import { overBothDatabases } from "./support";

const MOST = 300;

/** All that a search finds, page by page. */
async function found(reader: StoreReader, request: SearchRequest): Promise<{ id: number; score: number }[]> {
  const all: { id: number; score: number }[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.search({ ...request, limit: 100, cursor });
    all.push(...page.items.map(({ agent, score }) => ({ id: Number(agent.agentId), score })));
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
}

/** Scores may differ in their last digits, where sums are taken in another order; equal ones go by the agent's id. */
async function compare(
  reader: StoreReader,
  agents: ReadonlyMap<number, Made>,
  request: SearchRequest,
): Promise<number> {
  const all = expected(agents.values(), request);
  const scores = new Map(all.map(({ id, score }) => [id, score]));
  const answer = await found(reader, request);
  const near = (a: number, b: number | undefined): boolean => Math.abs(a - (b ?? NaN)) < 1e-9;
  const wrong = answer.filter(({ id, score }, i) => {
    const before = answer[i - 1];
    const inOrder = before === undefined || before.score > score || (before.score === score && before.id < id);
    return !inOrder || !near(score, scores.get(id)) || !near(score, all[i]?.score);
  });
  expect(wrong, JSON.stringify(request)).to.deep.equal([]);
  expect(answer.length, JSON.stringify(request)).to.equal(Math.min(MOST, all.length));
  expect(new Set(answer.map(({ id }) => id)).size).to.equal(answer.length);
  return answer.length;
}

describe("market index: the order of search results", () => {
  overBothDatabases((database) => {
    let url: string;
    let random: Random;
    let writing: Store;
    let reading: Store;
    let agents: Map<number, Made>;

    const make = async (ids: readonly number[]): Promise<void> => {
      const made = ids.map((id) => makeAgent(id, random));
      for (const agent of made) agents.set(agent.id, agent);
      await write(writing, made);
    };
    const some = (count: number): number[] => [
      ...new Set(Array.from({ length: count }, () => [...agents.keys()][random(agents.size)]!)),
    ];

    beforeEach(async () => {
      url = await database();
      random = randomOf(7);
      agents = new Map();
      writing = await openStore(url);
      reading = await openStore(url, { readOnly: true });
      await begin(writing);
      await make(Array.from({ length: 900 }, (_, i) => i + 1));
    });
    afterEach(async () => {
      await reading.close();
      await writing.close();
    });

    it("is that of the formulas, for whatever is asked", async () => {
      const reader = new StoreReader(reading);
      let full = 0;
      for (let i = 0; i < 100; ++i) if ((await compare(reader, agents, makeRequest(random))) === MOST) ++full;
      expect(full).to.be.within(10, 90);
    });

    it("stays so in a process that only reads, while agents change, come and go", async () => {
      const reader = new StoreReader(reading);
      await compare(reader, agents, { token: TOKENS[0] });
      for (let round = 0; round < 6; ++round) {
        await make(some(40));
        const gone = some(20);
        for (const id of gone) agents.delete(id);
        await takeAway(writing, gone);
        await make([gone[0]!, 2_000 + round]);
        for (let i = 0; i < 12; ++i) await compare(reader, agents, makeRequest(random));
        for (const token of TOKENS) await compare(reader, agents, { token });
      }
      // Everything anew: more of it, and less of it, than the reader has seen.
      for (const [changes, count] of [
        [20, 30],
        [1, 50],
      ] as const) {
        await begin(writing);
        agents.clear();
        for (let i = 0; i < changes; ++i) await make(Array.from({ length: count }, (_, n) => 1 + n * 7));
        for (let i = 0; i < 12; ++i) await compare(reader, agents, makeRequest(random));
      }
    });

    it("is the same in more tokens than a process keeps in memory", async () => {
      const reader = new StoreReader(reading);
      const tokens = Array.from({ length: 12 }, (_, i) =>
        getAddress(`0x${(0xc00 + i).toString(16).padStart(40, "0")}`),
      );
      const price = async (): Promise<void> => {
        const made = tokens.flatMap((token, i) =>
          [...agents.values()]
            .slice(i * 20, i * 20 + 5 + i)
            .map((agent) => ({ ...agent, prices: [{ token, amount: BigInt(random(1_000)) }] })),
        );
        for (const agent of made) agents.set(agent.id, agent);
        await write(writing, made);
      };
      for (let round = 0; round < 3; ++round) {
        await price();
        for (const token of [...TOKENS, ...tokens]) await compare(reader, agents, { token, maxPrice: "600" });
      }
      expect(await compare(reader, agents, { token: tokens[11], active: false, maxPrice: "1000" })).to.equal(16);
    });

    it("answers searches that run at once with writing", async () => {
      const reader = new StoreReader(reading);
      for (let round = 0; round < 3; ++round) {
        const searches = Array.from({ length: 12 }, (_, i) => reader.search({ token: TOKENS[i % 2], text: "a" }));
        await Promise.all([make(some(30)), ...searches, make(some(10))]);
        await compare(reader, agents, { token: TOKENS[1], text: "a" });
      }
    });

    it("is never of a later state than the rest of the answer", async () => {
      const copy = new StandingsCopy(reading.dialect);
      const other = await openStore(url, { readOnly: true });
      const size = (): Promise<number> =>
        copy.read(other.reader, "", (all) => all.filter((standing) => standing !== undefined).length);
      const earlier = reading.reader.transaction();
      const early = reading.dialect === "postgres" ? earlier.setIsolationLevel("repeatable read") : earlier;
      try {
        const problem = await early.execute(async (db) => {
          await db.selectFrom("cursor").selectAll().execute(); // from here on the transaction sees one state
          await make([5_000]);
          expect(await size()).to.equal(901);
          return await copy
            .read(db, "", (all) => all.filter((standing) => standing !== undefined).length)
            .catch((error: unknown) => error);
        });
        expect(problem).to.be.instanceOf(PassedByError);
        expect(await size()).to.equal(901);
      } finally {
        await other.close();
      }
    });
  });
});
