import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";

import type { Policy } from "../../../sdk/wallets";
import { encodePolicy } from "../../../sdk/wallets";
import { PRICE, REASON, STATUS, hiredAndSubmitted } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import {
  ADMITTED_CAP,
  WINDOW,
  authorizationOf,
  hireThroughWallet,
  limitOf,
  regrant,
  walletFixture,
} from "../../fixtures/wallet";

interface Floor {
  source?: string;
  token?: string;
  minCompleted?: bigint;
  minCounterparties?: bigint;
  minVolume?: bigint;
}

/** A wallet, and an agent, listed nowhere, that two clients have paid for a job each. */
async function walletAndRecord() {
  const parts = await walletFixture();
  const { escrow, evaluator, client, client2, provider2, agents } = parts;
  for (const [hirer, clientAgentId] of [
    [client, agents.client],
    [client2, agents.client2],
  ] as const) {
    const { jobId } = await hireRecorded(parts, hirer, clientAgentId);
    await escrow.connect(evaluator).complete(jobId, REASON, "0x");
  }
  return { ...parts, agent: agents.provider2, account: provider2 };
}

async function hireRecorded(parts: WalletMarket, sender: WalletMarket["client"], clientAgentId: bigint) {
  const { provider2, agents } = parts;
  const hired = await hiredAndSubmitted(
    { ...parts, provider: provider2 },
    {
      offer: { provider: provider2.address, providerAgentId: agents.provider2, salt: clientAgentId },
      acceptance: { client: sender.address, clientAgentId },
      signer: provider2,
      sender,
    },
  );
  return hired;
}

type Recorded = Awaited<ReturnType<typeof walletAndRecord>>;

/** Lets those in that have exactly this agent's record, or what is said instead. */
async function floored(parts: Recorded, floor: Floor = {}, limit: Parameters<typeof limitOf>[1] = {}): Promise<Policy> {
  const { escrow, stable } = parts;
  const reputation = {
    source: await escrow.getAddress(),
    token: await stable.getAddress(),
    minCompleted: 2n,
    minCounterparties: 2n,
    minVolume: 2n * PRICE,
    ...floor,
  };
  return regrant(parts, { reputation, limits: [await limitOf(stable, limit)] });
}

const pay = ({ wallet, key, stable, account, agent }: Recorded, policy: Policy, amount = PRICE, to = account) =>
  wallet.connect(key).pay(encodePolicy(policy), stable, to, agent, amount, ZeroHash);

const admittedOf = async ({ wallet, key, stable }: WalletMarket) => (await wallet.usageOf(key, stable)).admitted;

