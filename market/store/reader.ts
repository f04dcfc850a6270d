import { parseJobId } from "../../sdk/jobId";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Contracts } from "../chain/events";
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
} from "../../sdk/discovery/model";
import { NothingIndexedError } from "../../sdk/discovery/model";
import { parseAgentId, readAgents } from "./agents";
import type { Db } from "./bulk";
import { listFeedback } from "./feedback";
import { listJobs, readJobDetail, toTimelineEntry } from "./jobs";
import type { Store } from "./open";
import { readOverview } from "./overview";
import { positionOf } from "./schema";
import type { Tables } from "./schema";
import { searchAgents } from "./search";
import { PassedByError, StandingsCopy } from "./standingsCopy";

const MAX_EVENTS = 1_000;
const MAX_TRIES = 10;

/** Answers from the database alone: any number of processes can, beside the one that writes. */
export class StoreReader implements MarketReader {
  private readonly standings: StandingsCopy;

  constructor(private readonly store: Store) {
    this.standings = new StandingsCopy(store.dialect);
  }

  async status(): Promise<Status> {
    return await this.consistent(async (db) => {
      const cursor = await cursorOf(db);
      const meta = new Map((await db.selectFrom("meta").selectAll().execute()).map((row) => [row.key, row.value]));
      const contracts = JSON.parse(meta.get("contracts") ?? "{}") as Contracts;
      return {
        chainId: meta.get("chainId") ?? "",
        contracts: {
          registry: contracts.registry,
          ledger: contracts.ledger,
          escrow: contracts.escrow,
          evaluators: [...contracts.evaluators],
        },
        block: { number: cursor.number, hash: cursor.hash, time: cursor.time },
        head: { number: cursor.head_number, askedAt: cursor.head_at },
        counts: await counts(db),
      };
    });
  }

  async overview(): Promise<Overview> {
    return await this.consistent(readOverview);
  }

  async search(request: SearchRequest): Promise<Page<SearchResult>> {
    for (let tries = 1; ; ++tries) {
      try {
        return await this.page((db, cursor) => searchAgents(db, this.standings, request, cursor.time));
      } catch (error) {
        // Another search began later and was answered first: this one's moment is over, the next is as good.
        if (!(error instanceof PassedByError) || tries === MAX_TRIES) throw error;
      }
    }
  }

  async agent(agentId: string): Promise<Agent | undefined> {
    const id = parseAgentId(agentId);
    if (id === undefined) return undefined;
    return await this.consistent(async (db) => (await readAgents(db, this.store.dialect, [id])).get(id));
  }

  async agentFile(agentId: string): Promise<unknown> {
    const id = parseAgentId(agentId);
    if (id === undefined) return undefined;
    const row = await this.store.reader
      .selectFrom("agents")
      .innerJoin("files", "files.id", "agents.file_id")
      .select("files.content")
      .where("agents.agent_id", "=", id)
      .executeTakeFirst();
    return row === undefined || row.content === null ? undefined : JSON.parse(row.content);
  }

  async jobs(filter: JobFilter): Promise<Page<Job>> {
    return await this.page((db) => listJobs(db, filter));
  }

  /** @param jobId In either of its forms. */
  async job(jobId: string): Promise<JobDetail | undefined> {
    const id = parseJobId(jobId).toString();
    return await this.consistent((db) => readJobDetail(db, id));
  }

  async feedback(filter: { agentId: string; limit?: number; cursor?: string }): Promise<Page<Feedback>> {
    return await this.page((db) => listFeedback(db, filter));
  }

  async events(after: { block: number; logIndex: number }, limit: number): Promise<TimelineEntry[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_EVENTS) {
      throw new InvalidInputError(`the limit is ${limit}: give a whole number from 1 to ${MAX_EVENTS}.`);
    }
    const rows = await this.store.reader
      .selectFrom("events")
      .selectAll()
      .where("position", ">", positionOf(after.block, after.logIndex))
      .orderBy("position")
      .limit(limit)
      .execute();
    return rows.map(toTimelineEntry);
  }

  private async page<T>(
    read: (db: Db, cursor: Tables["cursor"]) => Promise<{ items: T[]; next?: string }>,
  ): Promise<Page<T>> {
    return await this.consistent(async (db) => {
      const cursor = await cursorOf(db);
      return { ...(await read(db, cursor)), block: cursor.number };
    });
  }

  /** All that an answer reads is of one moment. */
  private async consistent<T>(read: (db: Db) => Promise<T>): Promise<T> {
    const transaction = this.store.reader.transaction();
    // SQLite's transactions see one state anyway.
    const isolated = this.store.dialect === "postgres" ? transaction.setIsolationLevel("repeatable read") : transaction;
    return await isolated.execute(read);
  }
}

async function cursorOf(db: Db): Promise<Tables["cursor"]> {
  const cursor = await db.selectFrom("cursor").selectAll().executeTakeFirst();
  if (cursor === undefined)
    throw new NothingIndexedError("the index has no block yet: wait until it has followed one.");
  return cursor;
}

async function counts(db: Db): Promise<Status["counts"]> {
  const rows = await db.selectFrom("counters").select(["key", "value"]).where("grp", "=", "count").execute();
  const of = (name: string): number => Number(rows.find(({ key }) => key === name)?.value ?? 0);
  return { agents: of("agents"), jobs: of("jobs"), feedback: of("feedback"), disputes: of("disputes") };
}
