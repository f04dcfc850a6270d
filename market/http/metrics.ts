import type { Status } from "../../sdk/discovery/model";

/** Upper bounds in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Durations {
  counts: number[];
  count: number;
  sum: number;
}

/** What the service counts of itself, as Prometheus reads it. Routes are named by their pattern, so labels are few. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Durations>();
  #rateLimited = 0;
  #droppedStreams = 0;

  request(route: string, status: number, seconds: number): void {
    const key = `route="${route}",status="${status}"`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    let durations = this.#durations.get(route);
    if (durations === undefined) {
      durations = { counts: BUCKETS.map(() => 0), count: 0, sum: 0 };
      this.#durations.set(route, durations);
    }
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) {
      durations.counts[bucket] = (durations.counts[bucket] ?? 0) + 1;
    }
    durations.count += 1;
    durations.sum += seconds;
  }

  rateLimited(): void {
    this.#rateLimited += 1;
  }

  droppedStream(): void {
    this.#droppedStreams += 1;
  }

  /** The text format of Prometheus, version 0.0.4. */
  text(status: Status | undefined, streams: number): string {
    const lines: string[] = [];
    const family = (name: string, type: string, help: string, samples: [labels: string, value: number][]): void => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      lines.push(...samples.map(([labels, value]) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}`));
    };
    family("market_http_requests_total", "counter", "Answered requests by route and status.", [...this.#requests]);
    lines.push("# HELP market_http_request_duration_seconds Time from request to answer, streams apart.");
    lines.push("# TYPE market_http_request_duration_seconds histogram");
    for (const [route, { counts, count, sum }] of this.#durations) {
      let below = 0;
      BUCKETS.forEach((bound, i) => {
        below += counts[i] ?? 0;
        lines.push(`market_http_request_duration_seconds_bucket{route="${route}",le="${bound}"} ${below}`);
      });
      lines.push(`market_http_request_duration_seconds_bucket{route="${route}",le="+Inf"} ${count}`);
      lines.push(`market_http_request_duration_seconds_sum{route="${route}"} ${sum}`);
      lines.push(`market_http_request_duration_seconds_count{route="${route}"} ${count}`);
    }
    family("market_http_rate_limited_total", "counter", "Requests refused with 429.", [["", this.#rateLimited]]);
    family("market_http_streams", "gauge", "Open event streams.", [["", streams]]);
    family("market_http_streams_dropped_total", "counter", "Streams cut because their reader was slow.", [
      ["", this.#droppedStreams],
    ]);
    family("market_index_up", "gauge", "1 if the index answers.", [["", status === undefined ? 0 : 1]]);
    if (status !== undefined) {
      const behind = Math.max(0, status.head.number - status.block.number);
      family("market_index_block", "gauge", "Latest indexed block.", [["", status.block.number]]);
      family("market_index_head_block", "gauge", "The chain's latest block as last asked.", [["", status.head.number]]);
      family("market_index_blocks_behind", "gauge", "Blocks between the index and the chain's head.", [["", behind]]);
      family("market_index_head_asked_at_seconds", "gauge", "When the chain was last asked for its head.", [
        ["", status.head.askedAt],
      ]);
      const counts = Object.entries(status.counts).map(([kind, n]): [string, number] => [`kind="${kind}"`, n]);
      family("market_index_rows", "gauge", "What is indexed.", counts);
    }
    return `${lines.join("\n")}\n`;
  }
}
