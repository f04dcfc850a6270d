/** A line chart as SVG. The text is the same for the same figures, so that it can be compared with what is committed. */
export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly logarithmic?: boolean;
}

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
  /** Lines of the same hue belong together. */
  readonly hue: number;
}

/** Told apart by people with any kind of colour vision (Okabe and Ito), and dark enough on white. */
const HUES = ["#0072b2", "#d55e00", "#007d5b", "#9a4f86", "#444444"];

const WIDTH = 760;
const PLOT = { left: 76, top: 48, width: 660, height: 330 };
const LEGEND_TOP = PLOT.top + PLOT.height + 66;
const LEGEND_ROW = 22;

export function draw({ title, x, y, lines }: Chart): string {
  const rows = Math.ceil(lines.length / 2);
  const height = LEGEND_TOP + rows * LEGEND_ROW;
  const [bottom, right] = [PLOT.top + PLOT.height, PLOT.left + PLOT.width];
  const atX = (value: number) => coordinate(PLOT.left + fraction(x, value) * PLOT.width);
  const atY = (value: number) => coordinate(bottom - fraction(y, value) * PLOT.height);

  const grid = [
    ...y.ticks.map((tick) => rule(PLOT.left, atY(tick), right, atY(tick), tick === 0 ? "#555" : "#ddd")),
    rule(PLOT.left, bottom, right, bottom, "#555"),
    rule(PLOT.left, PLOT.top, PLOT.left, bottom, "#555"),
    ...x.ticks.map((tick) => rule(atX(tick), bottom, atX(tick), bottom + 5, "#555")),
  ];
  const labels = [
    text(PLOT.left, 26, title, 'font-size="17" font-weight="bold"'),
    ...x.ticks.map((tick) => text(atX(tick), bottom + 22, x.format(tick), 'text-anchor="middle"')),
    ...y.ticks.map((tick) =>
      text(PLOT.left - 8, coordinate(Number(atY(tick)) + 5), y.format(tick), 'text-anchor="end"'),
    ),
    text(PLOT.left + PLOT.width / 2, bottom + 46, x.label, 'text-anchor="middle"'),
    text(0, 0, y.label, `text-anchor="middle" transform="translate(18 ${PLOT.top + PLOT.height / 2}) rotate(-90)"`),
  ];
  const drawn = lines.map((line) => {
    const points = line.points.map(([px, py]) => `${atX(px)},${atY(py)}`).join(" ");
    return `<polyline points="${points}" clip-path="url(#plot)" ${stroke(line)}/>`;
  });
  const legend = lines.flatMap((line, index) => {
    const left = PLOT.left + (index % 2) * (PLOT.width / 2);
    const top = LEGEND_TOP + Math.floor(index / 2) * LEGEND_ROW;
    return [
      `<line x1="${left}" y1="${top}" x2="${left + 30}" y2="${top}" ${stroke(line)}/>`,
      text(left + 38, top + 5, line.label),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `font-family="Helvetica, Arial, sans-serif" font-size="14" fill="#222" role="img" aria-label="${escape(title)}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<clipPath id="plot"><rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}"/></clipPath>`,
    ...grid,
    ...drawn,
    ...labels,
    ...legend,
    "</svg>",
    "",
  ].join("\n");
}

function fraction({ from, to, logarithmic }: Axis, value: number): number {
  const scale = logarithmic === true ? Math.log10 : (plain: number) => plain;
  return (scale(value) - scale(from)) / (scale(to) - scale(from));
}

function coordinate(value: number): string {
  return value.toFixed(1);
}

function rule(
  x1: number | string,
  y1: number | string,
  x2: number | string,
  y2: number | string,
  colour: string,
): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}"/>`;
}

function stroke({ hue, dashed }: Line): string {
  const dashes = dashed === true ? ' stroke-dasharray="7 5"' : "";
  return `fill="none" stroke="${HUES[hue] ?? "#000"}" stroke-width="2.2"${dashes}`;
}

function text(x: number | string, y: number | string, content: string, attributes = ""): string {
  return `<text x="${x}" y="${y}"${attributes === "" ? "" : ` ${attributes}`}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
