import { InvalidInputError } from "../sdk/InvalidInputError";
import { formatTime } from "../sdk/units";
import type { DisputeSession } from "./lib/actOnDispute";
import { openDispute, parseShare, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { simulateAndSettle } from "./lib/session";

void runCommand({
  name: "accept-split",
  summary: "Take the division that the other side offers. Ends the job; bonds return, less what the court was paid.",
  options: {
    share: { value: "PERCENT", required: true, help: "What the offer gives the provider's side: it must be the same." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x… --share 60",
  run: async (values) => {
    const share = parseShare(values.share);
    const session = await openDispute(values);
    requireDisputeAction(session, "acceptSplit");
    requireOffer(session, share);
    const { evaluator, job } = session;
    return reportDispute(session, await simulateAndSettle(evaluator.acceptSplit, job.id, share));
  },
});

/** An offer can be replaced while one makes up one's mind: what is taken must be what was meant. */
function requireOffer({ dispute, job, wallet }: DisputeSession, share: bigint): void {
  const offer = wallet.address === job.client ? dispute.providerOffer : dispute.clientOffer;
  if (offer !== undefined && BigInt(offer.share) !== share) {
    throw new InvalidInputError(
      `--share: the other side offers ${offer.share} percent to the provider (until ${formatTime(offer.validUntil)}), not ${share}: take that, or offer your own.`,
    );
  }
}
