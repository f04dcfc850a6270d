import { expect } from "chai";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { account, sampleAgent } from "./samples";
import type { Service } from "./service";
import { sendRaw, startService } from "./service";

describe("Market HTTP service: bounds", () => {
  let service: Service;

  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  describe("parameters", () => {
    const wrong: [path: string, parameter: string][] = [
      ["/api/v1/agents?limit=0", "limit"],
      ["/api/v1/agents?limit=101", "limit"],
      ["/api/v1/agents?limit=99999999999999999999", "limit"],
      ["/api/v1/agents?limit=1e2", "limit"],
      ["/api/v1/agents?limit=-1", "limit"],
      ["/api/v1/agents?limit=10&limit=20", "limit"],
      ["/api/v1/agents?text=", "text"],
      [`/api/v1/agents?text=${"a".repeat(201)}`, "text"],
      ["/api/v1/agents?text=a%00b", "text"],
      ["/api/v1/agents?text=a%0d%0ab", "text"],
      [`/api/v1/agents?${"skill=a&".repeat(21)}`, "skill"],
      ["/api/v1/agents?token=0x12", "token"],
      [`/api/v1/agents?token=${account("token").replace("A", "a")}`, "token"],
      [`/api/v1/agents?token=${account("token").slice(2)}`, "token"],
      ["/api/v1/agents?maxPrice=5", "maxPrice"],
      [`/api/v1/agents?token=${account("token")}&maxPrice=1.5`, "maxPrice"],
      [`/api/v1/agents?token=${account("token")}&maxPrice=${2n ** 256n}`, "maxPrice"],
      ["/api/v1/agents?minVolume=1", "minVolume"],
      ["/api/v1/agents?walletVerified=yes", "walletVerified"],
      ["/api/v1/agents?weight.text=-1", "weight.text"],
      ["/api/v1/agents?weight.text=NaN", "weight.text"],
      ["/api/v1/agents?weight.text=101", "weight.text"],
      [
        "/api/v1/agents?weight.text=0&weight.record=0&weight.price=0&weight.activity=0&weight.counterparties=0",
        "weight.text",
      ],
      ["/api/v1/agents?weight.luck=1", "weight.luck"],
      ["/api/v1/agents?__proto__=1", "__proto__"],
      ["/api/v1/agents?constructor=1", "constructor"],
      ["/api/v1/agents?Limit=1", "Limit"],
      ["/api/v1/status?verbose=1", "verbose"],
      ["/api/v1/agents/abc", "agentId"],
      ["/api/v1/agents/1%20or%201=1", "agentId"],
      [`/api/v1/agents/${2n ** 256n}`, "agentId"],
      ["/api/v1/agents//file", "agentId"],
      ["/api/v1/jobs/0xzz", "jobId"],
      [`/api/v1/jobs/0x1${"0".repeat(64)}`, "jobId"],
      ["/api/v1/jobs?status=funded", "status"],
      ["/api/v1/jobs?account=0x0", "account"],
      ["/api/v1/events?after=1", "after"],
      ["/api/v1/events?after=1-99999999999", "after"],
      ["/api/v1/events?after=1-1048576", "after"],
    ];
    for (const [path, parameter] of wrong) {
      it(`refuses ${path.slice(0, 70)} by naming ${parameter}`, async () => {
        const before = { ...service.reader.calls };
        const answer = await service.get(path);
        expect(answer.headers["content-type"]).to.equal("application/problem+json; charset=utf-8");
        expect(answer.json()).to.include({ status: 400, title: "Bad Request", parameter });
        expect(answer.json().detail).to.match(/^[A-Z].*\.$/);
        expect(service.reader.calls).to.deep.equal(before);
      });
    }

    it("takes the values at the bounds", async () => {
      const token = account("token");
      for (const path of [
        "/api/v1/agents?limit=1",
        "/api/v1/agents?limit=100",
        `/api/v1/agents?text=${"a".repeat(200)}`,
        `/api/v1/agents?token=${token}&maxPrice=${2n ** 256n - 1n}&minVolume=0`,
        "/api/v1/agents?weight.text=100&weight.record=0",
      ]) {
        expect((await service.get(path)).status, path).to.equal(200);
      }
      expect((await service.get(`/api/v1/agents/${2n ** 256n - 1n}`)).status).to.equal(404);
    });

    it("passes on the index's own refusal, as a sentence", async () => {
      service.reader.failure = new InvalidInputError("Search for fewer words.");
      const answer = await service.get("/api/v1/agents?text=a");
      service.reader.failure = undefined;
      expect(answer.json()).to.deep.equal({ title: "Bad Request", status: 400, detail: "Search for fewer words." });
    });
  });

  describe("cursors", () => {
    it("refuses one that was made up, cut, changed, or taken from another list", async () => {
      const cursor = String((await service.get("/api/v1/agents?limit=1")).json().next);
      expect((await service.get(`/api/v1/agents?limit=1&cursor=${cursor}`)).status).to.equal(200);
      const made = Buffer.from("000000000" + "2").toString("base64url");
      for (const path of [
        `/api/v1/agents?cursor=${made}`,
        `/api/v1/agents?cursor=${cursor.slice(0, -1)}`,
        `/api/v1/agents?cursor=${cursor.slice(0, -2)}AA`,
        `/api/v1/agents?cursor=A${cursor.slice(1)}A`,
        `/api/v1/agents?cursor=${cursor}&text=agent`,
        `/api/v1/agents?cursor=${"A".repeat(701)}`,
        `/api/v1/agents?cursor=..%2f..%2f..%2fetc%2fpasswd`,
        `/api/v1/jobs?cursor=${cursor}`,
        `/api/v1/agents/1/feedback?cursor=${cursor}`,
      ]) {
        const answer = await service.get(path);
        expect([answer.status, answer.json().parameter], path).to.deep.equal([400, "cursor"]);
      }
    });
  });

  describe("requests", () => {
    it("refuses an address that is too long, headers that are too long, and what is no HTTP", async () => {
      expect((await service.get(`/api/v1/agents?text=${"a".repeat(8200)}`)).status).to.equal(414);
      const headers = `X-Long: ${"a".repeat(20_000)}\r\n`;
      expect(await sendRaw(service.url, `GET / HTTP/1.1\r\nHost: a\r\n${headers}\r\n`)).to.match(/^HTTP\/1\.1 431 /);
      expect(await sendRaw(service.url, "hello\r\n\r\n")).to.match(
        /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/,
      );
      const smuggled =
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
      expect(await sendRaw(service.url, smuggled)).to.match(/^HTTP\/1\.1 400 /);
      expect((await service.send("GET", "http://evil.example/api/v1/status")).status).to.equal(400);
    });

    it("hangs up on who sends a request too slowly", async () => {
      const impatient = await startService({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
      try {
        // The other side never ends its headers, or its body: without the bound this would wait forever.
        const headers = await sendRaw(impatient.url, "GET /api/v1/status HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        expect(headers).to.match(/^HTTP\/1\.1 408 Request Timeout\r\n/);
        const start =
          "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
        expect(await sendRaw(impatient.url, start)).to.match(/^HTTP\/1\.1 408 /);
        const { headersTimeout, requestTimeout } = service.server.http;
        expect([headersTimeout, requestTimeout]).to.deep.equal([10_000, 20_000]);
      } finally {
        await impatient.close();
      }
    });

    it("stops reading a body that is longer than it says it may be", async () => {
      const chunk = `4000\r\n${"a".repeat(0x4000)}\r\n`.repeat(5);
      const head =
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
      expect(await sendRaw(service.url, head + chunk)).to.match(/^HTTP\/1\.1 413 /);
    });

    it("lets no text of a request into a header, and none of a stranger into a page", async () => {
      const injected = await service.get("/api/v1/agents/1%0d%0aSet-Cookie:%20a=b");
      expect(injected.status).to.equal(400);
      expect(injected.headers).to.not.have.property("set-cookie");
      expect(injected.text).to.not.contain("Set-Cookie");
      const name = "<script>alert(1)</script>";
      service.reader.agents.push(sampleAgent("6", { name }));
      service.reader.files.set("6", name);
      const agent = await service.get("/api/v1/agents/6");
      expect(agent.json().name).to.equal(name);
      for (const answer of [
        agent,
        await service.get("/api/v1/agents/6/file"),
        await service.get(`/api/v1/agents?${name}=1`),
      ]) {
        expect(answer.headers["content-type"]).to.match(/^application\/(problem\+)?json; charset=utf-8$/);
        expect(answer.headers["x-content-type-options"]).to.equal("nosniff");
        expect(answer.headers["content-security-policy"]).to.equal("default-src 'none'; frame-ancestors 'none'");
        expect(answer.headers["referrer-policy"]).to.equal("no-referrer");
      }
    });
  });

  describe("a faulty index", () => {
    it("is logged in one line, and the caller learns nothing of it", async () => {
      const lines: string[] = [];
      const write = console.error;
      console.error = (line: string) => lines.push(line);
      service.reader.failure = new Error("password=hunter2\nat /home/secret");
      const answer = await service.get("/api/v1/overview").finally(() => {
        console.error = write;
        service.reader.failure = undefined;
      });
      expect(answer.status).to.equal(500);
      expect(answer.text).to.not.match(/hunter2|secret|Error:/);
      expect(lines).to.have.length(1);
      expect(lines[0]).to.not.contain("\n");
      expect(JSON.parse(lines[0]!)).to.include({ level: "error", route: "/api/v1/overview", error: "Error" });
    });

    it("is waited for only so long", async () => {
      const hasty = await startService({ readTimeoutMs: 20 });
      let open = (): void => undefined;
      hasty.reader.gate = new Promise((resolve) => (open = resolve));
      try {
        const answer = await hasty.get("/api/v1/overview");
        expect([answer.status, answer.headers["retry-after"]]).to.deep.equal([503, "5"]);
        expect((await hasty.get("/healthz")).status).to.equal(503);
      } finally {
        open();
        await hasty.close();
      }
    });
  });
});
