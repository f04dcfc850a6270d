import { ZeroAddress } from "ethers";

import type { OptimisticEvaluator } from "../../../typechain-types";
import { formatJobId } from "../../jobId";
import { isTerminal } from "../../jobs";
import type { Context } from "../context";
import { accountOf } from "../context";
import { eventsAbout, transactionOf } from "../earlier";
import { requireBalance } from "../funding";
import { MarketError } from "../MarketError";
import type { PlanOptions, Prepared } from "../plan";
import { alreadyDone, planCall } from "../plan";
import { appeal } from "./appeal";
import type { JobRef, JobResult } from "./jobs";
import type { Review } from "./review";
import { endedBy, openReview, told } from "./review";

const named = (evaluator: OptimisticEvaluator) => ({ name: "OptimisticEvaluator", at: evaluator });
const SAFE = { safeGas: true } as const;

/** Accepts submitted work as the client: the provider is paid in full at once. */
export async function accept(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult>> {
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute } = review;
  if (isTerminal(dispute.job.status)) {
    // Silence pays as much, and tells so by Finalised.
    if (dispute.job.status !== "Completed" || dispute.phase !== "Review" || told(review, "Finalised") !== undefined) {
      throw endedBy(review, "accept the work");
    }
    const { escrow } = ctx.market;
    return alreadyDone({ jobId }, await transactionOf(ctx, escrow, jobId, ({ name }) => name === "JobCompleted"));
  }
  return planCall(named(evaluator), evaluator.accept, [jobId], { value: { jobId } }, SAFE);
}

/**
 * Objects to submitted work as the client, with a bond. Approves the evaluator for exactly that first, if it has to.
 * Too small a job ends at once instead, divided as its evaluator says.
 */
export async function dispute(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult>> {
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute: state } = review;
  const earlier = told(review, "Disputed");
  if (earlier !== undefined || (state.phase !== "Review" && state.phase !== "Closed")) {
    return alreadyDone({ jobId }, earlier?.transaction);
  }
  if (isTerminal(state.job.status)) {
    const small = told(review, "Finalised", ({ share }) => Number(share) === state.smallJobShare);
    if (state.objection === "immediate" && small !== undefined) return alreadyDone({ jobId }, small.transaction);
    throw endedBy(review, "dispute the work");
  }
  await requireParty(ctx, jobId, state.job.client, "client");
  const bond = state.objection === "bond" ? state.bond : 0n;
  const options = await bondOptions(ctx, review, bond, "dispute");
  return planCall(named(evaluator), evaluator.dispute, [jobId], { value: { jobId } }, options);
}

/** Stands by the work as the provider, with a bond. Approves the evaluator for exactly that first, if it has to. */
export async function contest(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult>> {
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute: state } = review;
  const earlier = told(review, "Contested");
  if (earlier !== undefined || /^(Contested|Escalated|Ruled)$/.test(state.phase)) {
    return alreadyDone({ jobId }, earlier?.transaction);
  }
  if (isTerminal(state.job.status)) throw endedBy(review, "contest the objection");
  await requireParty(ctx, jobId, state.job.provider, "provider");
  const options = await bondOptions(ctx, review, state.bond, "contest");
  return planCall(named(evaluator), evaluator.contest, [jobId], { value: { jobId } }, options);
}

/** Before a bond is approved: the evaluator, who is asked only afterwards, may be anybody's contract. */
async function requireParty(ctx: Context, jobId: bigint, party: string, role: string): Promise<void> {
  const account = await accountOf(ctx);
  if (account === party) return;
  throw new MarketError(
    "NO_SIGNER",
    `the ${role} of job ${formatJobId(jobId)} is ${party}, not ${account}: use that account's key.`,
  );
}

async function bondOptions(
  ctx: Context,
  { dispute: { job, bondToken } }: Review,
  bond: bigint,
  verb: "dispute" | "contest",
): Promise<PlanOptions> {
  const coin = bondToken === ZeroAddress;
  if (bond !== 0n) await requireBalance(ctx, bondToken, bond, "the bond");
  return {
    ...SAFE,
    value: coin ? bond : 0n,
    approval: coin || bond === 0n ? undefined : { token: bondToken, spender: job.evaluator, amount: bond },
    viaWallet: (wallet, policy) => {
      const args: [string, string, bigint, string, bigint] = [policy, job.evaluator, job.id, bondToken, bond];
      return verb === "dispute"
        ? wallet.interface.encodeFunctionData("dispute", args)
        : wallet.interface.encodeFunctionData("contest", args);
    },
  };
}

