import { FILLINGS, MANY } from "./blocking";
import type { Results } from "./results";
import { ABSENCES, FARMING_RULES, percent } from "./results";
import { TIERS } from "./rules";

/** Puts the tables between their marks: `<!-- table: name -->` and `<!-- end -->`. */
export function fillPage(page: string, results: Results): string {
  let filled = page;
  for (const [name, table] of Object.entries(tablesOf(results))) {
    const [opening, closing] = [`<!-- table: ${name} -->\n`, "<!-- end -->"];
    const start = filled.indexOf(opening);
    const end = filled.indexOf(closing, start);
    if (start === -1 || end === -1) throw new Error(`docs/court-economics.md has no place for the table "${name}".`);
    filled = `${filled.slice(0, start)}${opening}\n${table}\n\n${filled.slice(end)}`;
  }
  return filled;
}

function tablesOf(results: Results): Record<string, string> {
  const tiers = TIERS.map(({ name, maxValue }) => `${name}, to ${dollars(maxValue)}`);
  return {
    safe: table(
      ["Circumstances", "Attacker's seats", ...TIERS.map(({ name }) => name)],
      results.safe.flatMap(({ name, rows }) =>
        rows.map(({ share, values }) => [name, percent(share), ...values.map(safeUpTo)]),
      ),
    ),
    limits: table(
      ["Safe up to a share of", ...tiers],
      results.limits.map(({ name, shares }) => [
        name,
        ...shares.map((share) => (share === 0 ? "none" : percent(share))),
      ]),
    ),
    price: table(
      ["Share of the seats", ...tiers],
      results.price.map(({ share, tiers: figures }) => [
        percent(share),
        ...figures.map(({ safe }, index) =>
          safe === 0 ? "none" : dollars(significant(safe * (TIERS[index]?.fee ?? 0))),
        ),
      ]),
    ),
    profit: table(
      ["Share of the seats", ...tiers],
      results.price.map(({ share, tiers: figures }) => [
        percent(share),
        ...figures.map(({ profit }, index) =>
          dollars(Number((profit * (TIERS[index]?.fee ?? 0)).toFixed(profit < 10 ? 1 : 0))),
        ),
      ]),
    ),
    capital: table(
      ["Share of the seats", ...TIERS.map(({ name, minSeats }) => `${name}, ${minSeats} seats`)],
      [0.1, 0.2, 0.3, 0.4, 0.49].map((share) => [
        percent(share),
        ...TIERS.map(({ minSeats, seatPrice }) => dollars(Math.round(minSeats * share) * seatPrice)),
      ]),
    ),
    capture: table(
      [
        "Share of the seats",
        "panel of 3",
        "panel of 7",
        "panel of 15",
        "only the attacker appeals",
        "only its opponent appeals",
        "both appeal",
      ],
      results.capture.map(({ share, panels, appeals }) => [percent(share), ...[...panels, ...appeals].map(chance)]),
    ),
    farming: table(
      ["Share of the seats", ...FARMING_RULES.map(({ name }) => name)],
      results.farming.map(({ share, profits }) => [percent(share), ...profits.map(signed)]),
    ),
    "farming-starts": table(
      ["Pays from a share of", ...ABSENCES.map(absent), "seats already lost", "attacker alone proves seeds"],
      results.paysFrom.map(({ name, shares }) => [name, ...shares.map(from)]),
    ),
    blocking: table(
      [
        "Court",
        "Disputes to fill it",
        `Price of ${FILLINGS} fillings`,
        "with a third of the seats",
        "Half the largest job",
        "Largest jobs at once from which it pays",
        "with a third of the seats",
        `Seats needed for ${MANY} such jobs`,
      ],
      results.blocking.map((figures, index) => [
        TIERS[index]?.name ?? "",
        figures.disputes.toString(),
        dollars(figures.cost),
        dollars(Math.floor(figures.costAtThird)),
        dollars(figures.gain),
        figures.jobs.toString(),
        figures.jobsAtThird.toString(),
        figures.seatsForMany.toString(),
      ]),
    ),
  };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** A value in fees as a limit of the tier's jobs. */
function safeUpTo(value: number, index: number): string {
  const { minValue = 0, maxValue = 0, fee = 0 } = TIERS[index] ?? {};
  if (value * fee >= maxValue) return `all, to ${dollars(maxValue)}`;
  return value * fee < minValue ? "none" : dollars(significant(value * fee));
}

function dollars(value: number): string {
  return `${value < 0 ? "-" : ""}$${Math.abs(value).toLocaleString("en-US")}`;
}

/** Three digits, rounded down: a value is never called safe that is not. */
function significant(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 2);
  return Math.floor(value / unit) * unit;
}

function chance(value: number): string {
  return value < 0.0001 ? "< 0.01%" : `${(value * 100).toFixed(2)}%`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}

function from(share: number | undefined): string {
  return share === undefined ? "never below 50%" : percent(share);
}

function absent(absence: number): string {
  return absence === 0 ? "nobody absent" : `${percent(absence)} absent`;
}
