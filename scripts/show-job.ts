import { parseJobId } from "../sdk/jobId";
import { runCommand } from "./lib/command";
import { reportJob } from "./lib/jobReport";
import { CHAIN_OPTIONS, openSession } from "./lib/session";

void runCommand({
  name: "show-job",
  summary: "Show a job as it stands, and what each party can do with it until when.",
  options: { job: { value: "ID", required: true, help: "The job." }, ...CHAIN_OPTIONS },
  example: "--job 0x… --network base",
  run: async (values) => {
    const jobId = parseJobId(values.job);
    return reportJob(await openSession(values), jobId);
  },
});
