import { InvalidInputError } from "../InvalidInputError";
import { parseJobId } from "../jobId";
import { contentHash } from "../terms";
import { verifyFileRequest } from "./fileRequests";
import { readBody, reply, replyError, replyJson } from "./httpBodies";
import type { Place, Signatures } from "./messages";

/** What a provider's server has to know of a job to hand files in and out. */
export interface JobAccess {
  readonly client: string;
  /** Who else may read the deliverable: the evaluator, for example. */
  readonly readers?: readonly string[];
  /** `inputHash` of the acceptance; absent if the job has no input of the client's. */
  readonly inputHash?: string;
  /** True if the terms say that everybody may read the deliverable. */
  readonly public?: boolean;
}

/** A provider's files. Each may answer undefined for "none". */
export interface JobFiles {
  /** From the chain or from one's own books: never from the request. */
  job(jobId: bigint): Promise<JobAccess | undefined>;
  deliverable(jobId: bigint): Promise<{ bytes: Uint8Array; mediaType: string } | undefined>;
  /** Called with bytes of the agreed hash only. The same may come twice. */
  saveInput(jobId: bigint, bytes: Uint8Array): Promise<void>;
  /** Bytes; by default 16 MiB. */
  readonly maxInputSize?: number;
}

interface Context extends Signatures {
  readonly place: Place;
  readonly provider: string;
  readonly now: bigint;
}

const PATH = /\/jobs\/(0x[0-9a-fA-F]{1,64}|\d{1,78})\/(deliverable|input)$/;
const MAX_INPUT_SIZE = 16_777_216;

/** The answer to a request for a job's file; undefined if it is none. */
export async function answerFileRequest(
  request: Request,
  pathname: string,
  files: JobFiles,
  context: Context,
): Promise<Response | undefined> {
  const [, id, kind] = PATH.exec(pathname) ?? [];
  if (id === undefined) return undefined;
  const jobId = parseJobId(id);
  const method = kind === "input" ? "PUT" : "GET";
  if (request.method !== method) {
    return replyError(405, "malformed", `use ${method} for a job's ${String(kind)}.`, { allow: method });
  }
  const job = await files.job(jobId);
  if (job === undefined) return nothing();
  return kind === "input"
    ? saveInput(request, jobId, job, files, context)
    : sendDeliverable(request, jobId, job, files, context);
}

/** Strangers need not learn which jobs there are. */
function nothing(): Response {
  return replyError(404, "not-found", "there is no such file here, or it is not yours.");
}

async function sendDeliverable(
  request: Request,
  jobId: bigint,
  job: JobAccess,
  files: JobFiles,
  context: Context,
): Promise<Response> {
  if (job.public !== true) {
    const { reader } = await verified(request, "ReadDeliverable", jobId, context);
    if (![job.client, ...(job.readers ?? [])].includes(reader)) return nothing();
  }
  const file = await files.deliverable(jobId);
  if (file === undefined) return nothing();
  return reply(200, file.bytes, file.mediaType, { "content-disposition": "attachment" });
}

async function saveInput(
  request: Request,
  jobId: bigint,
  job: JobAccess,
  files: JobFiles,
  context: Context,
): Promise<Response> {
  const { client, inputHash } = await verified(request, "WriteInput", jobId, context);
  if (client !== job.client) return replyError(403, "wrong-party", "this job is another client's.");
  if (job.inputHash === undefined || inputHash !== job.inputHash) {
    return replyError(422, "inconsistent", `the job's input is ${job.inputHash ?? "none"}, not ${inputHash}.`);
  }
  const bytes = await readBody(request, files.maxInputSize ?? MAX_INPUT_SIZE);
  const found = contentHash(bytes);
  if (found !== inputHash) {
    return replyError(422, "inconsistent", `the bytes hash to ${found}; the job's input is ${inputHash}.`);
  }
  await files.saveInput(jobId, bytes);
  return replyJson(200, { inputHash });
}

async function verified<T extends "ReadDeliverable" | "WriteInput">(
  request: Request,
  type: T,
  jobId: bigint,
  context: Context,
) {
  try {
    return await verifyFileRequest(request.headers.get("authorization"), type, { ...context, jobId }, context);
  } catch (error) {
    if (error instanceof InvalidInputError) throw new UnprovedError(error.message);
    throw error;
  }
}

/** Who asks has not proved who they are. */
export class UnprovedError extends InvalidInputError {}
