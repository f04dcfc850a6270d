import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { openIndex } from "../../../market/openIndex";
import type { ServeOptions } from "../../../market/serveMarket";
import { serveMarket } from "../../../market/serveMarket";
import { filledReader } from "./service";

describe("Market service", () => {
  describe("serveMarket", () => {
    const options: ServeOptions = { port: 0, host: "127.0.0.1", trustedProxies: 0, rateLimit: 600 };

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

    it("asks for patience before the first block is indexed", async () => {
      const index = await openIndex({
        ...{ database: ":memory:", rpc: "http://127.0.0.1:1" },
        contracts: { registry: ZeroAddress, ledger: ZeroAddress, escrow: ZeroAddress },
      });

      const market = await serveMarket(options, { reader: index.reader, stop: () => index.stop() });
      const answer = await fetch(`${market.url}/api/v1/agents`);
      expect([answer.status, answer.headers.get("retry-after")]).to.deep.equal([503, "2"]);
      expect(await answer.json()).to.deep.include({
        detail: "the index has no block yet: wait until it has followed one.",
      });
      await market.stop();
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
      const error = await serveMarket(taken, index).catch((one: unknown) => one as Error);
      expect((error as Error).message).to.equal(`port ${taken.port} of 127.0.0.1 is taken: choose another one.`);
      expect(stopped).to.equal(1);
      await first.stop();
    });
  });
});
