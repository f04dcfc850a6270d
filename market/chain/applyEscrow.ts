import { ZeroAddress } from "ethers";

import type { Row } from "../store/schema";
import type { Batch, Job } from "./batch";
import { amount, dayOf, hash, missing, noteActivity, number, party, position, text } from "./batch";
import type { ChainEvent } from "./events";

/** Ids below are numbered by the kernel, without gaps; the others are hashes. */
const FIRST_HASH = 2n ** 64n;

const add = (sum: string | null, value: bigint): string => (BigInt(sum ?? 0) + value).toString();

/** Events of JobEscrow that name a job. */
export function applyEscrowEvent(batch: Batch, event: ChainEvent): void {
  const { unit } = batch;
  if (event.args.jobId === undefined) return;
  const jobId = text(event, "jobId");
  if (event.name === "JobCreated") {
    createJob(batch, event, jobId);
    return;
  }
  const job = unit.get("jobs", jobId);
  if (job === undefined) throw missing(event, `the creation of job ${jobId}`);
  const change = (columns: Partial<Row<"jobs">>): void => {
    unit.change("jobs", jobId, columns);
  };
  const day = dayOf(event);

  switch (event.name) {
    case "ProviderSet":
      change({ provider: party(event, "provider"), provider_agent: number(event, "agentId") });
      break;
    case "BudgetSet":
      change({ token: party(event, "token"), budget: amount(event, "amount").toString() });
      break;
    case "JobFunded": {
      moveTo(batch, event, job, "Funded", ["Open"]);
      if (job.token === null || amount(event, "amount").toString() !== job.budget) throw missing(event, "its price");
      change({ funded: 1, ...detailsOf(batch, jobId) });
      batch.tokens.add(job.token);
      unit.count("escrowed", job.token, amount(event, "amount"));
      unit.count("jobs of token", job.token, 1n);
      unit.count("day hired", day, 1n);
      noteActivity(batch, unit.get("jobs", jobId)?.client_agent ?? 0, event.time);
      break;
    }
    case "JobHired":
      change({
        offer_hash: hash(event, "offerHash"),
        terms_hash: hash(event, "termsHash"),
        input_hash: hash(event, "inputHash"),
      });
      break;
    case "JobSubmitted":
      moveTo(batch, event, job, "Submitted", ["Open", "Funded"]);
      change({
        deliverable: text(event, "deliverable"),
        submitted_at: event.time,
        ...detailsOf(batch, jobId),
      });
      noteActivity(batch, unit.get("jobs", jobId)?.provider_agent ?? 0, event.time);
      break;
    case "EvaluationExtended":
      change({ expired_at: number(event, "expiredAt") });
      break;
    case "JobCompleted":
      moveTo(batch, event, job, "Completed", ["Submitted"]);
      end(batch, event, job, "day completed");
      break;
    case "JobRejected":
      moveTo(batch, event, job, "Rejected", ["Open", "Funded", "Submitted"]);
      end(batch, event, job, "day refunded");
      break;
    case "JobExpired":
      moveTo(batch, event, job, "Expired", ["Open", "Funded", "Submitted"]);
      end(batch, event, job, "day refunded");
      break;
    case "PaymentReleased":
      pay(batch, event, job, false);
      break;
    case "EvaluatorFeePaid":
    case "ReferrerFeePaid":
      pay(batch, event, job, true);
      break;
    case "Refunded":
      change({ refunded: add(job.refunded, amount(event, "amount")) });
      if (job.token !== null) unit.count("refunded", job.token, amount(event, "amount"));
      break;
  }
}

function createJob({ unit, details }: Batch, event: ChainEvent, jobId: string): void {
  const provider = party(event, "provider");
  if (BigInt(jobId) < FIRST_HASH) {
    const count = Number(unit.get("counters", "count|kernel jobs")?.value ?? 0);
    if (Number(jobId) !== count + 1) throw missing(event, `job ${count + 1}`);
    unit.count("count", "kernel jobs", 1n);
  }
  const known = details.get(jobId);
  unit.put("jobs", {
    job_id: jobId,
    client: text(event, "client"),
    client_agent: 0,
    client_epoch: 0,
    provider,
    provider_agent: 0,
    provider_epoch: 0,
    evaluator: text(event, "evaluator"),
    hook: party(event, "hook"),
    token: null,
    budget: "0",
    status: "Open",
    outcome: null,
    terms_hash: null,
    input_hash: null,
    offer_hash: null,
    deliverable: null,
    description: known?.description ?? null,
    created_at: event.time,
    expired_at: number(event, "expiredAt"),
    submitted_at: 0,
    ended_at: 0,
    paid: "0",
    refunded: "0",
    fees: "0",
    funded: 0,
    disputed: 0,
    position: position(event),
    // An Open job's identities may still change; the latest answer is the best there is.
    ...(known === undefined ? {} : identities(known)),
  });
  unit.count("count", "jobs", 1n);
  unit.count("status", "Open", 1n);
}

/** What the escrow says of a job beside its events. */
function detailsOf({ details, unit }: Batch, jobId: string): Partial<Row<"jobs">> {
  const known = details.get(jobId);
  const job = unit.get("jobs", jobId);
  if (known === undefined || job === undefined) return {};
  return { ...identities(known), expired_at: known.expiredAt, description: known.description };
}

function identities(known: {
  clientAgentId: number;
  clientEpoch: number;
  providerAgentId: number;
  providerEpoch: number;
}) {
  return {
    client_agent: known.clientAgentId,
    client_epoch: known.clientEpoch,
    provider_agent: known.providerAgentId,
    provider_epoch: known.providerEpoch,
  };
}

function moveTo({ unit }: Batch, event: ChainEvent, job: Job, status: string, from: readonly string[]): void {
  const current = job.status ?? "";
  if (!from.includes(current)) throw missing(event, `what made job ${job.job_id ?? ""} ${from.join(" or ")}`);
  unit.count("status", current, -1n);
  unit.count("status", status, 1n);
  unit.change("jobs", job.job_id ?? "", { status });
}

function end({ unit }: Batch, event: ChainEvent, job: Job, group: string): void {
  unit.change("jobs", job.job_id ?? "", { ended_at: event.time });
  if (job.funded === 0 || job.token === null) return;
  unit.count("escrowed", job.token, -BigInt(job.budget ?? 0));
  unit.count(group, dayOf(event), 1n);
}

function pay({ unit }: Batch, event: ChainEvent, job: Job, fee: boolean): void {
  const value = amount(event, "amount");
  const fees = fee ? { fees: add(job.fees, value) } : {};
  unit.change("jobs", job.job_id ?? "", { paid: add(job.paid, value), ...fees });
  const token = job.token ?? ZeroAddress;
  unit.count("paid", token, value);
  unit.count("day paid", `${dayOf(event)}|${token}`, value);
}
