import { sql } from "kysely";

import type { Db } from "../store/bulk";
import { refreshDocuments } from "../store/documents";
import type { Store } from "../store/open";
import type { Tables } from "../store/schema";
import { refreshStandings } from "../store/standings";
import { graphFields } from "./graphFields";
import { resolveFile } from "./resolve";
import type { Resolution, ResolveOptions } from "./resolve";

export interface FileWorkerOptions extends ResolveOptions {
  /** Seconds after which a file that can change under its URI is looked at again. */
  refreshAfter?: number;
  /** Files that are resolved at once. */
  concurrency?: number;
  /** Unix seconds; for tests. */
  now?: () => number;
}

const DAY = 86_400;
const FIRST_RETRY = 60;
const LONGEST_RETRY = DAY;
const FILES_AT_ONCE = 200;
const AGENTS_AT_ONCE = 1_000;

type FileRow = Tables["files"];
type Result = readonly [FileRow, Resolution];

/** Resolves the files that are due. A file that is bad or slow holds up none of the others for longer than its time-out. */
export class FileWorker {
  private readonly now: () => number;

  constructor(
    private readonly store: Store,
    private readonly options: FileWorkerOptions = {},
  ) {
    this.now = options.now ?? (() => Math.floor(Date.now() / 1000));
  }

  /** Resolves one lot of due files. Answers how many there were. */
  async step(): Promise<number> {
    const due = this.store.writer.selectFrom("files").selectAll().where("next_at", "<=", this.now());
    const near = sql<string>`lower(substr(uri, 1, 5))`;
    // What is on the chain itself needs no network, and goes first. Then what failed least often: however many files
    // are slow or dead, a new one waits for no second try of theirs.
    const here = await due.where(near, "=", "data:").orderBy("next_at").limit(FILES_AT_ONCE).execute();
    const lot =
      here.length > 0
        ? here
        : await due
            .orderBy("attempts")
            .orderBy("next_at")
            .limit(this.options.concurrency ?? 8)
            .execute();
    if (lot.length === 0) return 0;
    const results = await Promise.all(
      lot.map(async (file) => [file, await resolveFile(file.uri, this.options)] as const),
    );
    await this.write(results);
    return lot.length;
  }

  /** Writes a lot at once; where the database refuses it, one by one, so that only the file at fault fails. */
  private async write(results: readonly Result[]): Promise<void> {
    try {
      await this.writeTogether(results);
    } catch (error) {
      if (results.length > 1) {
        for (const result of results) await this.write([result]);
        return;
      }
      const [file, resolution] = results[0] ?? [];
      if (file === undefined || resolution?.state !== "resolved") throw error;
      await this.writeTogether([[file, { state: "failed", problem: "the index cannot hold it.", retry: true }]]);
    }
  }

  private async writeTogether(results: readonly Result[]): Promise<void> {
    const { writer, dialect, exclusive } = this.store;
    const write = async (db: Db): Promise<void> => {
      for (const [file, resolution] of results) {
        await db.updateTable("files").set(this.columns(file, resolution)).where("id", "=", file.id).execute();
      }
      await this.refreshAgents(
        db,
        dialect,
        results.map(([file]) => file.id),
      );
    };
    await exclusive(() => writer.transaction().execute(write));
  }

  /** One URI may be that of any number of agents. */
  private async refreshAgents(db: Db, dialect: Store["dialect"], fileIds: readonly string[]): Promise<void> {
    let ids: number[] = [];
    const refresh = async (): Promise<void> => {
      await refreshDocuments(db, dialect, ids);
      await refreshStandings(db, dialect, ids);
      ids = [];
    };
    for (const fileId of fileIds) {
      for (let after: number | undefined = 0; after !== undefined;) {
        const agents = await this.agentsOf(db, fileId, after);
        ids.push(...agents);
        after = agents.length < AGENTS_AT_ONCE ? undefined : agents.at(-1);
        if (ids.length >= AGENTS_AT_ONCE) await refresh();
      }
    }
    await refresh();
  }

  private async agentsOf(db: Db, fileId: string, after: number): Promise<number[]> {
    const agents = await db
      .selectFrom("agents")
      .select("agent_id")
      .where("file_id", "=", fileId)
      .where("agent_id", ">", after)
      .orderBy("agent_id")
      .limit(AGENTS_AT_ONCE)
      .execute();
    return agents.map(({ agent_id }) => agent_id);
  }

  private columns(file: FileRow, resolution: Resolution): Partial<FileRow> {
    const now = this.now();
    if (resolution.state === "resolved") {
      const { file: content, hash, mutable } = resolution;
      const next_at = mutable ? now + (this.options.refreshAfter ?? DAY) : null;
      const text = JSON.stringify(content);
      const fields = graphFields(content);
      return { state: "resolved", content: text, fields, hash, problem: null, attempts: 0, resolved_at: now, next_at };
    }
    const attempts = file.attempts + 1;
    const wait = Math.min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY);
    const next_at = resolution.retry ? now + wait : null;
    // What was resolved before stays shown while its server is away, with what is the matter.
    if (file.content !== null && resolution.retry) return { problem: resolution.problem, attempts, next_at };
    return { state: "failed", content: null, fields: null, problem: resolution.problem, attempts, next_at };
  }
}
