import type { JobContract } from "../../sdk/terms";
import { termsHash } from "../../sdk/terms";
import { reexecute } from "../evaluator/reexecute";

/** What is wrong with a piece of work by doing it again; undefined if it is the same. */
export function verifyByDoing(
  contract: JobContract,
  input: Uint8Array | undefined,
  bytes: Uint8Array,
): string | undefined {
  const job = {
    jobId: "",
    termsHash: termsHash(contract),
    contract,
    ...(input === undefined ? {} : { clientInput: input }),
  };
  return reexecute(job, bytes).finding;
}
