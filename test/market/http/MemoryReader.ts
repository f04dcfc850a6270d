import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { Condition, GraphQuery, GraphReader, GraphRows } from "../../../market/graph/reader";
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
  TimelineEntry,
} from "../../../sdk/discovery/model";
import { STATUS } from "./samples";

/** A test double of the index: what a test gave it, filtered in memory as the interface says. */
export class MemoryReader implements MarketReader, GraphReader {
  statusNow: Status = structuredClone(STATUS);
  agents: Agent[] = [];
  files = new Map<string, unknown>();
  jobDetails: JobDetail[] = [];
  feedbackRows: Feedback[] = [];
  timeline: TimelineEntry[] = [];
  rows: { [E in keyof GraphRows]: GraphRows[E][] } = {
    Agent: [],
    Feedback: [],
    FeedbackResponse: [],
    AgentMetadata: [],
  };
  /** How often each method was called. */
  readonly calls: Record<string, number> = {};
  /** Thrown by every method while it is set. */
  failure: Error | undefined;
  /** Waited for by every method. */
  gate: Promise<void> = Promise.resolve();

  async #called(method: string): Promise<void> {
    this.calls[method] = (this.calls[method] ?? 0) + 1;
    await this.gate;
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }

  async status(): Promise<Status> {
    await this.#called("status");
    return this.statusNow;
  }

  async overview(): Promise<Overview> {
    await this.#called("overview");
    const of = (status: Job["status"]) => this.jobDetails.filter((job) => job.status === status).length;
    const ended = (outcome: Job["outcome"]) => this.jobDetails.filter((job) => job.outcome === outcome).length;
    return {
      agents: this.agents.length,
      jobs: {
        Open: of("Open"),
        Funded: of("Funded"),
        Submitted: of("Submitted"),
        Completed: of("Completed"),
        Rejected: of("Rejected"),
        Expired: of("Expired"),
      },
      outcomes: {
        completed: ended("completed"),
        partial: ended("partial"),
        rejected: ended("rejected"),
        undelivered: ended("undelivered"),
        unjudged: ended("unjudged"),
        declined: ended("declined"),
      },
      tokens: [],
      days: [],
    };
  }

  async search(request: SearchRequest): Promise<Page<SearchResult>> {
    await this.#called("search");
    const words = request.text?.toLowerCase().split(/\s+/) ?? [];
    const found = this.agents.filter((agent) => {
      const text = `${agent.name} ${agent.description} ${agent.skills.join(" ")}`.toLowerCase();
      const completed = agent.records
        .filter(({ token, role }) => role === "provider" && (request.token ?? token) === token)
        .reduce((sum, record) => sum + record.completed, 0);
      return (
        words.every((word) => text.includes(word)) &&
        (request.skills ?? []).every((skill) =>
          agent.skills.some((own) => own === skill || own.startsWith(`${skill}/`)),
        ) &&
        completed >= (request.minCompleted ?? 0) &&
        agent.lastActiveAt >= (request.activeSince ?? 0) &&
        agent.active === (request.active ?? true) &&
        (request.walletVerified === undefined || agent.walletVerified === request.walletVerified)
      );
    });
    const weight = request.weights?.text ?? 1;
    return this.#page(found, request).then((page) => ({
      ...page,
      items: page.items.map((agent) => ({
        agent,
        score: 1,
        reasons: [{ measure: "text", weight, value: 1, says: "every word is in its name" }],
      })),
    }));
  }

  async agent(agentId: string): Promise<Agent | undefined> {
    await this.#called("agent");
    return this.agents.find((agent) => agent.agentId === agentId);
  }

  async agentFile(agentId: string): Promise<unknown> {
    await this.#called("agentFile");
    return this.files.get(agentId);
  }

  async jobs({ agentId, account, status, disputed, ...part }: JobFilter): Promise<Page<Job>> {
    await this.#called("jobs");
    const found = this.jobDetails.filter(
      (job) =>
        (agentId === undefined || [job.clientAgentId, job.providerAgentId].includes(agentId)) &&
        (account === undefined || [job.client, job.provider, job.evaluator].includes(account)) &&
        (status === undefined || job.status === status) &&
        (disputed === undefined || job.disputed === disputed),
    );
    const withoutTimeline = found.map((detail): Job => {
      const job: Partial<JobDetail> = { ...detail };
      delete job.timeline;
      return job as Job;
    });
    return this.#page<Job>(withoutTimeline, part);
  }

  async job(jobId: string): Promise<JobDetail | undefined> {
    await this.#called("job");
    return this.jobDetails.find((job) => job.jobId === jobId);
  }

  async feedback({ agentId, ...part }: { agentId: string; limit?: number; cursor?: string }): Promise<Page<Feedback>> {
    await this.#called("feedback");
    return this.#page(
      this.feedbackRows.filter((row) => row.agentId === agentId),
      part,
    );
  }

  async events(after: { block: number; logIndex: number }, limit: number): Promise<TimelineEntry[]> {
    await this.#called("events");
    return this.timeline
      .filter(({ block, logIndex }) => block > after.block || (block === after.block && logIndex > after.logIndex))
      .slice(0, limit);
  }

  async select<E extends keyof GraphRows>(entity: E, query: GraphQuery): Promise<GraphRows[E][]> {
    await this.#called(`select ${entity}`);
    const key = entity === "Agent" ? "agentId" : "key";
    return this.rows[entity]
      .filter((row) => holds(row, query.where) === true)
      .sort((a, b) => {
        const order = compare(valueOf(a, query.orderBy), valueOf(b, query.orderBy)) * (query.descending ? -1 : 1);
        return order === 0 ? compare(valueOf(a, key), valueOf(b, key)) : order;
      })
      .slice(query.skip, query.skip + query.first);
  }

  async #page<T>(all: T[], { limit = 20, cursor }: { limit?: number; cursor?: string }): Promise<Page<T>> {
    const from = Number(cursor ?? 0);
    if (!Number.isInteger(from)) {
      throw new InvalidInputError("The cursor is not one of this index.");
    }
    const items = all.slice(from, from + limit);
    const next = from + limit < all.length ? { next: String(from + limit) } : {};
    return Promise.resolve({ items, block: this.statusNow.block.number, ...next });
  }
}

