import type { Cell, Db } from "./bulk";
import { deleteRows, insertRows, selectRows } from "./bulk";
import type { Dialect, Entity, EntityName, Row } from "./schema";
import { ENTITIES } from "./schema";

type Key = string | number;
type AnyRow = Record<string, Cell>;

/** In the order in which they are written. */
const NAMES = Object.keys(ENTITIES) as EntityName[];

/**
 * The rows that one batch of blocks touches, read once and written once. Before a block can no longer be undone by
 * forgetting it, what its rows were before is noted in `undo`: restoring those notes, newest first, is all that a
 * reorganisation takes. Everything happens inside the caller's transaction.
 */
export class UnitOfWork {
  private readonly rows = new Map<EntityName, Map<Key, AnyRow | undefined>>();
  private dirty = new Map<EntityName, Map<Key, AnyRow | undefined>>();

  constructor(
    private readonly db: Db,
    private readonly dialect: Dialect,
  ) {
    for (const name of NAMES) {
      this.rows.set(name, new Map());
      this.dirty.set(name, new Map());
    }
  }

  /** Reads rows ahead, so that `get` can answer. */
  async load(name: EntityName, keys: Iterable<Key>): Promise<void> {
    const known = this.rowsOf(name);
    const missing = [...new Set(keys)].filter((key) => !known.has(key));
    if (missing.length === 0) return;
    const { key: column, columns } = ENTITIES[name] as Entity;
    const found = await selectRows<AnyRow>(this.db, this.dialect, name, column, columns[column] ?? "text", missing);
    for (const key of missing) known.set(key, undefined);
    for (const row of found) known.set(keyIn(row, column), row);
  }

  /** The row as it stands now, to be read only; undefined if there is none. It must have been loaded. */
  get<N extends EntityName>(name: N, key: Key): Readonly<Row<N>> | undefined {
    const rows = this.rowsOf(name);
    if (!rows.has(key)) throw new Error(`${name} ${key} was used before it was read: a defect of the index.`);
    return rows.get(key) as Readonly<Row<N>> | undefined;
  }

  /** Writes a whole row. */
  put<N extends EntityName>(name: N, row: Row<N>): void {
    const key = keyIn(row, ENTITIES[name].key);
    const before = this.get(name, key);
    const dirty = this.dirtyOf(name);
    if (!dirty.has(key)) dirty.set(key, before);
    this.rowsOf(name).set(key, row);
  }

  /** Changes some columns of a row that is there. */
  change<N extends EntityName>(name: N, key: Key, columns: Partial<Row<N>>): void {
    const before = this.get(name, key);
    if (before === undefined) throw new Error(`${name} ${key} is not there to be changed: a defect of the index.`);
    this.put(name, { ...before, ...columns });
  }

  /** Adds to a counter of a group; it must have been loaded under `counterId(grp, key)`. */
  count(grp: string, key: string, delta: bigint): void {
    const id = counterId(grp, key);
    const value = BigInt(this.get("counters", id)?.value ?? "0") + delta;
    this.put("counters", { id, grp, key, value: value.toString() });
  }

  /** The keys that `put` was called for since the last flush. */
  touched(name: EntityName): Key[] {
    return [...this.dirtyOf(name).keys()];
  }

  /** Writes what changed. With `block`, notes how to undo it. */
  async flush(block?: number): Promise<void> {
    if (block !== undefined) await this.writeUndo(block);
    for (const name of NAMES) {
      const { key: column, columns } = ENTITIES[name] as Entity;
      const current = this.rowsOf(name);
      const rows = this.touched(name).map((key) => {
        const row = current.get(key);
        return Object.keys(columns).map((c) => row?.[c] ?? null);
      });
      await insertRows(this.db, this.dialect, name, columns, rows, column);
    }
    this.dirty = new Map(NAMES.map((name) => [name, new Map<Key, AnyRow | undefined>()]));
  }

  private async writeUndo(block: number): Promise<void> {
    const notes: Cell[][] = [];
    for (const [name, changes] of this.dirty) {
      for (const [key, before] of changes) {
        notes.push([block, notes.length, name, String(key), before === undefined ? null : JSON.stringify(before)]);
      }
    }
    const columns = { block: "int", seq: "int", entity: "text", key: "text", before: "text" } as const;
    await insertRows(this.db, this.dialect, "undo", columns, notes, "block,seq");
  }

  private rowsOf(name: EntityName): Map<Key, AnyRow | undefined> {
    return this.rows.get(name) ?? new Map<Key, AnyRow | undefined>();
  }

  private dirtyOf(name: EntityName): Map<Key, AnyRow | undefined> {
    return this.dirty.get(name) ?? new Map<Key, AnyRow | undefined>();
  }
}

/** The key of a counter. */
export function counterId(grp: string, key: string): string {
  return `${grp}|${key}`;
}

/** Restores every row to what it was after `ancestor`. Answers the agents whose rows changed. */
export async function undoBlocks(db: Db, dialect: Dialect, ancestor: number): Promise<number[]> {
  const notes = await db
    .selectFrom("undo")
    .select(["entity", "key", "before"])
    .where("block", ">", ancestor)
    .orderBy("block", "desc")
    .orderBy("seq", "desc")
    .execute();
  // Later notes in this order are older, and win: what a row was before the first undone block.
  const oldest = new Map<string, (typeof notes)[number]>();
  for (const note of notes) oldest.set(`${note.entity}|${note.key}`, note);
  const agents = new Set<number>();
  for (const name of NAMES) {
    const { key: column, columns } = ENTITIES[name] as Entity;
    const type = columns[column] ?? "text";
    const mine = [...oldest.values()].filter(({ entity }) => entity === name);
    const gone = mine.filter(({ before }) => before === null).map(({ key }) => (type === "int" ? Number(key) : key));
    const kept = mine.flatMap(({ before }) => (before === null ? [] : [JSON.parse(before) as AnyRow]));
    // The agents of records that vanish stand in their keys.
    if (name === "agents") for (const { key } of mine) agents.add(Number(key));
    if (name === "records") for (const { key } of mine) agents.add(Number(key.split("|")[0]));
    await deleteRows(db, dialect, name, column, type, gone);
    const rows = kept.map((row) => Object.keys(columns).map((c) => row[c] ?? null));
    await insertRows(db, dialect, name, columns, rows, column);
  }
  await db.deleteFrom("undo").where("block", ">", ancestor).execute();
  return [...agents];
}

function keyIn(row: AnyRow, column: string): Key {
  const key = row[column];
  if (key === undefined || key === null) throw new Error(`a row has no ${column}: a defect of the index.`);
  return key;
}
