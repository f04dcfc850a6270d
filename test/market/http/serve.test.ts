import { expect } from "chai";

import { marketAddresses } from "../../../sdk/addresses";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { serveMarket } from "../../../market/serveMarket";
import type { ServeOptions } from "../../../market/serveOptions";
import { readServeOptions, serveHelp } from "../../../market/serveOptions";
import { account } from "./samples";
import { filledReader } from "./service";

describe("Market service's command", () => {
  describe("readServeOptions", () => {
    it("needs nothing for the local chain, and answers this machine only", () => {
      const { registry, ledger, escrow } = marketAddresses(31337);
      expect(readServeOptions([], {})).to.deep.equal({
        database: "market.db",
        readOnly: false,
        rpcUrl: "http://127.0.0.1:8545",
        contracts: { registry, ledger, escrow, evaluators: [], courts: [] },
        port: 8645,
        host: "127.0.0.1",
        trustedProxies: 0,
        rateLimit: 600,
      });
    });

    it("takes flags before variables, and the network's endpoint from its own variable", () => {
      const [one, two] = [account("evaluator"), account("other evaluator")];
      const args = [
        "--network",
        "base",
        "--port",
        "1",
        "--evaluators",
        `${one}, ${two}`,
        "--read-only",
        "--rate-limit",
        "0",
      ];
      const env = {
        MARKET_PORT: "2",
        MARKET_HOST: "0.0.0.0",
        BASE_RPC_URL: "https://base.example",
        MARKET_START_BLOCK: "7",
      };
      expect(readServeOptions(args, env)).to.deep.include({
        port: 1,
        host: "0.0.0.0",
        rpcUrl: "https://base.example",
        startBlock: 7,
        readOnly: true,
        rateLimit: null,
      });
      expect(readServeOptions(args, env)!.contracts.evaluators).to.deep.equal([one, two]);
      expect(readServeOptions(["--help"], {})).to.equal(undefined);
      expect(serveHelp()).to.contain("--trusted-proxies NUMBER").and.contain("MARKET_IPFS_GATEWAY");
    });

    for (const [args, message] of [
      [["--network", "mars"], '"mars" is not a known network'],
      [["--network", "sepolia"], "Ethereum Sepolia has no public endpoint: give --rpc or SEPOLIA_RPC_URL."],
      [["--port", "65536"], "--port must be a whole number up to 65535."],
      [["--port", "-1"], "--help lists the flags."],
      [["--rpc", "file:///etc/passwd"], "--rpc must be an address that begins with http:// or https://."],
      [["--evaluators", "0x12"], "--evaluators has a wrong checksum"],
      [["--prot", "1"], "Unknown option '--prot'"],
      [["serve"], "--help lists the flags."],
    ] as const) {
      it(`refuses ${args.join(" ")}`, () => {
        expect(() => readServeOptions(args, {})).to.throw(InvalidInputError, message);
      });
    }
  });

  describe("serveMarket", () => {
    const options: ServeOptions = { ...readServeOptions([], {})!, port: 0 };

    it("answers while the index follows the chain, and stops both in order", async () => {
      const done: string[] = [];
      let end = (): void => undefined;
      const reader = filledReader();
      const market = await serveMarket(options, {
        reader,
        graph: reader,
        follow: () => new Promise((resolve) => (end = resolve)),
        stop: () => {
          done.push("index");
          end();
          return Promise.resolve();
        },
      });
      expect((await fetch(`${market.url}/api/v1/agents/1`)).status).to.equal(200);
      await Promise.all([market.stop(), market.stop(), market.following]);
      expect(done).to.deep.equal(["index"]);
      expect(await fetch(market.url).catch(() => "refused")).to.equal("refused");
    });

    it("closes the index where it cannot answer, and has no GraphQL where the index has none", async () => {
      const reader = filledReader();
      let stopped = 0;
      const index = {
        reader,
        stop: () => {
          stopped += 1;
          return Promise.resolve();
        },
      };
      const first = await serveMarket(options, index);
      const query = {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"query":"{agents{id}}"}',
      };
      expect((await fetch(`${first.url}/graphql`, query)).status).to.equal(404);
      const taken = { ...options, port: Number(new URL(first.url).port) };
      const error = await serveMarket(taken, index).catch((one: unknown) => one as NodeJS.ErrnoException);
      expect((error as NodeJS.ErrnoException).code).to.equal("EADDRINUSE");
      expect(stopped).to.equal(1);
      await first.stop();
    });
  });
});
