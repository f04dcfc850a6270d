import { assess } from "../../examples/jurors/assess";
import { doWork } from "../../examples/workers/work";
import { canonicalBytes, parseJson } from "../../sdk/canonicalJson";
import type { JobContract } from "../../sdk/terms";
import type { PlayedJob } from "./life";
import { agreedWork } from "./life";
import type { Tell } from "./steps";
import { send } from "./steps";
import type { World } from "./world";

/** An evidence file as ERC-1497 has it: what a party says, and a file that shows it. */
interface EvidenceFile {
  name: string;
  description: string;
  fileURI: string;
  fileHash: string;
  fileTypeExtension: string;
}

/** All that a juror has to judge by. */
export interface Case {
  contract: JobContract;
  /** The provider's report, as it was handed over. */
  delivered: Uint8Array;
  evidence: { by: string; file: EvidenceFile }[];
}

/** Evidence on the chain, and what its file refers to. */
export interface Exhibit {
  by: string;
  hash: string;
  fileHash: string;
}

/** Both sides say what they want and show why. */
export async function exchangeEvidence(world: World, job: PlayedJob, tell: Tell): Promise<void> {
  const { plan, jobId } = job;
  const { contract, delivered } = await readWork(world, jobId);
  const { differences, columns } = assess(contract, delivered);
  await submit(world, job, plan.client, {
    name: "Nothing was earned",
    description: `This is not the report that was agreed on: ${differences.join(" ")} The file is what it should say.`,
    attachment: doWork(contract),
  });
  await submit(world, job, plan.provider, {
    name: "All of it was earned",
    description:
      `All ${columns} columns are described. The file has every figure that differs: they are deviations, which we ` +
      "divide by n, since these are all airports and not a sample. Only the fourth digit changes.",
    attachment: { differences },
  });
  tell(`${plan.client} puts its own report forward; ${plan.provider} puts a list of the differences forward`);
}

/** What anyone finds who knows the chain and the files. Every file is compared with its hash. */
export async function readCase(world: World, jobId: bigint): Promise<Case> {
  const exhibits = await readExhibits(world, jobId);
  return {
    ...(await readWork(world, jobId)),
    evidence: exhibits.map(({ by, hash }) => ({ by, file: readEvidence(world, hash) })),
  };
}

/** The evidence on a job, as the chain has it. */
export async function readExhibits(world: World, jobId: bigint): Promise<Exhibit[]> {
  const { evaluator } = world.settlement;
  const submitted = await evaluator.queryFilter(evaluator.filters.EvidenceSubmitted(jobId));
  return submitted.map(({ args: { party, hash } }) => ({
    by: party,
    hash,
    fileHash: readEvidence(world, hash).fileHash,
  }));
}

export async function readWork(world: World, jobId: bigint): Promise<Pick<Case, "contract" | "delivered">> {
  const { escrow } = world.market;
  const { contract } = await agreedWork(world, jobId);
  const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
  if (submitted === undefined) throw new Error(`Nothing was submitted for job ${jobId}.`);
  return { contract, delivered: world.files.read("deliverables", submitted.args.deliverable) };
}

async function submit(
  { files, parties, settlement }: World,
  job: PlayedJob,
  by: keyof World["parties"],
  { attachment, ...said }: { name: string; description: string; attachment: object },
): Promise<void> {
  const fileHash = files.write("evidence", canonicalBytes(attachment));
  const file: EvidenceFile = { ...said, fileURI: uriOf(fileHash), fileHash, fileTypeExtension: "json" };
  const hash = files.write("evidence", canonicalBytes(file));
  const evaluator = settlement.evaluator.connect(parties[by].wallet);
  await send(job, "evidence", parties[by], evaluator.submitEvidence(job.jobId, uriOf(hash), hash));
}

/** Reads an evidence file, and makes sure that what it refers to is there too. */
function readEvidence({ files }: World, hash: string): EvidenceFile {
  const file = parseJson(files.read("evidence", hash).toString("utf8")) as unknown as EvidenceFile;
  files.read("evidence", file.fileHash);
  return file;
}

/** Relative to where these files are kept; where others are to find them, an address on the web or in IPFS. */
function uriOf(hash: string): string {
  return `evidence/${hash}.json`;
}
