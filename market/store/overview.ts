import { sql } from "kysely";

import type { Job, JobStatusName, Overview } from "../../sdk/discovery/model";
import type { Db } from "./bulk";

const STATUSES: JobStatusName[] = ["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"];
const OUTCOMES: NonNullable<Job["outcome"]>[] = [
  "completed",
  "partial",
  "rejected",
  "undelivered",
  "unjudged",
  "declined",
];
/** Anybody can make a token and be paid in it: those with most jobs are shown. */
const MAX_TOKENS = 20;
const MAX_DAYS = 366;

/** Totals and days, out of the counters. */
export async function readOverview(db: Db): Promise<Overview> {
  const totals = await group(db, ["count", "status", "outcome"]);
  const count = (grp: string, key: string): number => Number(totals.get(`${grp}|${key}`) ?? 0);
  const popular = await group(db, ["jobs of token"]);
  const tokens = [...popular]
    .sort(([a, x], [b, y]) => Number(y) - Number(x) || (a < b ? -1 : 1))
    .slice(0, MAX_TOKENS)
    .map(([id]) => id.split("|")[1] ?? "");
  return {
    agents: count("count", "agents"),
    jobs: Object.fromEntries(STATUSES.map((status) => [status, count("status", status)])) as Overview["jobs"],
    outcomes: Object.fromEntries(
      OUTCOMES.map((outcome) => [outcome, count("outcome", outcome)]),
    ) as Overview["outcomes"],
    tokens: await readTokens(db, tokens),
    days: await readDays(db, new Set(tokens)),
  };
}

async function group(db: Db, groups: string[]): Promise<Map<string, string>> {
  const rows = await db.selectFrom("counters").select(["id", "value"]).where("grp", "in", groups).execute();
  return new Map(rows.map(({ id, value }) => [id ?? "", value ?? "0"]));
}

async function readTokens(db: Db, tokens: readonly string[]): Promise<Overview["tokens"]> {
  if (tokens.length === 0) return [];
  const named = await db.selectFrom("tokens").selectAll().where("token", "in", tokens).execute();
  const ids = tokens.flatMap((token) => ["paid", "refunded", "escrowed"].map((grp) => `${grp}|${token}`));
  const sums = await db.selectFrom("counters").select(["id", "value"]).where("id", "in", ids).execute();
  const sumOf = new Map(sums.map(({ id, value }) => [id, value ?? "0"]));
  return tokens.map((token) => {
    const name = named.find((row) => row.token === token);
    return {
      token,
      ...(name === undefined || name.symbol === null ? {} : { symbol: name.symbol }),
      ...(name === undefined || name.decimals === null ? {} : { decimals: name.decimals }),
      paid: sumOf.get(`paid|${token}`) ?? "0",
      refunded: sumOf.get(`refunded|${token}`) ?? "0",
      escrowed: sumOf.get(`escrowed|${token}`) ?? "0",
    };
  });
}

async function readDays(db: Db, tokens: ReadonlySet<string>): Promise<Overview["days"]> {
  const days = new Map<number, Overview["days"][number]>();
  const dayOf = (day: number): Overview["days"][number] => {
    const found = days.get(day) ?? { day, hired: 0, completed: 0, refunded: 0, disputed: 0, paid: [] };
    days.set(day, found);
    return found;
  };
  // Unix days have ten digits from 2001 to 2286, so that their texts sort as they do.
  for (const name of ["hired", "completed", "refunded", "disputed"] as const) {
    const rows = await db
      .selectFrom("counters")
      .select(["key", "value"])
      .where("grp", "=", `day ${name}`)
      .orderBy("key", "desc")
      .limit(MAX_DAYS)
      .execute();
    for (const { key, value } of rows) {
      if (value !== "0") dayOf(Number(key))[name] = Number(value);
    }
  }
  const first = Math.max(0, ...[...days.keys()].sort((a, b) => b - a).slice(MAX_DAYS - 1, MAX_DAYS));
  if (tokens.size === 0) return [...days.values()].sort((a, b) => a.day - b.day).slice(-MAX_DAYS);
  const rows = await db
    .selectFrom("counters")
    .select(["key", "value"])
    .where("grp", "=", "day paid")
    // Behind the day's ten digits and a bar. Days of tokens that are not shown would crowd out those that are.
    .where(sql<string>`substr(key, 12)`, "in", [...tokens])
    .where("key", ">=", String(first))
    .orderBy("key", "desc")
    .limit(MAX_DAYS * MAX_TOKENS)
    .execute();
  for (const { key, value } of rows) {
    const [day, token] = (key ?? "").split("|");
    if (token !== undefined && tokens.has(token) && value !== "0") {
      dayOf(Number(day)).paid.push({ token, amount: value ?? "0" });
    }
  }
  return [...days.values()].sort((a, b) => a.day - b.day).slice(-MAX_DAYS);
}
