import type { TimelineEntry } from "../../../sdk/discovery/model";

/*
 * The explorer's modules are JavaScript for browsers. What the tests call of them has its types here, because the
 * project's own compiler run reads no JavaScript.
 */

export interface Claim {
  name: string;
  hash: string;
}

export interface Explorer {
  keccak: { keccak256(bytes: Uint8Array): string; toHex(bytes: Uint8Array): string; fromHex(hex: string): Uint8Array };
  canonicalJson: { canonicalJson(text: string): string };
  hashCheck: {
    hashesOf(bytes: Uint8Array, salt?: string): { candidates: { form: string; hash: string }[]; problem?: string };
    compare(candidates: { form: string; hash: string }[], claims: Claim[]): (Claim & { matches?: string })[];
  };
  format: {
    formatUnits(amount: string | bigint, decimals: number, locale?: string): string;
    formatAmount(
      amount: string,
      token: string,
      tokens: { token: string; symbol?: string; decimals?: number }[],
      locale?: string,
    ): string;
    parseUnits(text: string, decimals: number): string | undefined;
    tokenName(token: string, tokens: { token: string; symbol?: string; decimals?: number }[]): string;
    clip(text: string, length: number): string;
    shortHex(hex: string): string;
    jobHex(id: string): string;
    jobName(id: string): string;
    formatDuration(seconds: number): string;
    formatRelative(time: number, now: number, locale?: string): string;
    isoTime(time: number): string | undefined;
  };
  chartGeometry: {
    ticks(max: number, whole: boolean, count?: number): number[];
    layoutBars(
      rows: number[][],
      size: { width: number; height: number; whole: boolean },
    ): {
      columns: {
        index: number;
        x: number;
        width: number;
        bars: { x: number; y: number; width: number; height: number }[];
      }[];
      ticks: { value: number; y: number }[];
      labels: { index: number; x: number }[];
      plot: { left: number; right: number; top: number; bottom: number };
    };
    fillDays<T extends { day: number }>(days: T[], count: number, now: number, empty: (day: number) => T): T[];
  };
  eventText: {
    describe(entry: TimelineEntry, of?: { tokens?: { token: string }[]; token?: string }): string;
    jobOf(entry: TimelineEntry): string | undefined;
  };
  grouping: {
    byTransaction(entries: TimelineEntry[]): TimelineEntry[][];
    headline(group: TimelineEntry[]): TimelineEntry;
  };
  dispute: {
    disputeSteps(job: { timeline: TimelineEntry[] }): { name: string; state: string; deadline?: number }[];
    evidenceOf(job: { timeline: TimelineEntry[] }): { party: string; uri?: string; hash?: string }[];
  };
  destination: { destination(typed: string): string };
}

export async function load<K extends keyof Explorer>(name: K): Promise<Explorer[K]> {
  return (await import(`../../../market/explorer/assets/${name}.js`)) as Explorer[K];
}