/** Takes a contested job to the court, as either side. */
export async function escalate(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult & { disputeId: bigint }>> {
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute: state } = review;
  if (state.disputeId !== undefined) {
    return alreadyDone({ jobId, disputeId: state.disputeId }, told(review, "Escalated")?.transaction);
  }
  if (isTerminal(state.job.status)) throw endedBy(review, "escalate");
  return planCall(named(evaluator), evaluator.escalate, [jobId], {
    returned: ([disputeId]) => ({ jobId, disputeId }),
    event: "Escalated",
    logged: (args) => ({ jobId, disputeId: args.disputeID as bigint }),
  });
}

/** Gives in, as either side of a dispute. Ends the job. Done already if the dispute ended in what that gives. */
export async function concede(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult>> {
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute: state } = review;
  if (isTerminal(state.job.status)) {
    const account = await accountOf(ctx);
    const share = account === state.job.client ? 100n : 0n;
    const end = told(review, "Finalised", (args) => args.share === share);
    if (end === undefined || told(review, "Disputed") === undefined) throw endedBy(review, "concede");
    return alreadyDone({ jobId }, end.transaction);
  }
  return planCall(named(evaluator), evaluator.concede, [jobId], { value: { jobId } }, SAFE);
}

/**
 * Offers the other side a division: `share` percent to the provider's side, in place of any offer before.
 * @param input `validUntil` in Unix seconds, by default the end of the present phase; 0 takes the offer back.
 */
export async function offerSplit(
  ctx: Context,
  input: JobRef & { readonly share: number; readonly validUntil?: bigint },
): Promise<Prepared<JobResult>> {
  const { jobId, share } = input;
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute: state } = review;
  if (isTerminal(state.job.status)) throw endedBy(review, "offer a division");
  const account = await accountOf(ctx);
  const standing = account === state.job.client ? state.clientOffer : state.providerOffer;
  const validUntil = input.validUntil ?? (state.deadline === undefined ? 0n : state.deadline - 1n);
  const stands =
    standing === undefined ? validUntil === 0n : standing.share === share && standing.validUntil === validUntil;
  if (stands) {
    const mine = told(review, "SplitOffered", (args) => args.party === account);
    return alreadyDone({ jobId }, mine?.transaction);
  }
  return planCall(named(evaluator), evaluator.offerSplit, [jobId, share, validUntil], { value: { jobId } });
}

/** Takes the division that the other side offers, which must give the provider's side `share` percent. Ends the job. */
export async function acceptSplit(
  ctx: Context,
  { jobId, share }: JobRef & { readonly share: number },
): Promise<Prepared<JobResult>> {
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute: state } = review;
  if (isTerminal(state.job.status)) {
    const end = told(review, "Finalised", (args) => Number(args.share) === share);
    if (end === undefined || told(review, "SplitOffered") === undefined) throw endedBy(review, "take a division");
    return alreadyDone({ jobId }, end.transaction);
  }
  return planCall(named(evaluator), evaluator.acceptSplit, [jobId, share], { value: { jobId } }, SAFE);
}

/** Puts evidence forward, as either side of a dispute: where it is, and its keccak256. Each side has 16 times. */
export async function submitEvidence(
  ctx: Context,
  { jobId, uri, hash }: JobRef & { readonly uri: string; readonly hash: string },
): Promise<Prepared<JobResult>> {
  const account = await accountOf(ctx);
  const { evaluator } = await openReview(ctx, jobId);
  const earlier = (await eventsAbout(ctx, evaluator, jobId)).findLast(({ name, args }) => {
    return name === "EvidenceSubmitted" && args.party === account && args.hash === hash.toLowerCase();
  });
  if (earlier !== undefined) return alreadyDone({ jobId }, earlier.transaction);
  return planCall(named(evaluator), evaluator.submitEvidence, [jobId, uri, hash], { value: { jobId } });
}

/** Carries out what silence or the ruling decided. Anyone may. */
export async function finalise(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult>> {
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute: state } = review;
  if (isTerminal(state.job.status)) {
    const end = told(review, "Finalised");
    if (end === undefined) throw endedBy(review, "finalise its review");
    return alreadyDone({ jobId }, end.transaction);
  }
  return planCall(named(evaluator), evaluator.finalise, [jobId], { value: { jobId } }, SAFE);
}

/** Divides the bonds of a dispute whose job the escrow's own claim has ended. Anyone may. */
export async function releaseBonds(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult>> {
  const review = await openReview(ctx, jobId);
  const { evaluator, dispute: state } = review;
  if (state.phase === "Closed") return alreadyDone({ jobId }, told(review, "BondsReturned")?.transaction);
  return planCall(named(evaluator), evaluator.releaseBonds, [jobId], { value: { jobId } });
}

export const disputeWrites = {
  accept,
  dispute,
  contest,
  escalate,
  concede,
  offerSplit,
  acceptSplit,
  submitEvidence,
  finalise,
  releaseBonds,
  appeal,
};
