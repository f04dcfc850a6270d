/** An answer that is an error, as RFC 9457 writes it (application/problem+json). What it says is for the caller to read. */
export class Problem extends Error {
  override readonly name = "Problem";

  /**
   * @param status The HTTP status.
   * @param detail One sentence: what is wrong, and what to do.
   * @param parameter The parameter or header at fault, if one is.
   * @param headers More headers of the answer, such as Retry-After.
   */
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly parameter?: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }

  /** The answer's body. `type` is left out: RFC 9457 then says that the status tells the kind. */
  body(): Record<string, unknown> {
    return {
      title: TITLES[this.status] ?? "Error",
      status: this.status,
      detail: this.detail,
      ...(this.parameter === undefined ? {} : { parameter: this.parameter }),
    };
  }
}

/** RFC 9457 asks for the status's own phrase where `type` is absent. */
const TITLES: Record<number, string> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};
