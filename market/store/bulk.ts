import type { Kysely, RawBuilder } from "kysely";
import { sql } from "kysely";

import type { ColumnType, Dialect, Tables } from "./schema";

/*
 * Many rows in one statement with one parameter, a JSON array: Kysely would build a node for each value, which costs
 * more than the database's own work, and neither database would then see the same statement twice.
 */

export type Db = Kysely<Tables>;
export type Cell = string | number | null;

/** Rows in one statement; bounds its parameter to a few megabytes. */
const CHUNK = 1_000;

export function chunks<T>(items: readonly T[], size = CHUNK): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < items.length; i += size) parts.push(items.slice(i, i + size));
  return parts;
}

function cast(value: string, type: ColumnType, dialect: Dialect): string {
  if (dialect === "sqlite") return value;
  return type === "text" ? value : `(${value})::${type === "int" ? "bigint" : "double precision"}`;
}

/** The `index`-th cell of the JSON row `v`. */
function cellSql(index: number, type: ColumnType, dialect: Dialect): string {
  return dialect === "sqlite" ? `json_extract(v.value, '$[${index}]')` : cast(`v.value->>${index}`, type, dialect);
}

function jsonRows(json: string, dialect: Dialect): RawBuilder<unknown> {
  return dialect === "sqlite" ? sql`json_each(${json}) v` : sql`json_array_elements(cast(${json} as json)) v(value)`;
}

/** Inserts rows; a row whose key is there already is replaced, or left as it is if `keep`. */
export async function insertRows(
  db: Db,
  dialect: Dialect,
  table: string,
  columns: Readonly<Record<string, ColumnType>>,
  rows: readonly (readonly Cell[])[],
  key: string,
  keep = false,
): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns);
  const cells = Object.values(columns).map((type, index) => cellSql(index, type, dialect));
  const keys = key.split(",");
  const updates = names.filter((name) => !keys.includes(name)).map((name) => `${name} = excluded.${name}`);
  const conflict = keep || updates.length === 0 ? "do nothing" : `do update set ${updates.join(", ")}`;
  for (const part of chunks(rows)) {
    const source = jsonRows(JSON.stringify(part), dialect);
    await sql`insert into ${sql.raw(table)} (${sql.raw(names.join(", "))}) select ${sql.raw(cells.join(", "))}
      from ${source} where true on conflict (${sql.raw(key)}) ${sql.raw(conflict)}`.execute(db);
  }
}

/** A sub-query of the given values, for `column in (...)`. */
export function valueList(
  dialect: Dialect,
  values: readonly (string | number)[],
  type: ColumnType,
): RawBuilder<unknown> {
  const json = JSON.stringify(values);
  return dialect === "sqlite"
    ? sql`(select value from json_each(${json}))`
    : sql`(select ${sql.raw(cast("v.value", type, dialect))} from json_array_elements_text(cast(${json} as json)) v(value))`;
}

/** All rows whose column has one of the values. */
export async function selectRows<T>(
  db: Db,
  dialect: Dialect,
  table: string,
  column: string,
  type: ColumnType,
  values: readonly (string | number)[],
): Promise<T[]> {
  const found: T[] = [];
  for (const part of chunks(values)) {
    const list = valueList(dialect, part, type);
    const { rows } = await sql<T>`select * from ${sql.raw(table)} where ${sql.raw(column)} in ${list}`.execute(db);
    for (const row of rows) found.push(row);
  }
  return found;
}

/**
 * Many rows as one value. Handing over a row costs SQLite's driver ten times as much as finding it.
 * @param columns What is wanted of each row: one expression gives plain values, more give arrays.
 * @param rest The query from "from" on.
 */
export async function selectPacked<T>(
  db: Db,
  dialect: Dialect,
  columns: readonly string[],
  rest: RawBuilder<unknown>,
): Promise<T[]> {
  const list = columns.join(", ");
  if (dialect === "sqlite") {
    const cell = sql.raw(columns.length === 1 ? list : `json_array(${list})`);
    const { rows } = await sql<{ packed: string }>`select json_group_array(${cell}) as packed ${rest}`.execute(db);
    return JSON.parse(rows[0]?.packed ?? "[]") as T[];
  }
  const cell = sql.raw(columns.length === 1 ? list : `json_build_array(${list})`);
  const { rows } = await sql<{ packed: T[] | null }>`select json_agg(${cell}) as packed ${rest}`.execute(db);
  return rows[0]?.packed ?? [];
}

/** Deletes all rows whose column has one of the values. */
export async function deleteRows(
  db: Db,
  dialect: Dialect,
  table: string,
  column: string,
  type: ColumnType,
  values: readonly (string | number)[],
): Promise<void> {
  for (const part of chunks(values)) {
    await sql`delete from ${sql.raw(table)} where ${sql.raw(column)} in ${valueList(dialect, part, type)}`.execute(db);
  }
}