/** As SQL decides it: undefined where a value is missing. */
function holds(row: object, condition: Condition): boolean | undefined {
  if ("all" in condition || "any" in condition) {
    const [parts, decisive] = "all" in condition ? [condition.all, false] : [condition.any, true];
    const results = parts.map((part) => holds(row, part));
    return results.includes(decisive) ? decisive : results.includes(undefined) ? undefined : !decisive;
  }
  if ("not" in condition) {
    const result = holds(row, condition.not);
    return result === undefined ? undefined : !result;
  }
  const value = valueOf(row, condition.field);
  const given = condition.value;
  if (condition.is === "missing") {
    return value === undefined;
  }
  if (value === undefined) {
    return undefined;
  }
  switch (condition.is) {
    case "eq":
      return compare(value, given) === 0;
    case "gt":
      return compare(value, given) > 0;
    case "gte":
      return compare(value, given) >= 0;
    case "lt":
      return compare(value, given) < 0;
    case "lte":
      return compare(value, given) <= 0;
    case "in":
      return (given as unknown[]).some((one) => compare(value, one) === 0);
    case "contains":
      return (value as string).includes(given as string);
    case "containsNoCase":
      return (value as string).toLowerCase().includes((given as string).toLowerCase());
    case "has":
      return (value as unknown[]).includes(given);
  }
}

function valueOf(row: object, field: string): unknown {
  return field.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], row);
}

/** Numbers as numbers, also where a row keeps them as text. */
function compare(a: unknown, b: unknown): number {
  const [left, right] = [a, b].map((one) => (/^-?\d+(\.\d+)?$/.test(String(one)) ? Number(one) : String(one)));
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}
