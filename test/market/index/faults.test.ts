import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers, network } from "hardhat";

import { openReader } from "../../../market/openIndex";
import type { MarketReader } from "../../../sdk/discovery/model";
import { registrationDataUri } from "../../../sdk/registration";
import { DAY, DELIVERABLE, REASON, createJob, hireJob } from "../../fixtures/jobs";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";
import { dump, freshDump } from "./dump";
import { indexOf, overBothDatabases } from "./support";
import type { Opened } from "./support";

const uriOf = (name: string): string =>
  registrationDataUri({
    type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
    name,
    description: "Does things.",
    image: "https://example.org/a.png",
    services: [{ name: "OASF", endpoint: "https://example.org", skills: ["code/lint"] }],
    active: true,
  });

/** `hardhat_mine` would leave out the state of blocks that it makes up. */
async function mine(blocks: number): Promise<void> {
  for (let i = 0; i < blocks; ++i) await network.provider.send("evm_mine");
}

/** A job to its end, feedback with a response, metadata, and a new agent with a file. Tells itself apart by `salt`. */
async function trade(m: Market, salt: bigint): Promise<bigint> {
  const { jobId } = await hireJob(m, { offer: { salt } });
  await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
  await m.escrow.connect(m.evaluator).complete(jobId, REASON, "0x");
  await m.ledger.connect(m.client).giveJobFeedback(m.escrow, jobId, 80, "", "", "", "", ethers.ZeroHash);
  const index = await m.ledger.getLastIndex(2n, m.client);
  await m.ledger.connect(m.provider).appendResponse(2n, m.client, index, `ipfs://${salt}`, ethers.ZeroHash);
  await m.registry.connect(m.provider).setMetadata(2n, "salt", ethers.toBeHex(salt));
  await m.registry.connect(m.stranger)["register(string)"](uriOf(`Agent ${salt}`));
  return jobId;
}

/** Steps until the index has nothing more to do; failures are steps too, up to a bound. */
async function settle(index: Opened, failures = 20): Promise<number> {
  for (let failed = 0; ;) {
    try {
      await index.catchUp();
      return failed;
    } catch (error) {
      if (++failed > failures) throw error;
    }
  }
}

