import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse, Interface } from "ethers";
import { AbiCoder, FunctionFragment } from "ethers";
import { ethers } from "hardhat";

import type { StateName } from "../fixtures/jobs";
import {
  ALLOWED,
  DAY,
  DELIVERABLE,
  MIN_DURATION,
  PRICE,
  REASON,
  STATUS,
  atExpiry,
  atFixedTime,
  createJob,
  fundedJob,
  jobIn,
  pricedJob,
  submittedJob,
} from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";

/*
 * Written from the standard's text: the draft in ethereum/ERCs (ERCS/erc-8183.md, "the first draft" below) and its
 * revision in erc-8183/base-contracts (eip.md, "the revised draft"), which has a token per job, `providerAgentId` and
 * caller-prefixed hook data. Where the two differ the revised draft is implemented. Where this escrow refuses what a
 * draft allows, the test's title says "stricter".
 */

const { ZeroAddress, ZeroHash } = ethers;
const coder = AbiCoder.defaultAbiCoder();

/** The kernel of the revised draft, as it writes it. */
const FUNCTIONS = [
  "function createJob(address provider, address evaluator, uint256 expiredAt, string description, address hook, uint256 providerAgentId) returns (uint256 jobId)",
  "function setProvider(uint256 jobId, address provider, uint256 agentId)",
  "function setBudget(uint256 jobId, address token, uint256 amount, bytes optParams)",
  "function fund(uint256 jobId, uint256 expectedBudget, bytes optParams)",
  "function submit(uint256 jobId, bytes32 deliverable, bytes optParams)",
  "function complete(uint256 jobId, bytes32 reason, bytes optParams)",
  "function reject(uint256 jobId, bytes32 reason, bytes optParams)",
  "function claimRefund(uint256 jobId)",
].map((signature) => FunctionFragment.from(signature));

const GET_JOB = "0xbf22c457";

/** The events that "implementations SHOULD emit at least", with their members in order. */
const EVENTS: Record<string, string[]> = {
  JobCreated: ["jobId", "client", "provider", "evaluator", "expiredAt"],
  ProviderSet: ["jobId", "provider", "agentId"],
  BudgetSet: ["jobId", "token", "amount"],
  JobFunded: ["jobId", "client", "amount"],
  JobSubmitted: ["jobId", "provider", "deliverable"],
  JobCompleted: ["jobId", "evaluator", "reason"],
  JobRejected: ["jobId", "rejector", "reason"],
  JobExpired: ["jobId"],
  PaymentReleased: ["jobId", "provider", "amount"],
  Refunded: ["jobId", "client", "amount"],
};

/** "A job SHALL have at least", in the order of the reference's struct. */
const JOB_MEMBERS = [
  "id",
  "client",
  "provider",
  "evaluator",
  "description",
  "budget",
  "expiredAt",
  "status",
  "hook",
  "paymentToken",
  "providerAgentId",
];

type Verb = "setProvider" | "setBudget" | "fund" | "submit" | "complete" | "reject" | "claimRefund";
type Caller = "client" | "provider" | "evaluator" | "stranger";
const CALLERS = ["client", "provider", "evaluator", "stranger"] as const;
const STATES = Object.keys(STATUS) as StateName[];

/** Each verb with ordinary arguments, by anyone. */
const VERBS: Record<Verb, (market: Market, by: Caller, jobId: bigint) => Promise<ContractTransactionResponse>> = {
  setProvider: (m, by, id) => m.escrow.connect(m[by]).setProvider(id, m.provider2, 0n),
  setBudget: (m, by, id) => m.escrow.connect(m[by]).setBudget(id, m.stable, PRICE, "0x"),
  fund: (m, by, id) => m.escrow.connect(m[by]).fund(id, PRICE, "0x"),
  submit: (m, by, id) => m.escrow.connect(m[by]).submit(id, DELIVERABLE, "0x"),
  complete: (m, by, id) => m.escrow.connect(m[by]).complete(id, REASON, "0x"),
  reject: (m, by, id) => m.escrow.connect(m[by]).reject(id, REASON, "0x"),
  claimRefund: (m, by, id) => m.escrow.connect(m[by]).claimRefund(id),
};

/**
 * "Allowed transitions", and the calls that leave the state as it is: verb, state before, who may call, state after.
 * `claimRefund` is timed: it needs the job to have expired; all others are tried before it has.
 */
