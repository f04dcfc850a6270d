import { InvalidInputError } from "../InvalidInputError";
import { oneLine, quoted } from "../plainText";
import type {
  Agent,
  Feedback,
  Job,
  JobDetail,
  JobFilter,
  MarketReader,
  Overview,
  Page,
  SearchRequest,
  SearchResult,
  Status,
} from "./model";

/** The index said no, or said nothing that makes sense. `message` is one sentence. */
export class IndexError extends Error {
  /** @param status The HTTP status; 0 if there was no answer. */
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = "IndexError";
  }
}

export interface IndexOptions {
  /** Milliseconds for one answer. */
  readonly timeout?: number;
  /** The largest answer that is read. */
  readonly maxBytes?: number;
}

/** An index over HTTP: the same questions as in process, but for live events, which its page at /api/v1/events tells. */
export type IndexClient = Omit<MarketReader, "events">;

const TIMEOUT = 10_000;
const MAX_BYTES = 8_000_000;

type Parameters = readonly (readonly [name: string, value: string | number | boolean | undefined])[];

/**
 * A client for an index's HTTP API. Asks nothing yet. What it answers is the word of whoever runs the index: before
 * money depends on it, read the record and the job from the chain (`readRecord`, `readJob`).
 */
export function connectIndex(url: string, options: IndexOptions = {}): IndexClient {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new InvalidInputError(`"${url}" is not the address of an index: give its http or https URL.`);
  }
  const base = `${url.replace(/\/+$/, "")}/api/v1`;

  async function find<T>(path: string, parameters: Parameters = []): Promise<T | undefined> {
    const query = new URLSearchParams();
    for (const [name, value] of parameters) if (value !== undefined) query.append(name, String(value));
    const { status, body } = await request(`${base}${path}${query.size === 0 ? "" : `?${query.toString()}`}`, options);
    if (status === 404) return undefined;
    if (status !== 200) throw new IndexError(`the index refuses: ${detailOf(body) ?? `status ${status}`}.`, status);
    return body as T;
  }

  async function ask<T>(path: string, parameters: Parameters = []): Promise<T> {
    const found = await find<T>(path, parameters);
    if (found === undefined) throw new IndexError(`${base} has no ${path}: it is not an index of this version.`, 404);
    return found;
  }

  return {
    status: () => ask<Status>("/status"),
    overview: () => ask<Overview>("/overview"),
    search: async (request_) => {
      const page = await ask<Page<SearchResult>>("/agents", searchParameters(request_));
      if (Array.isArray((page as Partial<Page<SearchResult>> | null)?.items)) return page;
      throw new IndexError(`${base} answers no page of agents: it is not an index of this version.`, 200);
    },
    agent: (agentId) => find<Agent>(`/agents/${encodeURIComponent(agentId)}`),
    agentFile: (agentId) => find<unknown>(`/agents/${encodeURIComponent(agentId)}/file`),
    jobs: (filter) => ask<Page<Job>>("/jobs", Object.entries(filter) as [keyof JobFilter, string][]),
    job: (jobId) => find<JobDetail>(`/jobs/${encodeURIComponent(jobId)}`),
    feedback: ({ agentId, ...rest }) =>
      ask<Page<Feedback>>(`/agents/${encodeURIComponent(agentId)}/feedback`, Object.entries(rest)),
  };
}

/** A search as the API's query parameters: a skill each, and weights by their measure. */
function searchParameters({ skills = [], weights = {}, ...rest }: SearchRequest): Parameters {
  return [
    ...Object.entries(rest),
    ...skills.map((skill) => ["skill", skill] as const),
    ...Object.entries(weights).map(([measure, weight]) => [`weight.${measure}`, weight] as const),
  ];
}

async function request(url: string, options: IndexOptions): Promise<{ status: number; body: unknown }> {
  const { timeout = TIMEOUT, maxBytes = MAX_BYTES } = options;
  let status = 0;
  let text: string;
  try {
    const answer = await fetch(url, {
      headers: { accept: "application/json" },
      // An index answers itself; a redirect could lead into a private network.
      redirect: "error",
      signal: AbortSignal.timeout(timeout),
    });
    status = answer.status;
    text = await readBounded(answer, maxBytes);
  } catch (error) {
    if (error instanceof IndexError) throw error;
    const { cause, message } = error as Error;
    const said = cause instanceof Error && cause.message !== "" ? cause.message : message;
    const reason = oneLine(said, 200).replace(/\.$/, "");
    throw new IndexError(`the index at ${new URL(url).origin} does not answer (${reason}): is it running?`, status);
  }
  try {
    return { status, body: JSON.parse(text) as unknown };
  } catch {
    throw new IndexError(`${new URL(url).origin} answers no JSON: it is not an index.`, status);
  }
}

async function readBounded(answer: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new IndexError(`the index answers more than ${maxBytes} bytes: ask for less at once.`, answer.status);
    }
    chunks.push(chunk);
  }
  return new Blob(chunks).text();
}

/** The sentence of a problem document (RFC 9457), in quotes: it is the word of whoever runs the index. */
function detailOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { detail, title } = body as { detail?: unknown; title?: unknown };
  const said = typeof detail === "string" ? detail : title;
  return typeof said === "string" ? quoted(said.replace(/[.\s]+$/, "")) : undefined;
}
