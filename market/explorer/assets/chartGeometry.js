// @ts-check
/*
 * Where the parts of a bar chart stand. Pure: numbers in, numbers out; chart.js draws them.
 */

/**
 * @typedef {{ x: number, y: number, width: number, height: number, series: number }} Bar
 * @typedef {{ index: number, x: number, width: number, bars: Bar[] }} Column
 * @typedef {{ value: number, y: number }} Tick
 * @typedef {{ index: number, x: number }} Label
 * @typedef {{ columns: Column[], ticks: Tick[], labels: Label[], plot: { left: number, right: number, top: number, bottom: number } }} Layout
 */

const MARGIN = { top: 10, right: 2, bottom: 24 };
const DAY = 86_400;

/**
 * Round numbers from zero to at least `max`: 1, 2 or 5 times a power of ten apart.
 * @param {number} max
 * @param {boolean} whole Whether only whole numbers make sense, as for counts.
 * @param {number} [count] About how many steps.
 * @returns {number[]}
 */
export function ticks(max, whole, count = 4) {
  if (!(max > 0)) return whole ? [0, 1] : [0];
  const raw = max / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw * (1 - 1e-9)) ?? 10;
  const step = whole ? Math.max(1, factor * power) : factor * power;
  const steps = Math.ceil(max / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/**
 * Stacked bars: one column for each entry of `rows`, one bar for each of its numbers, from the bottom up.
 * @param {number[][]} rows
 * @param {{ width: number, height: number, whole: boolean, labelWidth?: number, axisWidth?: number }} size
 * @returns {Layout}
 */
export function layoutBars(rows, { width, height, whole, labelWidth = 56, axisWidth = 44 }) {
  const plot = { left: axisWidth, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const totals = rows.map((row) => row.reduce((sum, value) => sum + value, 0));
  const values = ticks(Math.max(0, ...totals), whole);
  const top = values.at(-1) ?? 0;
  const scale = top > 0 ? (plot.bottom - plot.top) / top : 0;
  const slot = rows.length === 0 ? 0 : (plot.right - plot.left) / rows.length;
  const gap = slot > 6 ? slot * 0.25 : slot * 0.1;

  const columns = rows.map((row, index) => {
    const x = plot.left + index * slot + gap / 2;
    let y = plot.bottom;
    const bars = row.map((value, series) => {
      // What is there must be seen, however small beside the largest.
      const barHeight = value > 0 ? Math.max(1, value * scale) : 0;
      y -= barHeight;
      return { x, y, width: slot - gap, height: barHeight, series };
    });
    return { index, x: plot.left + index * slot, width: slot, bars };
  });

  // As many labels as fit, the last one always: today is what people look for.
  const every = slot === 0 ? 1 : Math.max(1, Math.ceil(labelWidth / slot));
  const labels = columns
    .filter(({ index }) => (rows.length - 1 - index) % every === 0)
    .map(({ index, x }) => ({ index, x: x + slot / 2 }));

  return { columns, ticks: values.map((value) => ({ value, y: plot.bottom - value * scale })), labels, plot };
}

/**
 * The last days up to today, with those that nothing happened on, so that a pause looks like one.
 * @template {{ day: number }} T
 * @param {T[]} days In any order.
 * @param {number} count
 * @param {number} now Unix seconds
 * @param {(day: number) => T} empty
 * @returns {T[]} Oldest first. None if nothing has ever happened.
 */
export function fillDays(days, count, now, empty) {
  if (days.length === 0) return [];
  const byDay = new Map(days.map((entry) => [entry.day, entry]));
  const last = Math.floor(now / DAY) * DAY;
  return Array.from({ length: count }, (_, index) => {
    const day = last - (count - 1 - index) * DAY;
    return byDay.get(day) ?? empty(day);
  });
}

/**
 * Base units as a number for drawing: near enough for a bar, never for a sentence.
 * @param {string} amount
 * @param {number} decimals
 */
export function toNumber(amount, decimals) {
  return Number(BigInt(amount)) / 10 ** decimals;
}
