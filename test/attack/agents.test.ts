import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Wallet, ZeroHash, id } from "ethers";
import type { Filter } from "ethers";
import { ethers } from "hardhat";

import { askForOffer } from "../../examples/client/ask";
import { doWorkApart } from "../../examples/workers/apart";
import { lint } from "../../examples/workers/lint";
import type { Worker } from "../../examples/workers/work";
import { doWork } from "../../examples/workers/work";
import { makeAgentCard } from "../../market/a2a/agentCard";
import { createA2aHandler } from "../../market/a2a/server";
import { connectAgentMarket } from "../../sdk/client";
import type { IndexClient } from "../../sdk/discovery/client";
import { NegotiationDesk } from "../../sdk/negotiation/desk";
import { formatJobId } from "../../sdk/jobId";
import { negotiationEndpoint, sendInput } from "../../sdk/negotiation/httpClient";
import { parseRegistration } from "../../sdk/registration";
import { contentHash } from "../../sdk/terms";
import { thrown } from "../fixtures/a2a";
import { CONTRACT, INPUT, LIST_PRICE, POLL, SAVINGS, TradingPlace, eventually } from "../fixtures/agents";
import { BOND, PHASE } from "../fixtures/evaluation";

/* What strangers try on the two example agents. Each of these tests fails without the guard that it aims at. */

const HTTP = { allowHttp: true };