const TRANSITIONS: { verb: Verb; from: StateName; by: readonly Caller[]; to: StateName }[] = [
  { verb: "setBudget", from: "Open", by: ["client", "provider"], to: "Open" },
  { verb: "fund", from: "Open", by: ["client"], to: "Funded" },
  { verb: "reject", from: "Open", by: ["client"], to: "Rejected" },
  { verb: "claimRefund", from: "Open", by: CALLERS, to: "Expired" }, // the revised draft
  { verb: "submit", from: "Funded", by: ["provider"], to: "Submitted" },
  { verb: "reject", from: "Funded", by: ["evaluator"], to: "Rejected" },
  { verb: "claimRefund", from: "Funded", by: CALLERS, to: "Expired" },
  { verb: "complete", from: "Submitted", by: ["evaluator"], to: "Completed" },
  { verb: "reject", from: "Submitted", by: ["evaluator"], to: "Rejected" },
  { verb: "claimRefund", from: "Submitted", by: CALLERS, to: "Expired" },
];

const MAY_START_FROM: Record<Verb, bigint> = {
  setProvider: ALLOWED.Open,
  setBudget: ALLOWED.Open,
  fund: ALLOWED.Open,
  submit: ALLOWED.Funded,
  complete: ALLOWED.Submitted,
  reject: ALLOWED.OpenFundedOrSubmitted,
  claimRefund: ALLOWED.OpenFundedOrSubmitted,
};

/** Who a test of a state may call as: the one whom the state check does not stand behind a check of roles. */
const RIGHTFUL: Record<Verb, Caller> = {
  setProvider: "client",
  setBudget: "client",
  fund: "client",
  submit: "provider",
  complete: "evaluator",
  reject: "evaluator",
  claimRefund: "stranger",
};

async function deployed() {
  const market = await marketFixture();
  return { ...market, market };
}

async function statusOf({ escrow }: Market, jobId: bigint): Promise<bigint> {
  return (await escrow.getJob(jobId)).status;
}

