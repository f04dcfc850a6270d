import type { GraphReader } from "./graph/reader";
import type { MarketServer, MarketServerSettings } from "./http/server";
import { createMarketServer } from "./http/server";
import type { MarketReader } from "../sdk/discovery/model";

/** Where and to whom the service answers. */
export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly trustedProxies: number;
  /** Requests a minute for each caller; null for no limit. */
  readonly rateLimit: number | null;
  /** The folder of the page that it serves at /. */
  readonly explorer?: string;
}

/** An index as the service needs it. */
export interface ServedIndex {
  readonly reader: MarketReader;
  readonly graph?: GraphReader;
  /** Follows the chain until `stop`; absent where another process does. */
  follow?(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServedMarket {
  /** Where it answers. */
  readonly url: string;
  /** Rejects when following the chain ends by a fault, and resolves when it was stopped. */
  readonly following: Promise<void>;
  /** Lets answers under way finish, then stops following and closes the database. */
  stop(): Promise<void>;
}

/** Starts the service over an index: it answers at once, also while the index still catches up. */
export async function serveMarket(options: ServeOptions, index: ServedIndex): Promise<ServedMarket> {
  const { rateLimit, trustedProxies, explorer } = options;
  const settings: MarketServerSettings = {
    reader: index.reader,
    trustedProxies,
    rateLimit: rateLimit === null ? null : { perMinute: rateLimit, burst: Math.max(60, Math.ceil(rateLimit / 5)) },
    ...(index.graph === undefined ? {} : { graph: index.graph }),
    ...(explorer === undefined ? {} : { explorer }),
  };
  let server: MarketServer;
  let url: string;
  try {
    server = createMarketServer(settings);
    url = await server.listen(options.port, options.host);
  } catch (error) {
    await index.stop();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    url,
    following: index.follow?.() ?? Promise.resolve(),
    stop: () => (stopped ??= server.close().then(() => index.stop())),
  };
}
