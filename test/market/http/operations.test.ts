import { expect } from "chai";

import { HealthCheck } from "../../../market/http/health";
import { RateLimiter, bucketOf } from "../../../market/http/rateLimit";
import { MemoryReader } from "./MemoryReader";
import type { Service } from "./service";
import { startService } from "./service";

describe("Market HTTP service: operations", () => {
  let service: Service | undefined;

  afterEach(async () => {
    await service?.close();
    service = undefined;
  });

  describe("rate limit", () => {
    it("refills with time, charges no more than is there, and never a caller for another", () => {
      let now = 0;
      const limiter = new RateLimiter({ perMinute: 60, burst: 3 }, () => now);
      const take = (caller: string, cost = 1) => limiter.take(caller, cost);
      expect([take("a"), take("a"), take("a"), take("a"), take("a")]).to.deep.equal([0, 0, 0, 1, 1]);
      expect(take("b")).to.equal(0);
      now = 999;
      expect(take("a")).to.equal(1);
      now = 1000;
      expect([take("a"), take("a")]).to.deep.equal([0, 1]);
      now = 1e9;
      expect([take("a", 2), take("a", 2), take("a", 1)]).to.deep.equal([0, 1, 0]);
      // What costs more than a whole bucket takes the whole bucket.
      now = 2e9;
      expect([take("a", 50) === 0, take("a", 1) > 0]).to.deep.equal([true, true]);
    });

    it("forgets who was longest away, so that its memory is bounded", () => {
      const limiter = new RateLimiter({ perMinute: 1, burst: 1 }, () => 0);
      expect([limiter.take("first", 1), limiter.take("first", 1)]).to.deep.equal([0, 60]);
      for (let i = 0; i < 19_999; i += 1) {
        limiter.take(`10.0.${i >> 8}.${i & 255}`, 1);
      }
      expect(limiter.take("first", 1)).to.equal(60);
      for (let i = 0; i < 20_000; i += 1) {
        limiter.take(`10.1.${i >> 8}.${i & 255}`, 1);
      }
      expect(limiter.take("first", 1)).to.equal(0);
    });

    it("takes a customer's IPv6 network for one caller", () => {
      expect(bucketOf("2001:db8:1:2::5")).to.equal(bucketOf("2001:db8:1:2:ffff:0:1:1"));
      expect(bucketOf("2001:db8::5")).to.equal("2001:db8:0:0::/64");
      expect(bucketOf("2001:db8:1:2::5")).to.not.equal(bucketOf("2001:db8:1:3::5"));
      expect(bucketOf("::ffff:192.0.2.1")).to.equal("192.0.2.1");
      expect(bucketOf("::1")).to.equal("0:0:0:0::/64");
      expect(bucketOf("fe80::1%eth0")).to.equal("fe80:0:0:0::/64");
    });

    it("answers 429 with Retry-After, and lets the operator's probes through", async () => {
      service = await startService({ rateLimit: { perMinute: 1, burst: 2 } });
      const statuses = [];
      for (let i = 0; i < 3; i += 1) {
        statuses.push((await service.get("/api/v1/status")).status);
      }
      expect(statuses).to.deep.equal([200, 200, 429]);
      const refused = await service.get("/nowhere");
      expect(refused.json()).to.include({ status: 429, title: "Too Many Requests" });
      expect(Number(refused.headers["retry-after"])).to.be.within(1, 60);
      expect((await service.get("/healthz")).status).to.equal(200);
      expect((await service.get("/metrics")).text).to.contain("market_http_rate_limited_total 2");
    });

    it("believes X-Forwarded-For only as far as proxies are trusted", async () => {
      const rateLimit = { perMinute: 1, burst: 1 };
      const statusOf = async (forwarded: string) =>
        (await service!.get("/api/v1/status", { "x-forwarded-for": forwarded })).status;
      service = await startService({ rateLimit });
      expect([await statusOf("192.0.2.1"), await statusOf("192.0.2.2")]).to.deep.equal([200, 429]);
      await service.close();
      service = await startService({ rateLimit, trustedProxies: 1 });
      expect([await statusOf("192.0.2.1"), await statusOf("192.0.2.2")]).to.deep.equal([200, 200]);
      // What the caller itself wrote stands before what the proxy appended, and makes nobody else of it.
      expect(await statusOf("198.51.100.7, 192.0.2.1")).to.equal(429);
      expect(await statusOf("nonsense")).to.equal(200);
      expect(await statusOf("other nonsense")).to.equal(429);
    });
  });

  describe("health", () => {
    it("is ill when the index is behind, has lost the chain, or does not answer", async () => {
      let now = 1_700_000_000_000;
      const reader = new MemoryReader();
      const health = new HealthCheck(reader, { blocks: 5, seconds: 60 }, 1000, () => now);
      const check = async (block: number, head: number, askedAt: number) => {
        now += 1000;
        reader.statusNow.block.number = block;
        reader.statusNow.head = { number: head, askedAt };
        return health.check();
      };
      const seconds = () => Math.floor(now / 1000) + 1;
      expect(await check(100, 105, seconds())).to.deep.equal({
        ok: true,
        block: 100,
        head: 105,
        blocksBehind: 5,
        headAge: 0,
      });
      expect((await check(100, 106, seconds())).problem).to.equal("The index is 6 blocks behind the chain.");
      expect((await check(100, 100, seconds() - 60)).ok).to.equal(true);
      expect((await check(100, 100, seconds() - 61)).problem).to.equal(
        "The chain's head was last seen 61 seconds ago.",
      );
      reader.failure = new Error("gone");
      now += 1000;
      expect(await health.check()).to.deep.equal({ ok: false, problem: "The index does not answer." });
    });

    it("asks the index once for a flood of probes, and answers 503 when it is ill", async () => {
      service = await startService();
      const { url, reader } = service;
      await Promise.all(Array.from({ length: 30 }, () => fetch(`${url}/healthz`).then((answer) => answer.text())));
      expect(reader.calls.status).to.be.lessThan(10);
      await service.close();
      service = await startService({ staleAfter: { blocks: 5, seconds: 3600 } });
      service.reader.statusNow.head.number = 999;
      const answer = await service.get("/healthz");
      expect(answer.status).to.equal(503);
      expect(answer.json()).to.include({ ok: false, blocksBehind: 879 });
    });
  });

  it("counts requests by route and status, with durations that add up", async () => {
    service = await startService();
    await service.get("/api/v1/agents/1");
    await service.get("/api/v1/agents/2");
    await service.get("/api/v1/agents/77");
    await service.get("/wp-login.php");
    const { text, headers } = await service.get("/metrics");
    expect(headers["content-type"]).to.equal("text/plain; version=0.0.4; charset=utf-8");
    const lines = text.split("\n");
    expect(lines).to.include('market_http_requests_total{route="/api/v1/agents/{agentId}",status="200"} 2');
    expect(lines).to.include('market_http_requests_total{route="/api/v1/agents/{agentId}",status="404"} 1');
    expect(lines).to.include('market_http_requests_total{route="other",status="404"} 1');
    expect(lines).to.include(
      'market_http_request_duration_seconds_bucket{route="/api/v1/agents/{agentId}",le="+Inf"} 3',
    );
    expect(lines).to.include("market_index_block 120");
    expect(lines).to.include("market_index_blocks_behind 0");
    expect(lines).to.include('market_index_rows{kind="agents"} 3');
    for (const line of lines.filter((one) => one !== "" && !one.startsWith("#"))) {
      expect(line).to.match(/^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[\d.e+-]+$/);
    }
  });

  it("closes while requests are under way: they are answered, and no new ones taken", async () => {
    service = await startService();
    let open = (): void => undefined;
    service.reader.gate = new Promise((resolve) => (open = resolve));
    const underWay = service.get("/api/v1/overview");
    while (service.reader.calls.overview === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const closed = service.server.close(5000);
    const refused = await service.get("/api/v1/status").catch((error: unknown) => (error as { code: string }).code);
    expect(refused).to.equal("ECONNREFUSED");
    open();
    expect((await underWay).status).to.equal(200);
    await closed;
    service = undefined;
  });

  it("says in its headers that other origins may read, or does not", async () => {
    service = await startService({ cors: false });
    expect((await service.get("/api/v1/status")).headers).to.not.have.property("access-control-allow-origin");
    expect((await service.send("OPTIONS", "/graphql")).headers).to.not.have.property("access-control-allow-methods");
    await service.close();
    service = await startService();
    expect((await service.get("/api/v1/status")).headers["access-control-allow-origin"]).to.equal("*");
  });
});
