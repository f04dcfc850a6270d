import { connect } from "node:net";

import { expect } from "chai";

import { documentOf } from "../../../market/files/document";
import { createMarketServer } from "../../../market/http/server";
import { REGISTRATION_TYPE } from "../../../sdk/registration";
import { marketFixture } from "../../fixtures/market";
import { indexOf } from "../index/support";
import { graphAgent, sampleAgent } from "./samples";
import { startService, until } from "./service";

/** As much as a file of 256 KB can hold, in every list. */
function largestFile() {
  const long = "x".repeat(2_000);
  const skills = Array.from({ length: 40 }, (_, i) => `${i}${"s".repeat(190)}`);
  const listed = { description: long, skills: skills.slice(0, 2) };
  return {
    type: REGISTRATION_TYPE,
    name: "n".repeat(200),
    description: "d".repeat(10_000),
    image: `https://example.org/${long.slice(30)}`,
    services: Array.from({ length: 40 }, (_, i) => ({ name: `web${i}`, endpoint: long, skills })),
    catalogue: { services: Array.from({ length: 60 }, (_, i) => ({ id: `${i}`, name: long, ...listed })) },
  } as never;
}

describe("Market HTTP service: large answers", () => {
  it("reads on from a search of as many results as there can be", async () => {
    const m = await marketFixture();
    const register = m.registry.connect(m.stranger)["register()"];
    for (let i = 0; i < 310; ++i) await register();
    const index = await indexOf(m, ":memory:");
    await index.catchUp();
    const server = createMarketServer({ reader: index.reader });
    try {
      const url = await server.listen(0);
      const ids: string[] = [];
      let next: string | undefined;
      do {
        const cursor = next === undefined ? "" : `&cursor=${next}`;
        const answer = await fetch(`${url}/api/v1/agents?active=false&limit=50${cursor}`);
        const page = (await answer.json()) as { items: { agent: { agentId: string } }[]; next?: string };
        expect(answer.status).to.equal(200);
        ids.push(...page.items.map(({ agent }) => agent.agentId));
        next = page.next;
      } while (next !== undefined);
      expect(new Set(ids).size).to.equal(300);
    } finally {
      await server.close(0);
      await index.stop();
    }
  });

  it("bounds what one agent's file adds to every answer that shows the agent", () => {
    expect(JSON.stringify(documentOf(largestFile(), 1n)).length).to.be.below(80_000);
  });

  it("refuses a GraphQL answer that repeats long texts, and variables that are nested deep", async () => {
    const service = await startService();
    try {
      const agent = graphAgent("1");
      agent.registrationFile = { ...agent.registrationFile!, description: "d".repeat(10_000) };
      service.reader.rows.Agent = Array.from({ length: 1_000 }, () => agent);
      const aliases = Array.from({ length: 100 }, (_, i) => `a${i}: description`).join(" ");
      const large = await service.graphql(`{ agents(first: 1000) { registrationFile { ${aliases} } } }`);
      expect(JSON.stringify(large.errors)).to.contain("ask for fewer");
      expect(large.data).to.equal(undefined);

      const filter = `${'{"and":['.repeat(3_000)}{}${"]}".repeat(3_000)}`;
      const query = "query($w: Agent_filter) { agents(where: $w) { id } }";
      const body = `{"query":${JSON.stringify(query)},"variables":{"w":${filter}}}`;
      const answer = await service.send("POST", "/graphql", { "content-type": "application/json" }, body);
      expect([answer.status, answer.json().parameter]).to.deep.equal([400, "body"]);
    } finally {
      await service.close();
    }
  });

  it("holds only so many answers for a caller who does not read them, and not for long", async () => {
    const service = await startService({ maxUnsentBytes: 10_000_000, sendTimeoutMs: 300 });
    const sockets = [];
    try {
      service.reader.agents = [{ ...sampleAgent("1"), description: "d".repeat(4_000_000) }];
      const port = Number(new URL(service.url).port);
      let closed = 0;
      for (let i = 0; i < 6; ++i) {
        const socket = connect(port, "127.0.0.1", () =>
          socket.write("GET /api/v1/agents/1 HTTP/1.1\r\nHost: a\r\n\r\n"),
        );
        socket.on("error", () => undefined).on("close", () => ++closed);
        socket.pause();
        sockets.push(socket);
      }
      await until("the bound is reached", async () => (await service.get("/api/v1/agents/1")).status === 429);
      await until("the answers are given up", async () => (await service.get("/api/v1/agents/1")).status === 200);
      for (const socket of sockets) socket.resume();
      await until("their connections are cut", () => closed > 1);
    } finally {
      for (const socket of sockets) socket.destroy();
      await service.close();
    }
  });
});
