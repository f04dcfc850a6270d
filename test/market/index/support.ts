import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { network } from "hardhat";

import type { RpcProvider } from "../../../market/chain/rpc";
import { openIndex } from "../../../market/openIndex";
import type { IndexOptions, MarketIndex } from "../../../market/openIndex";
import type { Market } from "../../fixtures/market";
import { startPostgres } from "./postgres";
import type { Postgres } from "./postgres";

/** What a test asks of its chain; each method may be given another answer. */
export type Answer = (params: unknown[], real: () => Promise<unknown>) => Promise<unknown>;

/** The in-process chain, with answers that a test can spoil. */
export class FaultyRpc implements RpcProvider {
  private readonly answers = new Map<string, Answer>();
  /** How often each method was asked. */
  readonly asked = new Map<string, number>();

  async request({ method, params = [] }: { method: string; params?: unknown[] }): Promise<unknown> {
    this.asked.set(method, (this.asked.get(method) ?? 0) + 1);
    const real = (): Promise<unknown> => network.provider.request({ method, params });
    return await (this.answers.get(method)?.(params, real) ?? real());
  }

  /** Has a method answered otherwise, until `heal`. */
  spoil(method: string, answer: Answer): void {
    this.answers.set(method, answer);
  }

  heal(): void {
    this.answers.clear();
  }
}

let folder: string | undefined;
let files = 0;
let server: Promise<Postgres | undefined> | undefined;

/** A new, empty database of each kind; undefined where there is no PostgreSQL. */
export const DATABASES: Record<string, () => Promise<string | undefined>> = {
  SQLite: () => Promise.resolve(join((folder ??= mkdtempSync(join(tmpdir(), "market-index-"))), `${++files}.sqlite`)),
  PostgreSQL: async () => await (await (server ??= startPostgres()))?.create(),
};

after(async () => {
  await (await server)?.stop();
  server = undefined;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

/** Runs the same tests over both databases. */
export function overBothDatabases(tests: (database: () => Promise<string>, kind: string) => void): void {
  for (const [name, create] of Object.entries(DATABASES)) {
    describe(`over ${name}`, function () {
      before(async function () {
        if ((await create()) === undefined) {
          console.log("      PostgreSQL is not installed: skipped.");
          this.skip();
        }
      });
      tests(async () => (await create()) ?? "", name);
    });
  }
}

export interface Opened extends MarketIndex {
  rpc: FaultyRpc;
  notices: string[];
}

/** An index of the market on the in-process chain. */
export async function indexOf(
  market: Pick<Market, "registry" | "ledger" | "escrow">,
  database: string,
  options: Partial<Omit<IndexOptions, "database" | "contracts">> & { evaluators?: string[]; courts?: string[] } = {},
): Promise<Opened> {
  const { evaluators, courts, ...rest } = options;
  const rpc = (rest.rpc as FaultyRpc | undefined) ?? new FaultyRpc();
  const notices: string[] = [];
  const index = await openIndex({
    files: { timeout: 2_000 },
    onNotice: (notice) => notices.push(notice),
    ...rest,
    rpc,
    database,
    contracts: {
      registry: await market.registry.getAddress(),
      ledger: await market.ledger.getAddress(),
      escrow: await market.escrow.getAddress(),
      evaluators,
      courts,
    },
  });
  return { ...index, rpc, notices };
}
