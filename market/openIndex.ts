import { getAddress, isAddress } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import type { Contracts } from "./chain/events";
import { Follower } from "./chain/follower";
import type { FollowOptions } from "./chain/follower";
import { rpcClient } from "./chain/rpc";
import type { HttpRpcOptions, RpcProvider } from "./chain/rpc";
import { readCursor } from "./chain/commit";
import { FileWorker } from "./files/worker";
import type { FileWorkerOptions } from "./files/worker";
import type { GraphReader } from "./graph/reader";
import type { MarketReader } from "../sdk/discovery/model";
import { graphReader } from "./store/graph";
import { openStore } from "./store/open";
import { StoreReader } from "./store/reader";

export interface IndexOptions extends FollowOptions {
  /** A file's path, ":memory:", or `postgres://…`. */
  database: string;
  /** The chain: an endpoint's URL, or an EIP-1193 provider. */
  rpc: string | RpcProvider;
  contracts: {
    registry: string;
    ledger: string;
    escrow: string;
    evaluators?: readonly string[];
    courts?: readonly string[];
  };
  http?: HttpRpcOptions;
  files?: FileWorkerOptions;
  /** Milliseconds between two looks at the chain once it is followed to its head. */
  pollInterval?: number;
  /** Told of each failed attempt, in one sentence; following goes on. */
  onProblem?: (problem: string) => void;
}

/** A block that has been indexed. */
export interface IndexedBlock {
  number: number;
  hash: string;
}

/** An index that follows a chain and answers. */
export interface MarketIndex {
  readonly reader: MarketReader;
  /** The same store for GraphQL. */
  readonly graph: GraphReader;
  /** Follows the chain until `stop`. Failures are reported and tried again. Resolves when it has stopped. */
  follow(): Promise<void>;
  /** Follows until the chain's present head is indexed and no file is due, then returns. */
  catchUp(): Promise<void>;
  /** Ends following after the batch at hand, and closes the database. */
  stop(): Promise<void>;
  /** Calls back after each step that moved the index, to whichever block. Answers how to stop that. */
  onBlock(listener: (block: IndexedBlock) => void): () => void;
}

const POLL_INTERVAL = 500;
const FIRST_BACKOFF = 250;
const LONGEST_BACKOFF = 15_000;

/** Opens an index, with its database, for the one process that writes to it. */
export async function openIndex(options: IndexOptions): Promise<MarketIndex> {
  const contracts = checkContracts(options.contracts);
  const rpc = rpcClient(options.rpc, options.http);
  const store = await openStore(options.database);
  const follower = new Follower(store, rpc, contracts, options);
  const files = new FileWorker(store, options.files);
  const listeners = new Set<(block: IndexedBlock) => void>();
  const stopping = new AbortController();
  let following: Promise<void> | undefined;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      stopping.signal.addEventListener("abort", done, { once: true });
      function done(): void {
        clearTimeout(timer);
        stopping.signal.removeEventListener("abort", done);
        resolve();
      }
    });
  const report = (error: unknown): void => options.onProblem?.((error as Error).message);

  const advance = async (): Promise<boolean> => {
    const step = await follower.step();
    if (step === "idle") return false;
    const cursor = await readCursor(store.writer);
    if (cursor !== undefined) for (const listener of listeners) listener({ number: cursor.number, hash: cursor.hash });
    return true;
  };
  const until = async (work: () => Promise<boolean>, wait: number): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted;) {
      try {
        if (!(await work())) await pause(wait);
        failures = 0;
      } catch (error) {
        report(error);
        await pause(Math.min(FIRST_BACKOFF * 2 ** failures++, LONGEST_BACKOFF));
      }
    }
  };

  return {
    reader: new StoreReader(store),
    graph: graphReader(store),
    async follow() {
      const interval = options.pollInterval ?? POLL_INTERVAL;
      following ??= Promise.all([until(advance, interval), until(async () => (await files.step()) > 0, interval)]).then(
        () => undefined,
      );
      await following;
    },
    async catchUp() {
      while (await advance());
      while ((await files.step()) > 0);
    },
    async stop() {
      stopping.abort();
      await following;
      await store.close();
    },
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Opens an existing index for answering only: for API processes beside the one that follows. */
export async function openReader(
  database: string,
): Promise<{ reader: MarketReader; graph: GraphReader; close: () => Promise<void> }> {
  const store = await openStore(database, { readOnly: true });
  return { reader: new StoreReader(store), graph: graphReader(store), close: () => store.close() };
}

function checkContracts({ evaluators = [], courts = [], ...one }: IndexOptions["contracts"]): Contracts {
  const checked = (name: string, address: string): string => {
    if (!isAddress(address)) throw new InvalidInputError(`the address of the ${name} is not an address.`);
    return getAddress(address);
  };
  return {
    registry: checked("registry", one.registry),
    ledger: checked("ledger", one.ledger),
    escrow: checked("escrow", one.escrow),
    evaluators: evaluators.map((address) => checked("evaluator", address)),
    courts: courts.map((address) => checked("court", address)),
  };
}
