import { InvalidInputError } from "../../sdk/InvalidInputError";

/** How a request to a chain is made: EIP-1193's form, so that a wallet's or a test's provider will do. */
export interface RpcProvider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

/** The endpoint answered with an error of its own. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** An answer did not arrive: refused, cut off, too late, too large, or no JSON-RPC. */
export class RpcUnavailableError extends Error {
  override readonly name = "RpcUnavailableError";
  constructor(
    message: string,
    /** Whether a smaller question could be answered. */
    readonly tooMuch = false,
    /** Whether the same question may be answered later. */
    readonly retryable = true,
  ) {
    super(message);
  }
}

export interface HttpRpcOptions {
  /** Milliseconds for one answer, all of it. */
  timeout?: number;
  /** Bytes of one answer. */
  maxBytes?: number;
  /** How often a question is asked before the failure is passed on. */
  attempts?: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  backoff?: number;
  /** Questions in one HTTP request. */
  batchSize?: number;
}

const DEFAULTS = { timeout: 20_000, maxBytes: 64 * 1024 * 1024, attempts: 5, backoff: 250, batchSize: 50 };

/** Messages by which endpoints say that a range holds more than they give at once. */
const TOO_MUCH =
  /range|too (many|large|wide)|more than|exceed|limit(ed)? to|query returned|response size|timed? ?out|narrow/i;

/** True if asking for less may help: the answer was too large, or too slow to come. */
export function asksTooMuch(error: unknown): boolean {
  if (error instanceof RpcUnavailableError) return error.tooMuch;
  // A provider in process has errors of its own, so that the message has to tell.
  const foreign = error instanceof Error && error.name !== "InconsistentAnswerError";
  return foreign && TOO_MUCH.test(error.message) && !/rate limit/i.test(error.message);
}

interface Question {
  method: string;
  params: unknown[];
}

/** What the follower asks through: any provider, or an endpoint's URL. */
export interface RpcClient extends RpcProvider {
  /** Several questions in as few requests as possible; answers in their order. */
  requestAll(questions: Question[]): Promise<unknown[]>;
}

/** A client for whatever the caller has: an HTTP endpoint, or a provider in process. */
export function rpcClient(rpc: string | RpcProvider, options: HttpRpcOptions = {}): RpcClient {
  if (typeof rpc === "string") return new HttpRpc(rpc, options);
  return {
    request: (call) => rpc.request(call),
    requestAll: (questions) => Promise.all(questions.map((question) => rpc.request(question))),
  };
}

interface Reply {
  id?: unknown;
  result?: unknown;
  error?: { code?: unknown; message?: unknown };
}

/**
 * JSON-RPC over HTTP, bounded in time and size. It stands in for ethers' own transport, which appends each chunk of an
 * answer to all before it: on large `eth_getLogs` answers its time grows with their square.
 */
class HttpRpc implements RpcClient {
  private readonly options: Required<HttpRpcOptions>;
  private readonly url: string;
  private nextId = 1;
  /** Unset once the endpoint refused a batch. */
  private batches = true;

  constructor(url: string, options: HttpRpcOptions) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
      throw new InvalidInputError("the RPC endpoint is not an http:// or https:// URL: give the node's address.");
    }
    this.url = url;
    this.options = { ...DEFAULTS, ...options };
  }

  async request({ method, params = [] }: { method: string; params?: unknown[] }): Promise<unknown> {
    const [answer] = await this.requestAll([{ method, params }]);
    return answer;
  }

  async requestAll(questions: Question[]): Promise<unknown[]> {
    const answers: unknown[] = [];
    while (answers.length < questions.length) {
      const size = this.batches ? this.options.batchSize : 1;
      const part = questions.slice(answers.length, answers.length + size);
      try {
        answers.push(...(await this.persist(part)));
      } catch (error) {
        if (part.length === 1 || !(error instanceof BatchRefused)) throw error;
        this.batches = false;
      }
    }
    return answers;
  }

  private async persist(part: Question[]): Promise<unknown[]> {
    for (let attempt = 1; ; ++attempt) {
      try {
        return await this.post(part);
      } catch (error) {
        const again = error instanceof RpcUnavailableError && error.retryable;
        if (!again || attempt >= this.options.attempts) throw error;
        // Asking again for what is too slow to answer only costs time: the caller can ask for less.
        if (error.tooMuch && attempt >= 2) throw error;
        await new Promise((resolve) => setTimeout(resolve, this.options.backoff * 2 ** (attempt - 1)));
      }
    }
  }

  private async post(part: Question[]): Promise<unknown[]> {
    const calls = part.map((question) => ({ jsonrpc: "2.0", id: this.nextId++, ...question }));
    const text = await this.send(JSON.stringify(calls.length === 1 ? calls[0] : calls));
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      throw new RpcUnavailableError("the RPC endpoint's answer is not JSON, or was cut off.");
    }
    if (calls.length > 1 && !Array.isArray(body)) throw new BatchRefused("the RPC endpoint refuses batches.");
    const replies = new Map((Array.isArray(body) ? body : [body]).map((reply: Reply) => [reply.id, reply]));
    return calls.map(({ id, method }) => {
      const reply = replies.get(id);
      if (reply?.error !== undefined) {
        const { code, message } = reply.error;
        throw rpcError(typeof code === "number" ? code : 0, `${method}: ${String(message).slice(0, 300)}`);
      }
      if (reply?.result === undefined) throw new RpcUnavailableError(`the RPC endpoint left ${method} unanswered.`);
      return reply.result;
    });
  }

  private async send(body: string): Promise<string> {
    const { timeout, maxBytes } = this.options;
    const signal = AbortSignal.timeout(timeout);
    try {
      const response = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal,
      });
      const text = await readBounded(response, maxBytes);
      // Some endpoints put a JSON-RPC error into an HTTP one; what is no JSON there is the web server's.
      if (!response.ok && !text.trimStart().startsWith("{")) {
        const tooMuch = response.status === 413 || response.status === 504;
        throw new RpcUnavailableError(`the RPC endpoint answered with HTTP status ${response.status}.`, tooMuch);
      }
      return text;
    } catch (error) {
      if (error instanceof RpcUnavailableError) throw error;
      if (signal.aborted) throw new RpcUnavailableError(`the RPC endpoint did not answer in ${timeout} ms.`, true);
      throw new RpcUnavailableError("the RPC endpoint cannot be reached, or broke off its answer.");
    }
  }
}

class BatchRefused extends Error {}

const RATE_LIMITED = -32_005;
const REVERTED = 3;

function rpcError(code: number, message: string): Error {
  // A contract chose the words with which it reverts: they say nothing of the endpoint.
  if (code === REVERTED || /revert/i.test(message)) return new RpcError(code, message);
  const overloaded = /rate limit|too many requests|capacity|try again/i.test(message) || code === 429;
  if (overloaded || (code === RATE_LIMITED && !TOO_MUCH.test(message))) return new RpcUnavailableError(message);
  return new RpcError(code, message);
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new RpcUnavailableError(`the RPC endpoint's answer is longer than ${maxBytes} bytes.`, true, false);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
