import type { Duplex } from "node:stream";

import { Problem } from "./Problem";

const SAYS: Readonly<Record<string, [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "The request's headers are too long."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request took too long to arrive."],
};

/** Answers what Node could not read as a request, and hangs up. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] = SAYS[error.code ?? ""] ?? [400, "This is not an HTTP request."];
  const body = new Problem(status, detail).body();
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${String(body.title)}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}