describe("market index: reorganisations and endpoints that err", () => {
  overBothDatabases((database, kind) => {
    let m: Market;
    let url: string;
    let index: Opened;
    const open = async (options: Parameters<typeof indexOf>[2] = {}): Promise<Opened> => {
      index = await indexOf(m, url, options);
      return index;
    };
    const expectFresh = async (): Promise<void> => {
      const expected = await freshDump(m, await database());
      const found = await dump(url);
      for (const [table, rows] of Object.entries(expected)) expect(found[table], table).to.deep.equal(rows);
      expect(expected.jobs?.length).to.be.greaterThan(0);
    };

    beforeEach(async () => {
      m = await marketFixture();
      url = await database();
    });
    afterEach(async () => {
      await index.stop();
    });

    it("takes back what a reorganisation removed, and reads what came instead", async () => {
      const token = await m.stable.getAddress();
      await trade(m, 1n);
      const { jobId } = await hireJob(m, { offer: { salt: 2n } });
      await open();
      await settle(index);
      const snapshot = (await network.provider.send("evm_snapshot")) as string;
      // On the branch that will be abandoned: every kind of row changes.
      await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
      await m.escrow.connect(m.evaluator).reject(jobId, REASON, "0x");
      await trade(m, 3n);
      await m.registry.connect(m.provider).setAgentURI(2n, uriOf("Abandoned"));
      await m.registry.connect(m.provider).transferFrom(m.provider, m.stranger, 2n);
      await m.ledger.connect(m.client).revokeFeedback(2n, 1);
      await settle(index);
      expect((await index.reader.agent("2"))!.name).to.equal("Abandoned");
      const beside = await openReader(url);
      const best = async (reader: MarketReader): Promise<unknown[]> =>
        (await reader.search({ token, active: false })).items.map(({ agent, score, reasons }) => [
          agent.agentId,
          score,
          reasons,
        ]);
      const abandoned = await best(beside.reader);
      expect((await index.reader.search({ text: "abandoned" })).items.length).to.equal(1);

      await network.provider.send("evm_revert", [snapshot]);
      await time.increase(100);
      await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
      await m.escrow.connect(m.evaluator).complete(jobId, REASON, "0x");
      await m.registry.connect(m.client).setAgentURI(1n, uriOf("Instead"));
      await settle(index);

      expect(index.notices.join()).to.match(/reorganised: blocks \d+ to \d+ are taken back/);
      expect((await index.reader.search({ text: "abandoned" })).items.length).to.equal(0);
      expect((await index.reader.search({ text: "instead" })).items.length).to.equal(1);
      // Another process that has answered before answers like one that has not.
      const later = await openReader(url);
      try {
        const found = await best(later.reader);
        expect(await best(beside.reader)).to.deep.equal(found);
        expect(await best(index.reader)).to.deep.equal(found);
        expect(abandoned).not.to.deep.equal(found);
      } finally {
        await later.close();
        await beside.close();
      }
      await expectFresh();
    });

    it("takes back more than one branch, also one that is longer than what replaces it", async () => {
      await open();
      await trade(m, 1n);
      await settle(index);
      for (const salt of [2n, 3n, 4n]) {
        const snapshot = (await network.provider.send("evm_snapshot")) as string;
        await trade(m, salt * 10n);
        await mine(Number(salt));
        await settle(index);
        await network.provider.send("evm_revert", [snapshot]);
        await time.increase(10);
        await createJob(m, { description: String(salt) });
        await settle(index);
      }
      expect(index.notices.length).to.equal(3);
      await expectFresh();
    });

    it("starts over, and says so, when the chain was reorganised deeper than it can undo", async () => {
      const snapshot = (await network.provider.send("evm_snapshot")) as string;
      await trade(m, 1n);
      await open({ window: 3 });
      await settle(index);
      await network.provider.send("evm_revert", [snapshot]);
      await time.increase(10);
      await trade(m, 2n);
      await mine(10);
      await settle(index);
      expect(index.notices.join()).to.include("shares no block of the last 3 with the index: the index starts over");
      await expectFresh();
    });

    it("starts over on another chain, and goes on with the same one after a restart", async () => {
      await trade(m, 1n);
      await open();
      await settle(index);
      await index.stop();
      await trade(m, 2n);
      await open();
      await settle(index);
      expect(index.notices).to.deep.equal([]);
      await expectFresh();
      await index.stop();

      await open();
      index.rpc.spoil("eth_chainId", () => Promise.resolve("0x1234"));
      await settle(index);
      expect(index.notices).to.deep.equal(["the index is of another chain: the index starts over from the chain."]);
      expect((await index.reader.status()).chainId).to.equal("4660");
      await expectFresh();
    });

    it("counts nothing twice when two processes write to one index", async () => {
      await trade(m, 1n);
      await mine(10);
      await open({ window: 3, maxRange: 7 });
      const other = await indexOf(m, url, { window: 3, maxRange: 5 });
      try {
        await Promise.all([settle(index, 200), settle(other, 200)]);
        await trade(m, 2n);
        await Promise.all([settle(index, 200), settle(other, 200)]);
      } finally {
        await other.stop();
      }
      await expectFresh();
    });

    // What follows is between the follower and its endpoint, whatever the database.
    if (kind !== "SQLite") return;

    it("waits while the endpoint's head goes backwards", async () => {
      await open();
      await trade(m, 1n);
      await settle(index);
      const before = await dump(url);
      const behind: unknown = await ethers.provider.send("eth_getBlockByNumber", [
        ethers.toQuantity((await ethers.provider.getBlockNumber()) - 3),
        false,
      ]);
      index.rpc.spoil("eth_getBlockByNumber", ([block], real) =>
        block === "latest" ? Promise.resolve(behind) : real(),
      );
      await settle(index);
      expect(await dump(url)).to.deep.equal(before);
      expect(index.notices).to.deep.equal([]);
      index.rpc.heal();
      await trade(m, 2n);
      await settle(index);
      await expectFresh();
    });

    it("goes no further than the endpoint can serve, whatever head it claims", async () => {
      await open({ window: 2 });
      await trade(m, 1n);
      index.rpc.spoil("eth_getBlockByNumber", async ([block], real) => {
        const found = (await real()) as { number: string } | null;
        return block === "latest" && found !== null
          ? { ...found, number: ethers.toQuantity(BigInt(found.number) + 1_000n), hash: ethers.id("claimed") }
          : found;
      });
      const claimed = await index.catchUp().then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      );
      expect(claimed).to.match(/does not have block|does not follow/);
      index.rpc.heal();
      await settle(index);
      await expectFresh();
    });

    it("asks again when a new block's logs do not come at first", async () => {
      await open();
      await settle(index);
      await trade(m, 1n);
      let asked = 0;
      index.rpc.spoil("eth_getLogs", (_, real) => (++asked % 2 === 1 ? Promise.resolve([]) : real()));
      await settle(index);
      expect(asked).to.be.greaterThan(1);
      await expectFresh();
    });

    it("notices gaps in a range, and then reads block by block", async () => {
      await trade(m, 1n);
      await mine(10);
      await open({ window: 3 });
      const registered = m.registry.interface.getEvent("Registered").topicHash;
      index.rpc.spoil("eth_getLogs", async ([filter], real) => {
        const logs = (await real()) as { topics: string[] }[];
        const range = (filter as { blockHash?: string }).blockHash === undefined;
        const first = logs.findIndex(({ topics }) => topics[0] === registered);
        return range ? logs.filter((_, i) => i !== first) : logs;
      });
      expect(await settle(index)).to.be.greaterThan(0);
      expect(index.notices.join()).to.include(
        "the endpoint left out logs. From here on each block is checked by itself.",
      );
      await expectFresh();
    });

    it("starts over, verifying all, when a gap shows only later", async () => {
      const { jobId } = await hireJob(m, { offer: { salt: 1n } });
      await mine(10);
      await open({ window: 3 });
      // All that the range tells of this job is left out, which leaves no trace before the job goes on.
      index.rpc.spoil("eth_getLogs", async ([filter], real) => {
        const logs = (await real()) as { topics: string[] }[];
        const range = (filter as { blockHash?: string }).blockHash === undefined;
        return range ? logs.filter(({ topics }) => topics[1] !== ethers.toBeHex(jobId, 32)) : logs;
      });
      await settle(index);
      expect((await index.reader.status()).counts.jobs).to.equal(0);
      await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
      await settle(index);
      expect(index.notices.join()).to.include("what was read before was incomplete");
      await expectFresh();
    });

    it("refuses logs of other blocks, of other contracts, twice, or taken back", async () => {
      await trade(m, 1n);
      await mine(10);
      await open({ window: 3 });
      const spoilers: ((log: Record<string, unknown>) => object[])[] = [
        (log) => [{ ...log, blockHash: ethers.id("other") }],
        (log) => [{ ...log, address: ethers.ZeroAddress }],
        (log) => [log, log],
        (log) => [{ ...log, removed: true }],
      ];
      for (const spoiler of spoilers) {
        index.rpc.spoil("eth_getLogs", async (_, real) =>
          ((await real()) as Record<string, unknown>[]).flatMap(spoiler),
        );
        const problem = await index.catchUp().then(
          () => "",
          (error: unknown) => (error as Error).message,
        );
        expect(problem).to.match(/^the endpoint gave (a log|log \d+|logs)/);
      }
      index.rpc.heal();
      await settle(index);
      await expectFresh();
    });

    it("asks for less when a range is too much", async () => {
      await trade(m, 1n);
      await mine(30);
      await open({ window: 3 });
      index.rpc.spoil("eth_getLogs", ([filter], real) => {
        const { fromBlock = "0x0", toBlock = "0x0" } = filter as { fromBlock?: string; toBlock?: string };
        return BigInt(toBlock) - BigInt(fromBlock) >= 8n
          ? Promise.reject(new Error("query returned more than 10000 results"))
          : real();
      });
      await settle(index, 0);
      await expectFresh();
    });

    it("follows a development chain that makes up blocks", async () => {
      await trade(m, 1n);
      await open({ window: 3 });
      await settle(index, 0);
      await network.provider.send("hardhat_mine", ["0xa"]);
      await trade(m, 2n);
      await settle(index, 0);
      await expectFresh();
    });

    it("expires with the chain's time", async () => {
      await open();
      const { jobId } = await hireJob(m);
      await time.increase(2 * DAY);
      await m.escrow.claimRefund(jobId);
      await settle(index);
      expect((await index.reader.job(jobId.toString()))!.outcome).to.equal("undelivered");
    });
  });
});
