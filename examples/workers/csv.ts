/**
 * Parses RFC 4180 text: quoted fields may hold separators, doubled quotes and line breaks.
 * Returns the records as they stand, the header among them.
 */
export function parseCsv(text: string, separator = ","): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  // A quoted field, or a bare one; then what ends it: a separator, a line break, or the end of the text.
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, "y");
  while (field.lastIndex < text.length) {
    const start = field.lastIndex;
    const match = field.exec(text);
    if (match === null) {
      throw new Error(`Record ${records.length + 1} is not CSV near ${JSON.stringify(text.slice(start, start + 20))}.`);
    }
    const [, quoted, bare, end] = match;
    record.push(quoted?.replaceAll('""', '"') ?? bare ?? "");
    if (end === separator && field.lastIndex < text.length) continue;
    if (end === separator) record.push("");
    records.push(record);
    record = [];
  }
  return records;
}
