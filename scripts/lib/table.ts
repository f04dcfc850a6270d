/** Columns as wide as their widest line; columns of figures are set right. A cell may have several lines. */
export function table(header: string[], rows: string[][]): string[] {
  const right = header.map((_, column) => rows.every((row) => /^[\d.,]+$/.test(row[column] ?? "")));
  const lines = [header, ...rows].map((row) => {
    const cells = row.map((cell) => cell.split("\n"));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ""));
  });
  const widths = header.map((_, column) => Math.max(...lines.flat().map((line) => line[column]?.length ?? 0)));
  const pad = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return right[column] === true ? cell.padStart(width) : cell.padEnd(width);
  };
  const [head = [], ...body] = lines.map((row) => row.map((line) => line.map(pad).join("  ").trimEnd()));
  return [...head, widths.map((width) => "-".repeat(width)).join("  "), ...body.flat()];
}
