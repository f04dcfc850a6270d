// @ts-check
import { layoutBars } from "./chartGeometry.js";
import { h, svg } from "./dom.js";
import { formatDay, formatNumber } from "./format.js";

const HEIGHT = 200;
let charts = 0;

/**
 * @typedef {{ name: string, tone: string }} Series `tone`: a class of the style sheet.
 * @typedef {{ day: number, values: number[], says: string[] }} ChartRow `says`: the values exactly, for the table.
 */

/**
 * Stacked bars by day, as an image with a name and a description, and the same numbers as a table below it.
 * @param {{ title: string, series: Series[], whole: boolean, empty: string }} options
 */
export function barChart({ title, series, whole, empty }) {
  const id = `chart-${++charts}`;
  const drawing = h("div", { class: "chart-drawing" });
  const numbers = h("div", { class: "scroll" });
  const description = h("p", { class: "chart-says" });
  const details = h(
    "details",
    null,
    h("summary", null, "Show the numbers", h("span", { class: "hidden" }, ` of ${title}`)),
    numbers,
  );
  const element = h(
    "figure",
    { class: "chart", "aria-labelledby": `${id}-name` },
    h(
      "figcaption",
      null,
      h("h3", { id: `${id}-name` }, title),
      description,
      h(
        "ul",
        { class: "legend" },
        series.map(({ name, tone }) => h("li", null, swatch(tone), name)),
      ),
    ),
    drawing,
    details,
  );

  /** @type {ChartRow[]} */
  let rows = [];
  let width = 0;
  const draw = () => {
    if (width > 0) drawing.replaceChildren(rows.length === 0 ? h("p", { class: "state" }, empty) : picture());
  };
  new ResizeObserver(([entry]) => {
    const measured = Math.floor(entry?.contentRect.width ?? 0);
    if (measured === width) return;
    width = measured;
    draw();
  }).observe(drawing);

  function picture() {
    const { columns, ticks, labels, plot } = layoutBars(
      rows.map(({ values }) => values),
      { width, height: HEIGHT, whole },
    );
    return svg(
      "svg",
      {
        role: "img",
        width,
        height: HEIGHT,
        viewBox: `0 0 ${width} ${HEIGHT}`,
        "aria-labelledby": `${id}-title ${id}-desc`,
      },
      svg("title", { id: `${id}-title` }, title),
      svg("desc", { id: `${id}-desc` }, description.textContent),
      ticks.map(({ value, y }) => [
        svg("line", { class: value === 0 ? "axis" : "grid", x1: plot.left, x2: plot.right, y1: y, y2: y }),
        svg("text", { class: "tick", x: plot.left - 8, y: y + 4, "text-anchor": "end" }, compact(value)),
      ]),
      columns.map(({ index, x, width: slot, bars }) =>
        svg(
          "g",
          { class: "column" },
          svg("title", null, hover(index)),
          // The whole height answers to the pointer, also where the bar is low.
          svg("rect", { class: "catch", x, y: plot.top, width: slot, height: plot.bottom - plot.top }),
          bars
            .filter(({ height }) => height > 0)
            .map((bar) =>
              svg("rect", {
                class: series[bar.series]?.tone,
                x: bar.x,
                y: bar.y,
                width: bar.width,
                height: bar.height,
              }),
            ),
        ),
      ),
      labels.map(({ index, x }) => {
        // Under the last bar there is room on one side only.
        const last = x > width - 22;
        return svg(
          "text",
          { class: "tick", x: last ? width : x, y: HEIGHT - 6, "text-anchor": last ? "end" : "middle" },
          formatDay(rows[index]?.day ?? 0),
        );
      }),
    );
  }

  /** @param {number} index */
  function hover(index) {
    const row = rows[index];
    if (row === undefined) return "";
    const values = series.map(({ name }, i) => `${name}: ${row.says[i] ?? ""}`).join(", ");
    return `${formatDay(row.day, { long: true })}. ${values}`;
  }

  return {
    element,
    /**
     * @param {ChartRow[]} next
     * @param {string} says What the chart shows, in one sentence.
     */
    update(next, says) {
      rows = next;
      details.hidden = rows.length === 0;
      description.textContent = says;
      numbers.replaceChildren(
        h(
          "table",
          null,
          h("caption", { class: "hidden" }, title),
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              h("th", { scope: "col" }, "Day (UTC)"),
              series.map(({ name }) => h("th", { scope: "col", class: "num" }, name)),
            ),
          ),
          h(
            "tbody",
            null,
            [...rows].reverse().map((row) =>
              h(
                "tr",
                null,
                h("th", { scope: "row" }, formatDay(row.day, { long: true })),
                row.says.map((text) => h("td", { class: "num" }, text)),
              ),
            ),
          ),
        ),
      );
      draw();
    },
  };
}

/**
 * One bar that is divided, with its legend: what a whole is made of.
 * @param {string} title
 * @param {{ name: string, value: number, tone: string, says?: string }[]} parts
 */
export function divided(title, parts) {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  let x = 0;
  return h(
    "div",
    { class: "divided" },
    svg(
      "svg",
      { viewBox: "0 0 1000 12", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
      total === 0 && svg("rect", { class: "meter-back", width: 1000, height: 12 }),
      parts.map(({ value, tone }) => {
        if (total === 0 || value === 0) return null;
        const width = (value / total) * 1000;
        x += width;
        return svg("rect", { class: tone, x: x - width, width: Math.max(1, width - 2), height: 12 });
      }),
    ),
    h(
      "ul",
      { class: "legend", "aria-label": title },
      parts.map(({ name, value, tone, says }) =>
        h("li", null, swatch(tone), `${name} `, h("strong", null, says ?? formatNumber(value))),
      ),
    ),
  );
}

/** @param {string} tone */
function swatch(tone) {
  return svg(
    "svg",
    { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true", focusable: "false" },
    svg("rect", { class: tone, width: 10, height: 10, rx: 2 }),
  );
}

/** @param {number} value */
function compact(value) {
  return new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 2 }).format(value);
}
