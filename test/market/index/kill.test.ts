import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { expect } from "chai";
import { ethers, network } from "hardhat";

import { DELIVERABLE, REASON, hireJob } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";
import { dump, freshDump } from "./dump";
import { indexOf, overBothDatabases } from "./support";

interface Call {
  id: number;
  method: string;
  params: unknown[];
}

/** The in-process chain over HTTP, for another process. */
async function serveChain(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[];
      const answer = async ({ id, method, params }: Call) => {
        try {
          const result: unknown = await network.provider.send(method, params);
          return { jsonrpc: "2.0", id, result };
        } catch (error) {
          return { jsonrpc: "2.0", id, error: { code: -32_000, message: (error as Error).message } };
        }
      };
      response.end(JSON.stringify(Array.isArray(body) ? await Promise.all(body.map(answer)) : await answer(body)));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("market index: killed in the middle", () => {
  overBothDatabases((database) => {
    it("goes on where the last whole batch ended, and counts nothing twice", async () => {
      const m = await marketFixture();
      for (let salt = 1n; salt <= 8n; ++salt) {
        const { jobId } = await hireJob(m, { offer: { salt } });
        await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
        await m.escrow.connect(m.evaluator).complete(jobId, REASON, "0x");
      }
      const head = await ethers.provider.getBlockNumber();
      const url = await database();
      const { server, url: rpc } = await serveChain();
      const contracts = {
        registry: await m.registry.getAddress(),
        ledger: await m.ledger.getAddress(),
        escrow: await m.escrow.getAddress(),
      };
      const options = { database: url, rpc, contracts, window: 2, maxRange: 1 };
      try {
        let reached = -1;
        // Killed several times, each time after a few blocks more.
        for (const target of [head - 18, head - 11, head - 5]) {
          const child = spawn(
            process.execPath,
            ["--require", "tsx/cjs", join(__dirname, "followChild.ts"), JSON.stringify(options)],
            { stdio: ["ignore", "pipe", "inherit"] },
          );
          for await (const line of createInterface({ input: child.stdout })) {
            expect(Number(line)).to.be.greaterThan(reached);
            reached = Number(line);
            if (reached >= target) break;
          }
          const ended = once(child, "exit");
          child.kill("SIGKILL");
          expect((await ended)[1]).to.equal("SIGKILL");
        }
        const index = await indexOf(m, url, { window: 2 });
        const { block } = await index.reader.status();
        expect(block.number).to.be.within(reached, head);
        await index.catchUp();
        await index.stop();
        expect(index.notices).to.deep.equal([]);
        expect(await dump(url)).to.deep.equal(await freshDump(m, await database()));
      } finally {
        server.close();
        server.closeAllConnections();
      }
    });
  });
});
