import type { Chart } from "./chart";
import { FARMING_RULES } from "./results";
import type { Results } from "./results";
import { percent } from "./results";
import { TIERS } from "./rules";

const SHARE_AXIS = {
  label: "Attacker's share of the seats",
  from: 0.05,
  to: 0.5,
  ticks: [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5],
  format: percent,
};

/** The charts by their files' names. */
export function chartsOf(results: Results): Record<string, Chart> {
  return {
    "court-capture.svg": capture(results),
    "court-farming.svg": farming(results),
    "court-safe-value.svg": safeValue(results),
  };
}

function capture({ capture: rows }: Results): Chart {
  const series = (
    label: string,
    hue: number,
    value: (row: (typeof rows)[number]) => number | undefined,
    dashed = false,
  ) => ({
    label,
    hue,
    dashed,
    points: rows.map((row) => [row.share, value(row) ?? 0] as const),
  });
  return {
    title: "Chance of capturing the ruling",
    x: SHARE_AXIS,
    y: { label: "Chance", from: 0, to: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], format: percent },
    lines: [
      series("panel of 3", 0, ({ panels }) => panels[0]),
      series("panel of 7", 1, ({ panels }) => panels[1]),
      series("panel of 15, and whenever both appeal", 2, ({ panels }) => panels[2]),
      series("only the attacker appeals", 4, ({ appeals }) => appeals[0], true),
      series("only its opponent appeals", 3, ({ appeals }) => appeals[1], true),
    ],
  };
}

function farming({ farming: rows }: Results): Chart {
  return {
    title: "What a dispute over nothing brings an attacker who is both parties",
    x: SHARE_AXIS,
    y: {
      label: "Profit in fees",
      from: -4,
      to: 14,
      ticks: [-4, -2, 0, 2, 4, 6, 8, 10, 12, 14],
      format: (value) => value.toString(),
    },
    lines: FARMING_RULES.map(({ name }, index) => ({
      label: name,
      hue: index,
      points: rows.map(({ share, profits }) => [share, profits[index] ?? 0] as const),
    })),
  };
}

function safeValue({ price }: Results): Chart {
  const dollars = (value: number) => `$${value.toLocaleString("en-US")}`;
  const short = (value: number) => {
    if (value >= 1e6) return `$${value / 1e6}M`;
    return value >= 1e3 ? `$${value / 1e3}k` : `$${value}`;
  };
  return {
    title: "Job value up to which capture loses money",
    x: SHARE_AXIS,
    y: {
      label: "Job value, logarithmic",
      from: 10,
      to: 10_000_000,
      ticks: [10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
      format: short,
      logarithmic: true,
    },
    lines: TIERS.flatMap(({ name, maxValue, fee }, index) => [
      {
        label: `${name} court`,
        hue: index,
        points: price.flatMap(({ share, tiers }) => {
          const safe = tiers[index]?.safe ?? 0;
          return safe === 0 ? [] : [[share, safe * fee] as const];
        }),
      },
      {
        label: `its largest job, ${dollars(maxValue)}`,
        hue: index,
        dashed: true,
        points: [[SHARE_AXIS.from, maxValue] as const, [SHARE_AXIS.to, maxValue] as const],
      },
    ]),
  };
}
