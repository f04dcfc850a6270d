import { sql } from "kysely";

import type { Db } from "./bulk";
import { chunks, selectPacked, valueList } from "./bulk";
import type { Dialect } from "./schema";

/** What ranking reads of an agent in a token, or in all of them. */
export interface Standing {
  readonly listed: boolean;
  readonly verified: boolean;
  readonly completed: number;
  readonly good: number;
  readonly judged: number;
  readonly counterparties: number;
  readonly volume: bigint;
  /** The least that a job costs. */
  readonly price?: bigint;
  /** Of one unit, where a job's price has no minimum. */
  readonly unitPrice?: bigint;
  readonly lastActiveAt: number;
}

/** By the agent's id: ids have no gaps, and a search looks up many. */
export type Standings = readonly (Standing | undefined)[];

interface InToken {
  readonly standings: (Standing | undefined)[];
  /** How many there were when they were first read. */
  readonly size: number;
}

/** The database has moved on in this process beyond what the asking transaction sees: ask in a new one. */
export class PassedByError extends Error {
  override readonly name = "PassedByError";
}

const COLUMNS = [
  "agent_id",
  "listed",
  "verified",
  "completed",
  "good",
  "judged",
  "counterparties",
  "volume",
  "price",
  "unit_price",
  "last_active_at",
];
type Packed = [number, number, number, number, number, number, number, string, string | null, string | null, number];

const ROWS_AT_ONCE = 5_000;
/** Anybody can make tokens: the copy keeps those in which most agents have a standing. */
const MAX_TOKENS = 8;
/** The rows that are of all tokens. */
const ALL = "";

/**
 * A copy of the table of standings in the memory of whoever answers, since every search looks at many of its rows. It
 * is brought to the state that the asking transaction sees, by reading what changed since; nothing but the database
 * tells it of changes, so that any number of processes can have one.
 */
export class StandingsCopy {
  private generation = "";
  private revision = 0;
  private readonly tokens = new Map<string, InToken>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(readonly dialect: Dialect) {}

  /**
   * Calls back with the standings, of all tokens and in the token asked for, as the transaction sees them. The copy may
   * change as soon as the call is over.
   */
  async read<T>(db: Db, token: string, use: (all: Standings, inToken: Standings) => T): Promise<T> {
    const rows = await db.selectFrom("meta").selectAll().where("key", "in", ["generation", "revision"]).execute();
    const meta = new Map(rows.map(({ key, value }) => [key, value]));
    const state = { generation: meta.get("generation") ?? "", revision: Number(meta.get("revision") ?? 0) };
    // One after the other, so that nothing is read twice; who waits holds a connection, who reads has its own.
    const turn = this.turn.then(async () => {
      await this.bringTo(db, state);
      const inToken = await this.standingsIn(db, token);
      return use(this.tokens.get(ALL)?.standings ?? [], inToken);
    });
    this.turn = turn.catch(() => undefined);
    return await turn;
  }

  private async bringTo(db: Db, { generation, revision }: { generation: string; revision: number }): Promise<void> {
    // The index has started over, or its database was replaced.
    if (this.generation !== generation) {
      this.tokens.clear();
      this.tokens.set(ALL, { standings: [], size: 0 });
      this.revision = 0;
      this.generation = generation;
    }
    if (this.revision > revision) {
      throw new PassedByError("the database answered with an older state than before: ask again.");
    }
    if (this.revision === revision) return;
    const changed = await selectPacked<number>(
      db,
      this.dialect,
      ["agent_id"],
      sql`from changes where revision > ${this.revision}`,
    );
    changed.sort((a, b) => a - b);
    const fresh: [InToken["standings"], Packed[]][] = [];
    for (const [token, { standings }] of this.tokens) {
      for (const part of chunks(changed, ROWS_AT_ONCE)) {
        const among = sql`agent_id in ${valueList(this.dialect, part, "int")}`;
        fresh.push([standings, await this.rows(db, sql`from standings where token = ${token} and ${among}`)]);
      }
    }
    // Nothing is awaited from here on: the copy is at one revision or at the other.
    for (const { standings } of this.tokens.values()) for (const agent of changed) standings[agent] = undefined;
    for (const [standings, rows] of fresh) put(standings, rows);
    this.revision = revision;
  }

  private async standingsIn(db: Db, token: string): Promise<Standings> {
    const known = this.tokens.get(token);
    if (known !== undefined) return known.standings;
    const standings: InToken["standings"] = [];
    let size = 0;
    for (let part: Packed[] | undefined; part === undefined || part.length === ROWS_AT_ONCE;) {
      const after = standings.length - 1;
      part = await this.rows(
        db,
        sql`from (select * from standings where token = ${token} and agent_id > ${after}
          order by agent_id limit ${sql.lit(ROWS_AT_ONCE)}) part`,
      );
      put(standings, part);
      size += part.length;
    }
    if (size !== 0) this.keep(token, { standings, size }); // none is as quickly read as looked up
    return standings;
  }

  private keep(token: string, inToken: InToken): void {
    this.tokens.set(token, inToken);
    if (this.tokens.size <= MAX_TOKENS + 1) return;
    const sizes = [...this.tokens].filter(([name]) => name !== ALL).sort(([, a], [, b]) => a.size - b.size);
    const [smallest] = sizes[0] ?? [];
    if (smallest !== undefined) this.tokens.delete(smallest);
  }

  private async rows(db: Db, rest: ReturnType<typeof sql>): Promise<Packed[]> {
    return await selectPacked<Packed>(db, this.dialect, COLUMNS, rest);
  }
}

/** Puts them in the order of their ids, so that the array stays one without gaps. */
function put(standings: InToken["standings"], rows: Packed[]): void {
  rows.sort(([a], [b]) => a - b);
  for (const [agent, listed, verified, completed, good, judged, counterparties, volume, ...rest] of rows) {
    const [price, unitPrice, lastActiveAt] = rest;
    standings[agent] = {
      listed: listed === 1,
      verified: verified === 1,
      completed,
      good,
      judged,
      counterparties,
      volume: BigInt(volume),
      price: price === null ? undefined : BigInt(price),
      unitPrice: unitPrice === null ? undefined : BigInt(unitPrice),
      lastActiveAt,
    };
  }
}
