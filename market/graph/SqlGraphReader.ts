import type { QueryExecutorProvider, RawBuilder } from "kysely";
import { sql } from "kysely";

import type { Comparison, Condition, GraphQuery, GraphReader, GraphRows } from "./reader";

export type SqlDialect = "sqlite" | "postgres";

/** A field of a row: an expression over the source's tables, and what it holds. Booleans are 0 and 1, lists JSON text. */
export interface SqlField {
  readonly sql: RawBuilder<unknown>;
  readonly type: "text" | "int" | "real" | "boolean" | "list";
}

/** Where rows of one entity come from. */
export interface SqlSource {
  /** What follows FROM. */
  readonly from: RawBuilder<unknown>;
  /** The field that orders rows which are otherwise equal. */
  readonly key: string;
  /** By the row's field names; those of an agent's file begin with "registrationFile.". */
  readonly fields: Readonly<Record<string, SqlField>>;
  /** Not null where the agent has a file; only agents have it. */
  readonly filePresence?: RawBuilder<unknown>;
}

export type SqlSources = Readonly<Record<keyof GraphRows, SqlSource>>;

/** Reads rows for GraphQL out of a database: translates conditions one to one, and lets it filter, order and cut. */
export class SqlGraphReader implements GraphReader {
  constructor(
    // Which tables there are is the sources' affair.
    private readonly db: QueryExecutorProvider,
    private readonly dialect: SqlDialect,
    private readonly sources: SqlSources,
  ) {}

  async select<E extends keyof GraphRows>(entity: E, query: GraphQuery): Promise<GraphRows[E][]> {
    const source: SqlSource = this.sources[entity];
    const fields = Object.entries(source.fields);
    const columns = fields.map(([name, field]) => sql`${field.sql} as ${sql.id(name)}`);
    if (source.filePresence !== undefined) {
      columns.push(sql`case when ${source.filePresence} is null then 0 else 1 end as ${sql.id("registrationFile")}`);
    }
    const key = fieldOf(source, source.key).sql;
    const order = sql`order by ${fieldOf(source, query.orderBy).sql} ${sql.raw(query.descending ? "desc" : "asc")}
      nulls last, ${key} asc`;
    // Which rows first: a database that sorts them whole reads every field of every file.
    const { rows } = await sql<Record<string, unknown>>`
      select ${sql.join(columns)} from ${source.from}
      where ${key} in (
        select ${key} from ${source.from} where ${this.#condition(source, query.where)} ${order}
        limit ${query.first} offset ${query.skip}
      ) ${order}`.execute(this.db);
    return rows.map((row) => decode(source, row) as unknown as GraphRows[E]);
  }

  #condition(source: SqlSource, condition: Condition): RawBuilder<unknown> {
    if ("all" in condition || "any" in condition) {
      const [parts, separator, empty] =
        "all" in condition ? [condition.all, " and ", "1 = 1"] : [condition.any, " or ", "1 = 0"];
      return parts.length === 0
        ? sql.raw(empty)
        : sql`(${sql.join(
            parts.map((part) => this.#condition(source, part)),
            sql.raw(separator),
          )})`;
    }
    return "not" in condition
      ? sql`(not ${this.#condition(source, condition.not)})`
      : this.#comparison(source, condition);
  }

  #comparison(source: SqlSource, { field: name, is, value }: Comparison): RawBuilder<unknown> {
    if (name === "registrationFile" && source.filePresence !== undefined) {
      return sql`(${source.filePresence} is null)`;
    }
    const field = fieldOf(source, name);
    const column = field.sql;
    const one = Array.isArray(value) ? undefined : parameter(field, value);
    switch (is) {
      case "missing":
        return sql`(${column} is null)`;
      case "in":
        return sql`(${column} in (${sql.join((value as (string | number)[]).map((item) => parameter(field, item)))}))`;
      case "has":
        return this.dialect === "sqlite"
          ? sql`(exists (select 1 from json_each(${column}) item where item.value = ${one}))`
          : sql`(cast(${column} as jsonb) @> to_jsonb(cast(${one} as text)))`;
      case "contains":
        return this.dialect === "sqlite"
          ? sql`(instr(${column}, ${one}) > 0)`
          : sql`(strpos(${column}, cast(${one} as text)) > 0)`;
      case "containsNoCase":
        return this.dialect === "sqlite"
          ? sql`(instr(lower(${column}), lower(${one})) > 0)`
          : sql`(strpos(lower(${column}), lower(cast(${one} as text))) > 0)`;
      case "eq":
      case "gt":
      case "gte":
      case "lt":
      case "lte":
        return sql`(${column} ${sql.raw(SIGNS[is])} ${one})`;
    }
  }
}

