import type { JobContract } from "../../sdk/terms";
import type { ProfileReport } from "./profile";
import { profile } from "./profile";

const SAMPLE_ROWS = 1_000;

/** What a careless profiler does: it describes the first rows and calls that the file. */
export function profileSample(contract: JobContract, clientInput?: Uint8Array): ProfileReport {
  return profile(contract, clientInput, SAMPLE_ROWS);
}
