import { takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike, ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";

import { DELIVERABLE, PRICE, STATUS, atExpiry, hireJob } from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { MISBEHAVIOUR, MOMENT, PHASE } from "../unit/mocks/modes";

/*
 * Every hostile token against every hostile hook, evaluator and state: one call by a stranger, at expiry, must leave
 * nothing owed by the job, whatever any of them does. Each turns hostile after the deposit.
 */

interface Token {
  getAddress(): Promise<string>;
  mint(account: AddressLike, amount: bigint): Promise<ContractTransactionResponse>;
  connect(runner: Market["client"]): {
    approve(spender: AddressLike, amount: bigint): Promise<ContractTransactionResponse>;
  };
}

/** What makes a token, and what then makes it hostile. `pays` says whether its recipients are still paid. */
interface HostileToken {
  name: string;
  pays: boolean;
  deploy: (market: Market) => Promise<{ token: Token; turn: () => Promise<unknown> }>;
}

const failing = (mode: "Revert" | "RevertBomb" | "BurnGas"): HostileToken => ({
  name: `whose transfers end in ${mode}`,
  pays: false,
  deploy: async () => {
    const token = await ethers.deployContract("RevertingToken", ["Reverting", "RVT", 6]);
    return { token, turn: () => token.setMode(MISBEHAVIOUR[mode]) };
  },
});

const TOKENS: HostileToken[] = [
  failing("Revert"),
  failing("RevertBomb"),
  failing("BurnGas"),
  {
    name: "whose issuer blacklists both parties",
    pays: false,
    deploy: async ({ client, provider }) => {
      const token = await ethers.deployContract("StableToken", ["Stable", "STB"]);
      const turn = async () => {
        await token.blacklist(client);
        await token.blacklist(provider);
      };
      return { token, turn };
    },
  },
  {
    name: "whose issuer pauses it",
    pays: false,
    deploy: async () => {
      const token = await ethers.deployContract("StableToken", ["Stable", "STB"]);
      return { token, turn: () => token.pause() };
    },
  },
  {
    name: "that answers false",
    pays: false,
    deploy: async () => {
      const token = await ethers.deployContract("ReturnsFalseToken", ["False", "FLS", 6]);
      return { token, turn: () => token.setRefusing(true) };
    },
  },
  {
    name: "that debits its sender on top",
    pays: false,
    deploy: async () => {
      const token = await ethers.deployContract("SenderFeeToken", ["Sender fee", "SND", 6]);
      return { token, turn: () => token.setFeeBps(10_000n) };
    },
  },
  {
    name: "that lost half of every balance",
    pays: false,
    deploy: async () => {
      const token = await ethers.deployContract("RebasingToken", ["Rebasing", "RBS", 6]);
      return { token, turn: () => token.rebase(1n, 2n) };
    },
  },
  {
    name: "that insists on more gas than a transfer is given",
    pays: false,
    deploy: async () => {
      const token = await ethers.deployContract("GasSensitiveToken", ["Sensitive", "SNS", 6]);
      return { token, turn: () => token.setThreshold(400_000n) };
    },
  },
  {
    name: "that calls back into the escrow and fails when refused",
    pays: false,
    deploy: async ({ escrow }) => {
      const token = await ethers.deployContract("CallbackToken", ["Callback", "CBK"]);
      const callback = {
        target: await escrow.getAddress(),
        data: escrow.interface.encodeFunctionData("claimRefund", [1n]),
        party: ethers.ZeroAddress,
        times: 1n,
        mustSucceed: true,
        swallow: false,
      };
      return { token, turn: () => token.setCallbackWith(MOMENT.AfterTransfer, callback) };
    },
  },
  {
    name: "that returns nothing",
    pays: true,
    deploy: async () => {
      const token = await ethers.deployContract("ReturnsNothingToken", ["Nothing", "NTH", 6]);
      return { token, turn: () => Promise.resolve() };
    },
  },
  {
    name: "that accepts calls it does not know",
    pays: true,
    deploy: async () => {
      const token = await ethers.deployContract("PhantomToken", ["Phantom", "PHA", 18]);
      return { token, turn: () => Promise.resolve() };
    },
  },
];

const HOOKS = ["none", "reverting", "burning gas", "reverting with a bomb"] as const;
const EVALUATORS = ["a key", "burning gas", "reverting"] as const;

async function deployHook(kind: (typeof HOOKS)[number]) {
  if (kind === "none") return { address: ethers.ZeroAddress, arm: () => Promise.resolve() };
  const hook = await ethers.deployContract("GasBurningHook");
  const mode = { reverting: "Revert", "burning gas": "BurnGas", "reverting with a bomb": "RevertBomb" } as const;
  const arm = async () => {
    await hook.setMode(MISBEHAVIOUR[mode[kind]]);
    for (const phase of [PHASE.Before, PHASE.After]) await hook.setTrigger(phase, "0x00000000", true);
  };
  return { address: await hook.getAddress(), arm };
}

async function evaluatorAddress(market: Market, kind: (typeof EVALUATORS)[number]) {
  if (kind === "a key") return market.evaluator.address;
  const evaluator = await ethers.deployContract("GasBurningEvaluator", [0]);
  await evaluator.setMode(kind === "reverting" ? MISBEHAVIOUR.Revert : MISBEHAVIOUR.BurnGas);
  return evaluator.getAddress();
}

describe("Hunts for stuck money", () => {
  for (const { name, pays, deploy } of TOKENS) {
    it(`a token ${name}: every job empties by one call of a stranger`, async () => {
      const market = await marketFixture();
      const { escrow, client, provider, stranger, referrer } = market;
      const { token, turn } = await deploy(market);
      await token.mint(client, PRICE);
      await token.connect(client).approve(escrow, PRICE);
      const clean = await takeSnapshot();
      for (const hookKind of HOOKS) {
        for (const evaluatorKind of EVALUATORS) {
          for (const [submitted, silencePaysProvider] of [
            [false, false],
            [true, false],
            [true, true],
          ] as const) {
            const hook = await deployHook(hookKind);
            const { jobId } = await hireJob(market, {
              offer: {
                token: await token.getAddress(),
                hook: hook.address,
                evaluator: await evaluatorAddress(market, evaluatorKind),
                referrer: referrer.address,
                silencePaysProvider,
              },
            });
            if (submitted) await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
            await hook.arm();
            await turn();
            await atExpiry(market, jobId);
            const claimant = escrow.connect(stranger);
            await (silencePaysProvider ? claimant.claimPayment(jobId) : claimant.claimRefund(jobId));

            const combination = `${hookKind}, ${evaluatorKind}, ${submitted}, ${silencePaysProvider}`;
            const job = await escrow.getJob(jobId);
            expect(job.status, combination).to.equal(silencePaysProvider ? STATUS.Completed : STATUS.Expired);
            expect(job.recordPending, combination).to.equal(false);
            const payee = silencePaysProvider ? provider : client;
            const credit = await escrow.withdrawable(await token.getAddress(), payee);
            expect(credit, combination).to.equal(pays ? 0n : PRICE);
            await clean.restore();
          }
        }
      }
    });
  }
});