const SIGNS = { eq: "=", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

function fieldOf(source: SqlSource, name: string): SqlField {
  const field = source.fields[name];
  if (field === undefined) {
    throw new Error(`The index has no field ${name}.`);
  }
  return field;
}

/** As the column holds it. An integer that no 64-bit column holds exactly becomes one that none of ours has. */
function parameter(field: SqlField, value: string | number | boolean): string | number {
  switch (field.type) {
    case "boolean":
      return value === true ? 1 : 0;
    case "int":
      return Number.isSafeInteger(Number(value)) ? Number(value) : -1;
    case "real":
      return Number(value);
    case "text":
    case "list":
      return String(value);
  }
}

function decode(source: SqlSource, row: Record<string, unknown>): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  const file: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(source.fields)) {
    const value = row[name];
    if (value === null || value === undefined) {
      continue;
    }
    const plain = plainValue(name, type, value);
    if (name.startsWith(FILE)) {
      file[name.slice(FILE.length)] = plain;
    } else {
      decoded[name] = plain;
    }
  }
  return Number(row.registrationFile ?? 0) === 1 ? { ...decoded, registrationFile: file } : decoded;
}

const FILE = "registrationFile.";

function plainValue(name: string, type: SqlField["type"], value: unknown): unknown {
  switch (type) {
    case "boolean":
      return Number(value) === 1;
    case "list":
      return JSON.parse(String(value)) as unknown;
    case "int":
      // An id is text in GraphQL's rows, whatever the column.
      return name === "agentId" ? String(value) : Number(value);
    case "real":
      return decimalDigits(Number(value));
    case "text":
      return value;
  }
}

/** A double as decimal digits without an exponent, which BigDecimal's readers may not know. */
function decimalDigits(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : text;
}

/** The fields of an agent's file out of the JSON that `registrationFileFields` made, kept in one column. */
export function fileFields(json: RawBuilder<unknown>, dialect: SqlDialect): Record<string, SqlField> {
  const text = (name: string): RawBuilder<unknown> =>
    dialect === "sqlite"
      ? sql`json_extract(${json}, ${sql.lit(`$.${name}`)})`
      : sql`(cast(${json} as jsonb) ->> ${sql.lit(name)})`;
  const boolean = (name: string): RawBuilder<unknown> =>
    dialect === "sqlite" ? text(name) : sql`cast(cast(${text(name)} as boolean) as int)`;
  const of = (names: readonly string[], type: SqlField["type"], expression = text): [string, SqlField][] =>
    names.map((name) => [`${FILE}${name}`, { sql: expression(name), type }]);
  return Object.fromEntries([
    ...of(TEXTS, "text"),
    ...of(["active", "x402Support", "hasOASF"], "boolean", boolean),
    ...of(LISTS, "list"),
  ]);
}

const TEXTS = [
  ...["name", "description", "image", "mcpEndpoint", "mcpVersion", "a2aEndpoint", "a2aVersion", "webEndpoint"],
  ...["emailEndpoint", "oasfEndpoint", "oasfVersion", "ens", "did"],
];
const LISTS = [
  ...["supportedTrusts", "oasfSkills", "oasfDomains", "mcpTools", "mcpPrompts", "mcpResources", "a2aSkills"],
];