describe("Attacks on the example provider", () => {
  let floor: TradingPlace;
  beforeEach(async () => {
    floor = await TradingPlace.open();
    await floor.endow({ desk: SAVINGS, spy: SAVINGS, linter: BOND });
  });
  afterEach(() => floor.close());

  /** Hires by hand, so as to stop anywhere. */
  async function hireByHand(name: string, agentId: bigint) {
    const { index, token, evaluator, addresses } = floor;
    const signer = floor.walletOf(name);
    const market = connectAgentMarket({ runner: signer, addresses, index, pollMilliseconds: POLL });
    const options = { signer, index, token, evaluator, http: HTTP };
    const task = { contract: CONTRACT, input: INPUT, budget: LIST_PRICE };
    const { signedOffer, contract } = await askForOffer(options, market, task, agentId.toString());
    const { jobId } = (await market.hire({ signedOffer, terms: contract, inputHash: contentHash(INPUT) })).result;
    const handOver = async () => {
      const file = parseRegistration(JSON.stringify(await index.agentFile(agentId.toString())), "its file");
      const { provider } = signedOffer.offer;
      const input = { place: signedOffer, client: signer.address, provider, jobId, bytes: INPUT };
      await sendInput(negotiationEndpoint(file)!, signer, { ...input, now: await market.now() }, HTTP);
    };
    return { market, jobId, handOver };
  }

  it("a stranger who knows the hash of a client's file gets no work on it", async () => {
    const { agentId } = await floor.startProvider("linter");
    expect((await floor.hire("desk")).status).to.equal("Completed");
    // The hash is on the chain. The spy never had the file.
    const { market, jobId } = await hireByHand("spy", agentId);
    await time.increaseTo((await market.job(jobId)).expiredAt - 30n);
    await eventually(async () => (await market.job(jobId)).status !== "Funded");
    expect((await market.job(jobId)).status).to.equal("Rejected");
    expect(await floor.balanceOf("spy")).to.equal(SAVINGS);
  });

  it("a client that brings its file at the last moment does not spoil a provider's record", async () => {
    const first = await floor.startProvider("linter");
    const { market, jobId } = await hireByHand("desk", first.agentId);
    await first.stop();
    // What could still be done here in time would not be, where each job takes two minutes.
    await time.increaseTo((await market.job(jobId)).expiredAt - 170n);
    floor.filesOf("linter").write("inputs", INPUT, formatJobId(jobId));
    await floor.startProvider("linter");
    await eventually(async () => (await market.job(jobId)).status !== "Funded");
    expect((await market.job(jobId)).status).to.equal("Rejected");
    expect(floor.heard("back: too little time is left for it")).to.equal(true);
  });

  it("work that is waited for does not keep a provider from its disputes", async () => {
    const first = await floor.startProvider("linter");
    const waiting = await hireByHand("spy", first.agentId);
    const { market, jobId, handOver } = await hireByHand("desk", first.agentId);
    await eventually(() =>
      handOver().then(
        () => true,
        () => false,
      ),
    );
    await eventually(async () => (await market.job(jobId)).status === "Submitted");
    await first.stop();
    await market.dispute({ jobId });
    floor.filesOf("linter").write("inputs", INPUT, formatJobId(waiting.jobId));
    const done: string[] = [];
    const noted =
      (kind: string): Worker =>
      (contract, input) => {
        done.push(kind);
        return doWork(contract, input);
      };
    // It looks at what is open only after it has noticed both.
    await floor.startProvider("linter", { work: noted("work"), recheck: noted("recheck"), pollMilliseconds: 1_000 });
    await eventually(() => done.length === 2);
    expect(done).to.deep.equal(["recheck", "work"]);
  });

  it("a client that disputes right work and falls silent does not get it for half", async () => {
    const { agentId } = await floor.startProvider("linter");
    const { market, jobId, handOver } = await hireByHand("desk", agentId);
    await eventually(async () =>
      handOver().then(
        () => true,
        () => false,
      ),
    );
    await eventually(async () => (await market.job(jobId)).status === "Submitted");
    await market.dispute({ jobId });
    await eventually(async () => (await floor.court.judge.disputeOf(jobId)).phase === PHASE.Escalated);
  });

  it("a file that is larger than its terms say is not worked on for the price of a small one", async () => {
    await floor.startProvider("linter");
    const [input] = CONTRACT.inputs;
    const contract = { ...CONTRACT, inputs: [{ ...input!, size: 10 }] };
    expect((await floor.hire("desk", {}, { contract })).status).to.equal("Rejected");
    expect(floor.heard("where its terms state 10")).to.equal(true);
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
  });

  it("a stranger's words cannot forge lines of what it says, nor steer a terminal", async () => {
    await floor.startProvider("linter");
    const title = "lint\u001b[2J\nis paid";
    await floor.hire("desk", {}, { contract: { ...CONTRACT, title } });
    const line = floor.told.find((one) => one.startsWith("linter delivers"));
    expect(line).to.match(/^linter delivers job 0x\w+: "lint \[2J is paid"$/);
  });

  describe("by its endpoint of the chain", () => {
    /** The chain, with faults that a test turns on. */
    function flaky(faults: { isDown?: () => boolean; getLogs?: (filter: Filter) => void; getBlock?: () => boolean }) {
      return new Proxy(ethers.provider, {
        get(target, name, receiver) {
          if (name === "provider") return receiver as unknown;
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== "function") return member;
          return (...args: unknown[]) => {
            if (faults.isDown?.() === true) return Promise.reject(new Error("the endpoint is down"));
            if (name === "getLogs") faults.getLogs?.(args[0] as Filter);
            if (name === "getBlock" && faults.getBlock?.() === true) return Promise.resolve({ hash: ZeroHash });
            return (member as (...given: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    }
    const signerOn = (name: string, chain: unknown) => new Wallet(id(name), chain as typeof ethers.provider);
    const isAbout = (filter: Filter, event: string) => JSON.stringify(filter.topics ?? []).includes(event);

    it("an outage, also of the one question who hired it, does not end a provider", async () => {
      let down = false;
      let once = true;
      const hired = floor.court.escrow.getEvent("JobHired").fragment.topicHash;
      const getLogs = (filter: Filter) => {
        if (!once || !isAbout(filter, hired)) return;
        once = false;
        throw new Error("the endpoint is down");
      };
      await floor.startProvider("linter", { signer: signerOn("linter", flaky({ getLogs, isDown: () => down })) });
      down = true;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      down = false;
      expect((await floor.hire("desk", { pollMilliseconds: 200 })).status).to.equal("Completed");
      expect(once).to.equal(false);
    });

    it("a reorganisation does not end a provider", async () => {
      let replaced = 0;
      const getBlock = () => replaced-- > 0;
      await floor.startProvider("linter", { signer: signerOn("linter", flaky({ getBlock })) });
      await new Promise((resolve) => setTimeout(resolve, 200));
      replaced = 3;
      await eventually(() => replaced <= 0);
      expect((await floor.hire("desk", { pollMilliseconds: 200 })).status).to.equal("Completed");
    });

    it("a fault while a client looks at the work does not let it forget its job", async () => {
      await floor.startProvider("linter");
      const submitted = floor.court.escrow.getEvent("JobSubmitted").fragment.topicHash;
      let faults = 0;
      const getLogs = (filter: Filter) => {
        if (isAbout(filter, submitted) && ++faults === 1) throw new Error("the endpoint is down");
      };
      const signer = signerOn("desk", flaky({ getLogs }));
      expect((await floor.hire("desk", { signer })).status).to.equal("Completed");
      expect(faults).to.be.greaterThan(1);
    });
  });

  describe("on its client, by an index", () => {
    const lying = (lies: Partial<IndexClient>): Partial<{ index: IndexClient }> => ({
      index: { ...floor.index, ...lies },
    });

    it("one that has always more to tell does not keep a client for ever", async () => {
      let asked = 0;
      const search = () => {
        if (++asked > 500) throw new Error("it asks on and on");
        return Promise.resolve({ items: [], next: "more", block: 0 });
      };
      expect(await floor.runTask("desk", lying({ search }))).to.equal(undefined);
    });

    it("strangers that take their time do not let the offers in hand expire", async () => {
      await floor.startProvider("linter");
      let pages = 0;
      const search: IndexClient["search"] = async (request) => {
        if (++pages === 1) return { ...(await floor.index.search(request)), next: "more" };
        await time.increase(490); // of the 600 seconds that an offer is good for
        return { items: [], next: "more", block: 0 };
      };
      expect((await floor.hire("desk", lying({ search }))).status).to.equal("Completed");
      expect(pages).to.equal(2);
    });

    it("strangers that take their time do not keep a client searching", async () => {
      const realNow = Date.now;
      let passed = 0;
      let pages = 0;
      const search = () => {
        passed += 75_000;
        ++pages;
        return Promise.resolve({ items: [], next: "more", block: 0 });
      };
      Date.now = () => realNow() + passed;
      try {
        expect(await floor.runTask("desk", lying({ search }))).to.equal(undefined);
      } finally {
        Date.now = realNow;
      }
      expect(pages).to.equal(4);
    });

    it("one that tells more than was asked for does not send a client to all of them", async () => {
      await floor.startProvider("linter");
      let asked = 0;
      const send: typeof fetch = (url, init) => {
        ++asked;
        return fetch(url, init);
      };
      const http = { ...HTTP, fetch: send };
      const search: IndexClient["search"] = async (request) => {
        const page = await floor.index.search(request);
        return { ...page, items: Array.from({ length: 200 }, () => page.items[0]!) };
      };
      expect(await floor.hire("desk", { ...lying({ search }), http })).to.include({ status: "Completed", offers: 1 });
      expect(asked).to.be.lessThan(20);
    });

    it("one that lies about where an agent is gets neither terms nor input", async () => {
      await floor.startProvider("linter");
      let spied = 0;
      const spy = createServer((_, response) => {
        ++spied;
        response.writeHead(200).end("{}");
      });
      await once(spy.listen(0, "127.0.0.1"), "listening");
      floor.onClose(async () => {
        spy.closeAllConnections();
        await new Promise((resolve) => spy.close(resolve));
      });
      const { port } = spy.address() as AddressInfo;
      const agentFile = async (agentId: string) => {
        const file = parseRegistration(JSON.stringify(await floor.index.agentFile(agentId)));
        const endpoint = `http://127.0.0.1:${port}`;
        return { ...file, services: file.services.map((service) => ({ ...service, endpoint })) };
      };
      expect((await floor.hire("desk", lying({ agentFile }))).status).to.equal("Completed");
      expect(spied).to.equal(0);
    });

    it("one that forgets an agent's file, which is elsewhere, once it is hired does not end its client", async () => {
      const { agentId: known } = await floor.startProvider("linter");
      const file = (await floor.index.agentFile(known.toString()))!;
      const page = await floor.index.search({ skills: [CONTRACT.taskType], token: floor.token, limit: 5 });
      const { registry } = floor.court;
      await registry.connect(floor.walletOf("linter")).setAgentURI(known, "https://files.example/agent.json");
      // As it was known before.
      const search = () => Promise.resolve(page);
      let forgets = 0;
      const agentFile = () => Promise.resolve(forgets-- > 0 ? undefined : file);
      const tell = (line: string) => {
        if (line.startsWith("hires")) forgets = 3;
        floor.told.push(`desk ${line}`);
      };
      expect((await floor.hire("desk", { ...lying({ search, agentFile }), tell })).status).to.equal("Completed");
    });
  });

  it("a provider that is away for a while after its work is not disputed for that, one that stays away is", async () => {
    await floor.endow({ desk: SAVINGS });
    let stopped: Promise<void> | undefined;
    const first = await floor.startProvider("linter", {
      tell: (line) => {
        if (line.startsWith("delivers")) stopped = first.stop();
      },
    });
    const task = floor.hire("desk");
    await eventually(() => stopped !== undefined && floor.heard("cannot be reached"));
    await stopped;
    expect(floor.heard("desk disputes")).to.equal(false);
    const { escrow, judge } = floor.court;
    const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted());
    const { submittedAt } = await escrow.getJob(submitted!.args.jobId);
    await time.increaseTo(submittedAt + (await judge.REVIEW_PERIOD()) - 80_000n);
    await eventually(() => floor.heard("desk disputes the work: it was not handed over"));
    const { jobId } = submitted!.args;
    await eventually(async () => (await judge.disputeOf(jobId)).phase === PHASE.Disputed);
    await time.increase((await judge.RESPONSE_PERIOD()) + 1n);
    expect((await task).status).to.equal("Rejected");
  });

  /** Goes into the last day of the review of the one job that was delivered. */
  async function lastDayOfReview(): Promise<void> {
    const { escrow, judge } = floor.court;
    const submitted = () => escrow.queryFilter(escrow.filters.JobSubmitted());
    await eventually(async () => (await submitted()).length > 0);
    const { submittedAt } = await escrow.getJob((await submitted())[0]!.args.jobId);
    await time.increaseTo(submittedAt + (await judge.REVIEW_PERIOD()) - 80_000n);
  }

  it("work whose check keeps failing is disputed in the end, and silence does not pay for it", async () => {
    await floor.endow({ desk: SAVINGS });
    let checks = 0;
    const verify = () => {
      ++checks;
      throw new Error("nobody can parse this");
    };
    await floor.startProvider("linter");
    const stop = new AbortController();
    const task = floor.hire("desk", { verify, signal: stop.signal }).catch((error: unknown) => error);
    await eventually(() => checks > 2);
    expect(floor.heard("desk disputes")).to.equal(false);
    await lastDayOfReview();
    await eventually(() => floor.heard("desk disputes the work: it cannot be checked: nobody can parse this"));
    const { judge } = floor.court;
    await eventually(async () => (await judge.queryFilter(judge.filters.Disputed())).length > 0);
    stop.abort();
    await task;
  });

  it("a provider's own limit does not decide how much its client reads", async () => {
    const registration = structuredClone(await floor.registration("linter")) as unknown as {
      catalogue: { services: { deliverable: { maxSize?: number } }[] };
    };
    registration.catalogue.services[0]!.deliverable.maxSize = 900_000_000;
    const deliverable = { ...CONTRACT.deliverable };
    delete (deliverable as { maxSize?: number }).maxSize;
    await floor.startProvider("linter", { registration: registration as never });
    const MEGABYTE = 1_048_576;
    const read: number[] = [];
    const flood = () => {
      let sent = 0;
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += MEGABYTE;
          controller.enqueue(new Uint8Array(MEGABYTE));
          if (sent < 40 * MEGABYTE) return;
          read.push(sent);
          controller.close();
        },
        cancel() {
          read.push(sent);
        },
      });
    };
    const send: typeof fetch = (url, init) =>
      (url as URL).pathname.endsWith("/deliverable") ? Promise.resolve(new Response(flood())) : fetch(url, init);
    const stop = new AbortController();
    const options = { signal: stop.signal, http: { ...HTTP, fetch: send } };
    const ended = floor
      .hire("desk", options, { contract: { ...CONTRACT, deliverable } })
      .catch((error: unknown) => error);
    await eventually(() => read.length > 0);
    expect(read[0]).to.be.within(16 * MEGABYTE, 20 * MEGABYTE);
    stop.abort();
    await ended;
  });

  it("a provider that is back late, but in time, gets its client's file", async () => {
    let refusals = 50;
    const send: typeof fetch = (url, init) => {
      if (init?.method === "PUT" && refusals-- > 0) return Promise.reject(new Error("nobody is here"));
      return fetch(url, init);
    };
    await floor.startProvider("linter");
    expect((await floor.hire("desk", { http: { ...HTTP, fetch: send } })).status).to.equal("Completed");
    expect(refusals).to.be.lessThan(0);
    expect(floor.told.filter((line) => line.includes("nobody is here"))).to.have.lengthOf(1);
  });

  it("a provider that promises less than the form asked for is passed over", async () => {
    const registration = structuredClone(await floor.registration("linter")) as unknown as {
      catalogue: { services: { deliverable: object; sample?: object }[] };
    };
    registration.catalogue.services[0]!.deliverable = { mediaType: "application/json" };
    delete registration.catalogue.services[0]!.sample;
    await floor.startProvider("linter", { registration: registration as never });
    expect(await floor.runTask("desk")).to.equal(undefined);
    expect(floor.heard("/deliverable/encoding is not the service's")).to.equal(true);
  });

  it("one network does not ask over A2A as often as it has addresses", async () => {
    const place = { chainId: 31_337n, escrow: floor.addresses.escrow };
    const { address: provider } = floor.walletOf("linter");
    const card = makeAgentCard({
      file: await floor.registration("linter"),
      baseUrl: "https://a.example",
      place,
      provider,
    });
    const desk = new NegotiationDesk({ place, provider, decide: () => Promise.resolve(undefined) });
    const handler = createA2aHandler({ card, desk, limits: { perAddress: { burst: 1, perMinute: 1 } } });
    const status = async (from: string) =>
      (await handler(new Request("https://a.example/.well-known/agent-card.json"), from)).status;
    expect(await status("2001:db8::1")).to.equal(200);
    expect(await status("2001:db8::2")).to.equal(429);
    expect(await status("2001:db8:0:1::2")).to.equal(200);
  });
});

describe("Attacks on the example workers", () => {
  it("a file that keeps a parser busy for days is given up, and all others are done as ever", async () => {
    const nested = `contract C { uint x = ${"(".repeat(3_000)}1${")".repeat(3_000)}; }`;
    let isAwake = false;
    setTimeout(() => (isAwake = true), 500);
    const error = await thrown(doWorkApart(CONTRACT, new TextEncoder().encode(nested), 5));
    expect(error).to.match(/takes longer than 5 seconds/);
    expect(isAwake).to.equal(true);
    expect(await doWorkApart(CONTRACT, INPUT)).to.deep.equal(JSON.parse(JSON.stringify(doWork(CONTRACT, INPUT))));
    const unknown = await thrown(doWorkApart({ ...CONTRACT, taskType: "code/guess" }, INPUT));
    expect(unknown).to.match(/Nobody here does "code\/guess"/);
  });

  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "agent-market-rules-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("a client's rules cannot name a file that is run, such as its own input", () => {
    const file = join(folder, "0xinput");
    writeFileSync(file, "globalThis.taken = true; module.exports = { rules: {} };");
    const climbing = `@a/../../${relative(process.cwd(), file)}`;
    for (const parameters of [
      { extends: file, rules: {} },
      { extends: climbing, rules: {} },
      { extends: ["solhint:recommended", file], rules: {} },
      { extends: "solhint:recommended", rules: {}, plugins: ["x"], __pluginPaths: [folder] },
    ]) {
      expect(() => lint({ ...CONTRACT, parameters: parameters as never }, INPUT)).to.throw(/solhint:recommended/);
      expect(Reflect.get(globalThis, "taken")).to.equal(undefined);
    }
  });
});