describe("AgentWallet", () => {
  describe("a record", () => {
    it("lets an agent in that has exactly what is asked for", async () => {
      const parts = await walletAndRecord();
      const { escrow, stable, account, agent } = parts;
      const policy = await floored(parts);
      await expect(pay(parts, policy)).to.changeTokenBalance(stable, account, PRICE);
      const offer = { provider: account.address, providerAgentId: agent };
      const jobId = await hireThroughWallet(parts, { policy, offer, signer: account });
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
    });

    for (const floor of [{ minCompleted: 3n }, { minCounterparties: 3n }, { minVolume: 2n * PRICE + 1n }]) {
      it(`does not let an agent in that lacks one of ${Object.keys(floor)[0]!}`, async () => {
        const parts = await walletAndRecord();
        await expect(pay(parts, await floored(parts, floor)))
          .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(parts.account.address, parts.agent);
        const others = { minCompleted: 0n, minCounterparties: 0n, minVolume: 0n };
        await expect(pay(parts, await floored(parts, { ...others, ...floor })))
          .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(parts.account.address, parts.agent);
      });
    }

    it("is what the named source tells about the named token", async () => {
      const parts = await walletAndRecord();
      for (const floor of [{ source: parts.stranger.address }, { token: await parts.plain.getAddress() }]) {
        await expect(pay(parts, await floored(parts, floor)))
          .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(parts.account.address, parts.agent);
      }
    });

    it("lets nobody in without a source, and anybody's agent with one and no minimum", async () => {
      const parts = await walletAndRecord();
      const { wallet, registry, stable, referrer } = parts;
      const none = { minCompleted: 0n, minCounterparties: 0n, minVolume: 0n };
      await expect(pay(parts, await floored(parts, { ...none, source: ZeroAddress })))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
        .withArgs(parts.account.address, parts.agent);
      await registry.connect(referrer)["register()"]();
      const policy = await floored(parts, none);
      await expect(pay({ ...parts, agent: 5n, account: referrer }, policy)).to.changeTokenBalance(
        stable,
        referrer,
        PRICE,
      );
      // An account without an agent has no record at all.
      await expect(pay({ ...parts, agent: 0n }, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
        .withArgs(parts.account.address, 0n);
    });

    it("is of no use to who does not speak for the agent", async () => {
      const parts = await walletAndRecord();
      await expect(pay(parts, await floored(parts), PRICE, parts.provider))
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_CounterpartyNotAllowed")
        .withArgs(parts.provider.address, parts.agent);
    });

    it("stays behind when the agent is sold", async () => {
      const parts = await walletAndRecord();
      const { registry, account, referrer, agent } = parts;
      const policy = await floored(parts);
      await registry.connect(account).transferFrom(account, referrer, agent);
      for (const to of [account, referrer]) {
        await expect(pay(parts, policy, PRICE, to))
          .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(to.address, agent);
      }
    });
  });

  describe("the cap of those let in by their record", () => {
    it("holds all of them together in a window, and not a unit more", async () => {
      const parts = await walletAndRecord();
      const { wallet, stable } = parts;
      const policy = await floored(parts);
      await pay(parts, policy, ADMITTED_CAP - 1n);
      await expect(pay(parts, policy, 2n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AdmittedCapExceeded")
        .withArgs(await stable.getAddress(), 2n, 1n);
      await pay(parts, policy, 1n);
      await expect(pay(parts, policy, 1n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AdmittedCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
      const { usage, admitted } = await wallet.usageOf(parts.key, stable);
      expect(admitted).to.deep.equal([ADMITTED_CAP, usage.windowStart]);
      expect(usage.windowSpent).to.equal(ADMITTED_CAP);
    });

    it("is for them alone", async () => {
      const parts = await walletAndRecord();
      const { wallet, key, stable, stranger, provider, agents } = parts;
      const policy = await floored(parts, {}, { admittedCap: 0n });
      await wallet.connect(key).pay(encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash);
      await wallet.connect(key).pay(encodePolicy(policy), stable, provider, agents.provider, PRICE, ZeroHash);
      expect(await admittedOf(parts)).to.deep.equal([0n, 0n]);
      await expect(pay(parts, policy, 1n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AdmittedCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
    });

    it("begins anew with the window", async () => {
      const parts = await walletAndRecord();
      const { wallet, stable } = parts;
      const policy = await floored(parts);
      await pay(parts, policy, ADMITTED_CAP);
      const end = Number((await admittedOf(parts)).windowStart) + WINDOW;
      await time.setNextBlockTimestamp(end - 1);
      await expect(pay(parts, policy, 1n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AdmittedCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
      await time.setNextBlockTimestamp(end);
      await pay(parts, policy, ADMITTED_CAP);
      expect(await admittedOf(parts)).to.deep.equal([ADMITTED_CAP, end]);
    });

    it("leaves nothing where it was lowered below what was spent", async () => {
      const parts = await walletAndRecord();
      await pay(parts, await floored(parts));
      await expect(pay(parts, await floored(parts, {}, { admittedCap: PRICE - 1n }), 1n))
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_AdmittedCapExceeded")
        .withArgs(await parts.stable.getAddress(), 1n, 0n);
    });

    it("counts what is hired and reserved for, too", async () => {
      const parts = await walletAndRecord();
      const { account, agent } = parts;
      const policy = await floored(parts);
      const offer = { provider: account.address, providerAgentId: agent };
      await hireThroughWallet(parts, { policy, offer, signer: account });
      expect((await admittedOf(parts)).windowSpent).to.equal(PRICE);
      const authorization = await authorizationOf(parts, { to: account.address, value: 1n });
      await parts.wallet.connect(parts.key).reserve(encodePolicy(policy), authorization, agent);
      expect((await admittedOf(parts)).windowSpent).to.equal(PRICE + 1n);
    });
  });
});
