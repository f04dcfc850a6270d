import { mine, takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { MarketEvent, WatchOptions } from "../../../../sdk/client";
import { hireJob, hiredAndSubmitted } from "../../../fixtures/jobs";
import { marketFixture } from "../../../fixtures/market";
import { clientOf, expectError } from "./support";

/** The first `count` events. */
async function take(events: AsyncIterable<MarketEvent>, count: number): Promise<MarketEvent[]> {
  const taken: MarketEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

const watcher = (options: WatchOptions) => clientOf(ethers.provider).watch(options);
const names = (events: MarketEvent[]) => events.map(({ name }) => name);

describe("sdk", () => {
  describe("client: watch", () => {
    it("tells past events of a job in their order, decoded", async () => {
      const m = await marketFixture();
      await hireJob(m, { offer: { salt: 1n } });
      const { jobId, offerHash } = await hiredAndSubmitted(m);
      const events = await take(watcher({ jobId, fromBlock: 0 }), 5);
      expect(names(events)).to.deep.equal(["JobCreated", "BudgetSet", "JobFunded", "JobHired", "JobSubmitted"]);
      const hired = events[3]!;
      expect(hired).to.include({ contract: "JobEscrow", address: await m.escrow.getAddress() });
      expect(hired.args).to.include({ jobId, offerHash });
    });

    it("tells what names an agent or an account, and no other", async () => {
      const m = await marketFixture();
      const { jobId } = await hiredAndSubmitted(m);
      await m.escrow.connect(m.evaluator).complete(jobId, ethers.ZeroHash, "0x");
      expect(names(await take(watcher({ agentId: 2n, fromBlock: 0 }), 4))).to.deep.equal([
        "Transfer",
        "Registered",
        "MetadataSet",
        "SettlementRecorded",
      ]);
      const account = m.evaluator.address.toLowerCase();
      expect(names(await take(watcher({ account, fromBlock: 0 }), 2))).to.deep.equal(["JobCreated", "JobCompleted"]);
      const [settled] = await take(watcher({ names: ["SettlementRecorded"], fromBlock: 0 }), 1);
      expect(settled!.args).to.include({ jobId, providerAgentId: 2n, clientAgentId: 1n });
    });

    it("goes on from a cursor, within a block as well", async () => {
      const m = await marketFixture();
      const { jobId } = await hiredAndSubmitted(m);
      const [, , third] = await take(watcher({ jobId, fromBlock: 0 }), 3);
      expect(names(await take(watcher({ jobId, cursor: third!.cursor }), 2))).to.deep.equal([
        "JobHired",
        "JobSubmitted",
      ]);
      await expectError(take(watcher({ cursor: "12" }), 1), "INVALID_INPUT", "no cursor");
    });

    it("tells new events as they happen, and ends when told to", async () => {
      const m = await marketFixture();
      const end = new AbortController();
      const seen: string[] = [];
      const first = new Promise<void>((resolve, reject) => {
        const run = async () => {
          for await (const { name } of watcher({
            signal: end.signal,
            names: ["JobHired", "JobSubmitted"],
            fromBlock: 0,
          })) {
            seen.push(name);
            if (name === "JobSubmitted") end.abort();
          }
        };
        run().then(resolve, reject);
      });
      await hiredAndSubmitted(m);
      await first;
      expect(seen).to.deep.equal(["JobHired", "JobSubmitted"]);
      expect(await take(watcher({ signal: end.signal, fromBlock: 0 }), 1)).to.deep.equal([]);
    });

    it("waits for as many blocks as it is told to", async () => {
      const m = await marketFixture();
      const { jobId } = await hireJob(m);
      const events = watcher({ jobId, fromBlock: 0, confirmations: 3 });
      const end = new AbortController();
      const none = watcher({ jobId, fromBlock: 0, confirmations: 3, signal: end.signal }).next();
      setImmediate(() => {
        end.abort();
      });
      expect((await none).done, "one block is not enough").to.equal(true);
      await mine(2);
      expect(names(await take(events, 1))).to.deep.equal(["JobCreated"]);
    });

    it("says so when the chain replaces what it told of", async () => {
      const m = await marketFixture();
      const snapshot = await takeSnapshot();
      const { jobId } = await hireJob(m);
      const events = watcher({ jobId, fromBlock: 0 });
      await events.next();
      const [, second] = [1, await events.next()];
      const { cursor } = second.value as MarketEvent;
      await snapshot.restore();
      await mine(3);
      await expectError(take(events, 3), "REORG", "more confirmations");
      await expectError(take(watcher({ jobId, cursor }), 1), "REORG");
    });

    it("bears an endpoint that fails now and then, and not one that always does", async () => {
      const m = await marketFixture();
      const { jobId } = await hireJob(m);
      const flaky = (failing: (turn: number) => boolean) => {
        let turn = 0;
        const chain = Object.create(ethers.provider) as typeof ethers.provider;
        chain.getBlockNumber = () => {
          return failing(turn++)
            ? Promise.reject(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }))
            : ethers.provider.getBlockNumber();
        };
        Object.defineProperty(chain, "provider", { value: chain });
        return clientOf(chain).watch({ jobId, fromBlock: 0, retries: 2 });
      };
      expect(
        await take(
          flaky((turn) => turn < 2),
          1,
        ),
      ).to.have.lengthOf(1);
      await expectError(
        take(
          flaky(() => true),
          1,
        ),
        "NETWORK",
        "does not answer",
      );
    });
  });
});