describe("ERC-8183", () => {
  describe("interface", () => {
    it("has the revised draft's functions, with its selectors", async () => {
      const { escrow } = await deployed();
      const abi: Interface = escrow.interface;
      for (const fragment of FUNCTIONS) {
        expect(abi.getFunction(fragment.selector)?.format("sighash"), fragment.name).to.equal(
          fragment.format("sighash"),
        );
      }
      expect(escrow.interface.getFunction("getJob").selector).to.equal(GET_JOB);
    });

    it("answers ERC-165 for exactly these and getJob", async () => {
      const { escrow } = await deployed();
      const selectors = [...FUNCTIONS.map(({ selector }) => selector), GET_JOB];
      const id = selectors.reduce((all, selector) => all ^ BigInt(selector), 0n);
      expect(await escrow.supportsInterface(ethers.toBeHex(id, 4))).to.equal(true);
      const { interface: abi } = await ethers.getContractAt("IERC8183", ZeroAddress);
      let count = 0;
      abi.forEachFunction(() => (count += 1));
      expect(count).to.equal(selectors.length);
    });

    it("emits the standard's events, its members first and in its order", async () => {
      const { escrow } = await deployed();
      for (const [name, members] of Object.entries(EVENTS)) {
        const inputs = escrow.interface.getEvent(name as "JobCreated").inputs.map((input) => input.name);
        expect(inputs.slice(0, members.length), name).to.deep.equal(members);
      }
    });

    it("returns the standard's job data first, in the reference's order", async () => {
      const { escrow } = await deployed();
      const [job] = escrow.interface.getFunction("getJob").outputs;
      expect(job!.components!.slice(0, JOB_MEMBERS.length).map(({ name }) => name)).to.deep.equal(JOB_MEMBERS);
    });

    it("numbers the six states as the standard lists them", () => {
      expect(STATES).to.deep.equal(["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"]);
    });
  });

  describe("state machine", () => {
    for (const { verb, from, by, to } of TRANSITIONS) {
      it(`${from} -> ${to}: ${verb} by ${by.join(", ")}, and by nobody else`, async () => {
        const { market, escrow } = await deployed();
        for (const caller of CALLERS) {
          const jobId = await jobIn(market, from);
          if (verb === "claimRefund") await atExpiry(market, jobId);
          if (by.includes(caller)) {
            await VERBS[verb](market, caller, jobId);
            expect(await statusOf(market, jobId)).to.equal(STATUS[to]);
          } else {
            await expect(VERBS[verb](market, caller, jobId))
              .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
              .withArgs(jobId, market[caller].address);
            expect(await statusOf(market, jobId)).to.equal(STATUS[from]);
          }
        }
      });
    }

    // "No other transitions are valid": every verb in every state that the table does not name.
    for (const verb of Object.keys(VERBS) as Verb[]) {
      for (const from of STATES.filter((state) => (MAY_START_FROM[verb] & (1n << STATUS[state])) === 0n)) {
        it(`${from}: no ${verb}`, async () => {
          const { market, escrow } = await deployed();
          const jobId = await jobIn(market, from);
          if (verb === "claimRefund" && from !== "Expired")
            await time.increaseTo((await escrow.getJob(jobId)).expiredAt);
          await expect(VERBS[verb](market, RIGHTFUL[verb], jobId))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
            .withArgs(jobId, STATUS[from], MAY_START_FROM[verb]);
          expect(await statusOf(market, jobId)).to.equal(STATUS[from]);
        });
      }
    }

    it("Open -> Submitted: submit by the provider of a job without payment (the revised draft)", async () => {
      const { market, escrow, provider } = await deployed();
      const jobId = await createJob(market);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      expect(await statusOf(market, jobId)).to.equal(STATUS.Submitted);
    });
  });

  describe("createJob", () => {
    it("creates a job in Open of which the sender is the client, and returns its id", async () => {
      const { escrow, client, provider, evaluator } = await deployed();
      const expiredAt = (await atFixedTime()) + DAY;
      const args = [provider, evaluator, expiredAt, "brief", ZeroAddress, 7n] as const;
      await expect(escrow.connect(client).createJob(...args))
        .to.emit(escrow, "JobCreated")
        .withArgs(1n, client.address, provider.address, evaluator.address, expiredAt, ZeroAddress);
      const job = await escrow.getJob(1n);
      expect([...job].slice(0, JOB_MEMBERS.length)).to.deep.equal([
        1n,
        client.address,
        provider.address,
        evaluator.address,
        "brief",
        0n,
        BigInt(expiredAt),
        STATUS.Open,
        ZeroAddress,
        ZeroAddress,
        7n,
      ]);
      expect(await escrow.connect(client).createJob.staticCall(...args)).to.equal(2n);
    });

    it("reverts if the evaluator is zero", async () => {
      const { market, escrow } = await deployed();
      await expect(createJob(market, { evaluator: ZeroAddress }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidEvaluator")
        .withArgs(ZeroAddress);
    });

    it("reverts if expiredAt is not at least 5 minutes ahead (first draft: not in the future)", async () => {
      const { escrow, client, provider, evaluator } = await deployed();
      const create = (expiredAt: number) =>
        escrow.connect(client).createJob(provider, evaluator, expiredAt, "", ZeroAddress, 0n);
      for (const ahead of [-1, 0, 1, MIN_DURATION - 1]) {
        const now = await atFixedTime();
        await expect(create(now + ahead))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
          .withArgs(now + ahead, now + MIN_DURATION, now + 365 * DAY);
      }
      await create((await atFixedTime()) + MIN_DURATION);
    });

    it("is stricter: a job lasts a year at most, so that no deposit is locked for longer", async () => {
      const { escrow, client, provider, evaluator } = await deployed();
      const now = await atFixedTime();
      const expiredAt = now + 365 * DAY + 1;
      await expect(escrow.connect(client).createJob(provider, evaluator, expiredAt, "", ZeroAddress, 0n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
        .withArgs(expiredAt, now + MIN_DURATION, now + 365 * DAY);
    });

    it("lets provider and hook be zero, and the evaluator be the client", async () => {
      const { market, escrow, client } = await deployed();
      const jobId = await createJob(market, { provider: ZeroAddress, evaluator: client });
      const job = await escrow.getJob(jobId);
      expect([job.provider, job.hook, job.evaluator]).to.deep.equal([ZeroAddress, ZeroAddress, client.address]);
    });

    it("is stricter: the provider is neither client nor evaluator", async () => {
      const { market, escrow, client, evaluator } = await deployed();
      for (const provider of [client, evaluator]) {
        await expect(createJob(market, { provider }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider")
          .withArgs(provider.address);
      }
    });

    it("is stricter: a hook has code", async () => {
      const { market, escrow, stranger } = await deployed();
      await expect(createJob(market, { hook: stranger }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidHook")
        .withArgs(stranger.address);
    });
  });

  describe("setProvider", () => {
    it("sets provider and agent once, by the client, while Open", async () => {
      const { market, escrow, client, provider, stranger } = await deployed();
      const jobId = await createJob(market, { provider: ZeroAddress });
      await expect(escrow.connect(stranger).setProvider(jobId, provider, 0n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
        .withArgs(jobId, stranger.address);
      await expect(escrow.connect(client).setProvider(jobId, ZeroAddress, 0n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider")
        .withArgs(ZeroAddress);
      await expect(escrow.connect(client).setProvider(jobId, provider, 9n))
        .to.emit(escrow, "ProviderSet")
        .withArgs(jobId, provider.address, 9n);
      const job = await escrow.getJob(jobId);
      expect([job.provider, job.providerAgentId]).to.deep.equal([provider.address, 9n]);
      await expect(escrow.connect(client).setProvider(jobId, provider, 0n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ProviderAlreadySet")
        .withArgs(jobId, provider.address);
    });
  });

  describe("setBudget", () => {
    it("sets token and amount, by client or provider", async () => {
      const { market, escrow, stable, client, provider } = await deployed();
      const jobId = await createJob(market);
      for (const [sender, amount] of [
        [client, 5n],
        [provider, 6n],
      ] as const) {
        await expect(escrow.connect(sender).setBudget(jobId, stable, amount, "0x"))
          .to.emit(escrow, "BudgetSet")
          .withArgs(jobId, await stable.getAddress(), amount);
        const job = await escrow.getJob(jobId);
        expect([job.paymentToken, job.budget]).to.deep.equal([await stable.getAddress(), amount]);
      }
    });

    it("reverts if the token is zero", async () => {
      const { market, escrow, client } = await deployed();
      const jobId = await createJob(market);
      await expect(escrow.connect(client).setBudget(jobId, ZeroAddress, 5n, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidToken")
        .withArgs(ZeroAddress);
    });

    it("is stricter: the provider cannot change a token that was set", async () => {
      const { market, escrow, stable, plain, provider } = await deployed();
      const jobId = await pricedJob(market);
      await expect(escrow.connect(provider).setBudget(jobId, plain, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TokenLocked")
        .withArgs(jobId, await stable.getAddress());
    });
  });

  describe("fund", () => {
    it("transfers the budget from the client into escrow", async () => {
      const { market, escrow, stable, client } = await deployed();
      const jobId = await pricedJob(market);
      const response = escrow.connect(client).fund(jobId, PRICE, "0x");
      await expect(response).to.emit(escrow, "JobFunded").withArgs(jobId, client.address, PRICE);
      await expect(response).to.changeTokenBalances(stable, [client, escrow], [-PRICE, PRICE]);
    });

    it("reverts if the provider is not set", async () => {
      const { market, escrow, client } = await deployed();
      const jobId = await pricedJob(market, { provider: ZeroAddress });
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ProviderNotSet")
        .withArgs(jobId);
    });

    it("reverts if the budget is not the expected one", async () => {
      const { market, escrow, client } = await deployed();
      const jobId = await pricedJob(market);
      for (const expected of [PRICE - 1n, PRICE + 1n]) {
        await expect(escrow.connect(client).fund(jobId, expected, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_BudgetMismatch")
          .withArgs(jobId, PRICE, expected);
      }
    });

    it("reverts if the job has expired (the revised draft)", async () => {
      const { market, escrow, client } = await deployed();
      const jobId = await pricedJob(market);
      const { expiredAt } = await escrow.getJob(jobId);
      await atExpiry(market, jobId);
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
        .withArgs(jobId, expiredAt);
    });

    it("reverts if the budget is zero, as the first draft asks (the revised draft leaves it open)", async () => {
      const { market, escrow, client } = await deployed();
      const jobId = await pricedJob(market, { amount: 0n });
      await expect(escrow.connect(client).fund(jobId, 0n, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AmountIsZero")
        .withArgs(jobId);
    });

    it("verifies that the provider may speak for its agent, which the drafts leave open", async () => {
      const { market, escrow, client, provider, agents } = await deployed();
      const jobId = await pricedJob(market, { providerAgentId: agents.provider2 });
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
        .withArgs(agents.provider2, provider.address);
    });
  });

  describe("submit", () => {
    it("announces the deliverable", async () => {
      const { market, escrow, provider } = await deployed();
      const jobId = await fundedJob(market);
      await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
        .to.emit(escrow, "JobSubmitted")
        .withArgs(jobId, provider.address, DELIVERABLE);
    });

    it("is stricter: not from expiredAt on, when the client may already claim its refund", async () => {
      const { market, escrow, provider } = await deployed();
      const jobId = await fundedJob(market);
      const { expiredAt } = await escrow.getJob(jobId);
      await atExpiry(market, jobId);
      await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
        .withArgs(jobId, expiredAt);
    });
  });

  describe("complete and reject", () => {
    it("complete transfers the escrow to the provider", async () => {
      const { market, escrow, stable, provider, evaluator } = await deployed();
      for (const reason of [REASON, ZeroHash]) {
        const jobId = await submittedJob(market);
        const response = escrow.connect(evaluator).complete(jobId, reason, "0x");
        await expect(response).to.emit(escrow, "JobCompleted").withArgs(jobId, evaluator.address, reason);
        await expect(response).to.emit(escrow, "PaymentReleased").withArgs(jobId, provider.address, PRICE);
        await expect(response).to.changeTokenBalances(stable, [escrow, provider], [-PRICE, PRICE]);
      }
    });

    it("reject refunds the escrow to the client, if there is one", async () => {
      const { market, escrow, stable, client, evaluator } = await deployed();
      for (const [state, rejector, refund] of [
        ["Open", client, 0n],
        ["Funded", evaluator, PRICE],
        ["Submitted", evaluator, PRICE],
      ] as const) {
        const jobId = await jobIn(market, state);
        const response = escrow.connect(rejector).reject(jobId, REASON, "0x");
        await expect(response).to.emit(escrow, "JobRejected").withArgs(jobId, rejector.address, REASON);
        await expect(response).to.changeTokenBalances(stable, [client, escrow], [refund, -refund]);
        if (refund === 0n) await expect(response).not.to.emit(escrow, "Refunded");
        else await expect(response).to.emit(escrow, "Refunded").withArgs(jobId, client.address, refund);
      }
    });

    it("are stricter: an evaluator's verdict comes before expiredAt, never beside a claim", async () => {
      const { market, escrow, evaluator } = await deployed();
      const jobs = {
        complete: await submittedJob(market),
        reject: await submittedJob(market),
      };
      for (const verb of ["complete", "reject"] as const) {
        const jobId = jobs[verb];
        const { expiredAt } = await escrow.getJob(jobId);
        await time.setNextBlockTimestamp(expiredAt + BigInt(verb === "complete" ? 0 : 60));
        await expect(escrow.connect(evaluator)[verb](jobId, REASON, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      }
    });
  });

  describe("claimRefund", () => {
    for (const [state, refund] of [
      ["Open", 0n],
      ["Funded", PRICE],
      ["Submitted", PRICE],
    ] as const) {
      it(`ends an expired ${state} job by anyone's call and refunds ${refund}`, async () => {
        const { market, escrow, stable, client, stranger } = await deployed();
        const jobId = await jobIn(market, state);
        const { expiredAt } = await escrow.getJob(jobId);
        await atExpiry(market, jobId, -1);
        await expect(escrow.connect(stranger).claimRefund(jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlineNotReached")
          .withArgs(jobId, expiredAt);
        await atExpiry(market, jobId);
        const response = escrow.connect(stranger).claimRefund(jobId);
        await expect(response).to.emit(escrow, "JobExpired").withArgs(jobId);
        await expect(response).to.changeTokenBalances(stable, [client, escrow], [refund, -refund]);
      });
    }
  });

  describe("hooks", () => {
    /** The revised draft's table: which calls a hook hears of, and with what data. */
    const HOOKABLE: Record<
      Verb | "createJob",
      {
        before: boolean;
        after: boolean;
        by: Caller;
        prepare: (market: Market, hook: string) => Promise<bigint>;
        data: (market: Market) => string;
      }
    > = {
      createJob: {
        before: false,
        after: true,
        by: "client",
        prepare: () => Promise.resolve(1n),
        data: (m) =>
          coder.encode(["address", "address", "address"], [m.client.address, m.provider.address, m.evaluator.address]),
      },
      setProvider: {
        before: false,
        after: false,
        by: "client",
        prepare: (m, hook) => createJob(m, { hook, provider: ZeroAddress }),
        data: () => "0x",
      },
      setBudget: {
        before: true,
        after: true,
        by: "client",
        prepare: (m, hook) => createJob(m, { hook }),
        data: (m) =>
          coder.encode(["address", "address", "uint256", "bytes"], [m.client.address, m.stable.target, PRICE, "0x"]),
      },
      fund: {
        before: true,
        after: true,
        by: "client",
        prepare: (m, hook) => pricedJob(m, { hook }),
        data: (m) => coder.encode(["address", "bytes"], [m.client.address, "0x"]),
      },
      submit: {
        before: true,
        after: true,
        by: "provider",
        prepare: (m, hook) => fundedJob(m, { hook }),
        data: (m) => coder.encode(["address", "bytes32", "bytes"], [m.provider.address, DELIVERABLE, "0x"]),
      },
      complete: {
        before: true,
        after: true,
        by: "evaluator",
        prepare: (m, hook) => submittedJob(m, { hook }),
        data: (m) => coder.encode(["address", "bytes32", "bytes"], [m.evaluator.address, REASON, "0x"]),
      },
      reject: {
        before: true,
        after: true,
        by: "evaluator",
        prepare: (m, hook) => submittedJob(m, { hook }),
        data: (m) => coder.encode(["address", "bytes32", "bytes"], [m.evaluator.address, REASON, "0x"]),
      },
      claimRefund: {
        before: false,
        after: false,
        by: "stranger",
        prepare: async (m, hook) => {
          const jobId = await submittedJob(m, { hook });
          await atExpiry(m, jobId);
          return jobId;
        },
        data: () => "0x",
      },
    };

    for (const [verb, { before, after, by, prepare, data }] of Object.entries(HOOKABLE)) {
      const heard = [before ? "before" : "", after ? "after" : ""].filter(Boolean).join(" and ");
      it(`${verb}: ${heard === "" ? "not hookable" : heard}`, async () => {
        const { market, escrow, client, provider, evaluator } = await deployed();
        const hook = await ethers.deployContract("RecordingHook");
        const jobId = await prepare(market, await hook.getAddress());
        await hook.clear();
        const response =
          verb === "createJob"
            ? await escrow.connect(client).createJob(provider, evaluator, (await time.latest()) + DAY, "", hook, 0n)
            : await VERBS[verb as Verb](market, by, jobId);
        await response.wait();
        const selector = escrow.interface.getFunction(verb as Verb).selector;
        const expected = [before ? 0n : undefined, after ? 1n : undefined]
          .filter((phase) => phase !== undefined)
          .map((phase) => [phase, selector, jobId, data(market)]);
        const got = await hook.callbacks();
        expect(got.map((c) => [c.phase, c.selector, c.jobId, c.data])).to.deep.equal(expected);
      });
    }

    it("a before-call may block the action, an after-call may roll it back", async () => {
      const { market, escrow, client } = await deployed();
      const hook = await ethers.deployContract("RevertingHook");
      const selector = escrow.interface.getFunction("fund").selector;
      for (const phase of [0, 1]) {
        const jobId = await pricedJob(market, { hook });
        await hook.setTrigger(phase, selector, true);
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
          .withArgs(jobId, await hook.getAddress(), selector);
        expect(await statusOf(market, jobId)).to.equal(STATUS.Open);
        await hook.setTrigger(phase, selector, false);
      }
    });

    it("a hook that always reverts cannot block the refund after expiry", async () => {
      const { market, escrow, stable, client } = await deployed();
      const hook = await ethers.deployContract("RevertingHook");
      const jobId = await submittedJob(market, { hook });
      for (const phase of [0, 1]) await hook.setTrigger(phase, "0x00000000", true);
      await atExpiry(market, jobId, 5);
      await expect(escrow.claimRefund(jobId)).to.changeTokenBalance(stable, client, PRICE);
    });

    it("a hook needs no ERC-165: the normative interface has two functions", async () => {
      const { market, escrow } = await deployed();
      const hook = await ethers.deployContract("NoERC165Hook");
      expect((await escrow.getJob(await createJob(market, { hook }))).hook).to.equal(await hook.getAddress());
    });
  });

  describe("fees", () => {
    it("there is none on jobs of the kernel, completed or refunded", async () => {
      const { market, escrow, stable, client, provider, evaluator } = await deployed();
      const jobs = [await submittedJob(market), await submittedJob(market)] as const;
      await expect(escrow.connect(evaluator).complete(jobs[0], REASON, "0x")).to.changeTokenBalances(
        stable,
        [provider, evaluator],
        [PRICE, 0n],
      );
      await expect(escrow.connect(evaluator).reject(jobs[1], REASON, "0x")).to.changeTokenBalances(
        stable,
        [client, evaluator],
        [PRICE, 0n],
      );
    });
  });
});
