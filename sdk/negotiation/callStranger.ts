import { InvalidInputError } from "../InvalidInputError";
import { TooLargeError, readBody } from "./httpBodies";

/** How another agent's server is called. It is a stranger: every call is bounded, and redirects are not followed. */
export interface HttpOptions {
  /** Milliseconds for the whole call, by default 15,000. */
  readonly timeout?: number;
  /** Allow http: for a local chain, or where something else protects the way. */
  readonly allowHttp?: boolean;
  /**
   * By default the platform's. An endpoint out of a registration file can name a machine of one's own network: whoever
   * calls from inside one gives a fetch here that refuses private addresses.
   */
  readonly fetch?: typeof fetch;
}

const TIMEOUT = 15_000;

/** The time that a whole call has, from now on. */
export function deadlineOf({ timeout = TIMEOUT }: HttpOptions): AbortSignal {
  return AbortSignal.timeout(timeout);
}

/**
 * Calls a stranger's server and reads its answer, whatever its status. Throws an `InvalidInputError` if it cannot be
 * reached, redirects, is too slow or says more than `maxBytes`.
 */
export async function callStranger(
  url: URL,
  init: RequestInit,
  maxBytes: number,
  options: HttpOptions,
  signal = deadlineOf(options),
): Promise<{ response: Response; bytes: Uint8Array }> {
  const { timeout = TIMEOUT, fetch: send = fetch } = options;
  try {
    const response = await send(url, { ...init, redirect: "error", signal });
    return { response, bytes: await readBody(response, response.ok ? maxBytes : 4_096) };
  } catch (error) {
    if (error instanceof TooLargeError)
      throw new InvalidInputError(`${url.host} answers with more than ${maxBytes} bytes.`);
    const cause = (error as Error).name === "TimeoutError" ? `it took longer than ${timeout} ms` : causeOf(error);
    throw new InvalidInputError(`${url.host} cannot be reached: ${cause}.`);
  }
}

function causeOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

/** A stranger's endpoint as a URL that may be called: https:, and without a password in it. */
export function endpointUrl(endpoint: string, { allowHttp = false }: HttpOptions, path = ""): URL {
  let url: URL | undefined;
  try {
    url = new URL(path === "" ? endpoint : endpoint.replace(/\/+$/, "") + path);
  } catch {
    // Said below.
  }
  if (
    url === undefined ||
    !(url.protocol === "https:" || (allowHttp && url.protocol === "http:")) ||
    url.username !== ""
  ) {
    throw new InvalidInputError(`"${endpoint.slice(0, 200)}" is not an https: endpoint.`);
  }
  return url;
}
