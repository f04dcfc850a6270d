import { InvalidInputError } from "../sdk/InvalidInputError";
import { explainError } from "../sdk/errors";
import { formatJobId } from "../sdk/jobId";
import type { JobSession } from "./lib/actOnJob";
import { JOB_OPTIONS, openJob, reportOutcome } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { parseBytes32 } from "./lib/input";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "record",
  summary: "Write the record of a settled job that the ledger did not take when the job ended. Anyone may do it.",
  options: {
    transaction: {
      value: "HASH",
      help: "The transaction that ended the job, if the endpoint does not search the whole chain for it.",
    },
    ...JOB_OPTIONS,
  },
  example: "--job 0x…",
  run: async (values) => {
    const hash = values.transaction === undefined ? undefined : parseBytes32(values.transaction, "--transaction");
    const session = await openJob(values);
    const { job, market, wallet } = session;
    if (!job.recordPending) {
      throw new InvalidInputError(
        `no record of job ${formatJobId(job.id)} is pending: one waits only where a settlement did not reach the ledger.`,
      );
    }
    const record = hash === undefined ? await searchRecord(session) : await readRecord(session, hash);
    const receipt = await simulateAndSend(market.escrow.connect(wallet).recordSettlement, job.id, record);
    return reportOutcome(session, receipt);
  },
});

/** The record's bytes, which the escrow keeps only as a hash. */
async function searchRecord({ job, market: { escrow } }: JobSession): Promise<string> {
  const search = escrow.queryFilter(escrow.filters.RecordPostponed(job.id));
  const [event] = await search.catch((error: unknown) => {
    throw new Error(
      `the endpoint does not search the whole chain (${explainError(error).replace(/\.$/, "")}): give the transaction that ended the job by --transaction`,
    );
  });
  if (event === undefined) {
    throw new InvalidInputError(
      "the endpoint knows no record of this job: give the transaction that ended it by --transaction.",
    );
  }
  return event.args.record;
}

async function readRecord({ chain, job, market: { escrow, addresses } }: JobSession, hash: string): Promise<string> {
  const receipt = await chain.getTransactionReceipt(hash);
  const event = receipt?.logs
    .filter(({ address }) => address === addresses.escrow)
    .map((log) => escrow.interface.parseLog(log))
    .find((parsed) => parsed?.name === "RecordPostponed" && parsed.args.jobId === job.id);
  if (event == null) {
    throw new InvalidInputError(`--transaction: ${hash} postponed no record of this job: give the one that ended it.`);
  }
  return event.args.record as string;
}
