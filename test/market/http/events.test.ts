import type { IncomingMessage } from "node:http";
import { get } from "node:http";
import { connect } from "node:net";

import { expect } from "chai";

import type { TimelineEntry } from "../../../sdk/discovery/model";
import type { MarketServerSettings } from "../../../market/http/server";
import { sampleEvent } from "./samples";
import type { Service } from "./service";
import { startService, until } from "./service";

interface Listener {
  response: IncomingMessage;
  text: () => string;
  /** Ids of the entries that came, and `reorg` for each notice of one. */
  ids: () => string[];
  ended: () => boolean;
  stop: () => void;
}

const FAST = { pollMs: 5, heartbeatMs: 15_000, slowReaderMs: 10_000 };

describe("Market HTTP service: event stream", () => {
  let service: Service;
  const listeners: Listener[] = [];

  const start = async (streams: object = {}, settings: Partial<MarketServerSettings> = {}) => {
    service = await startService({ ...settings, streams: { ...FAST, ...streams } });
  };
  afterEach(async () => {
    for (const listener of listeners.splice(0)) {
      listener.stop();
    }
    await service.close();
  });

  function listen(path = "/api/v1/events", headers: Record<string, string> = {}): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const call = get(`${service.url}${path}`, { headers, agent: false }, (response) => {
        let text = "";
        let ended = false;
        response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
        response.on("close", () => (ended = true));
        response.on("error", () => undefined);
        const ids = () =>
          [...text.matchAll(/^id: (.*)\n(event: (.*)\n)?data/gm)]
            .filter(([, , , event]) => event !== "ready")
            .map(([, id, , event]) => (event === undefined ? id! : `${event} ${id}`));
        const listener = { response, text: () => text, ids, ended: () => ended, stop: () => call.destroy() };
        listeners.push(listener);
        resolve(listener);
      });
      call.on("error", reject);
    });
  }

  const happen = (...entries: TimelineEntry[]) => {
    service.reader.timeline.push(...entries);
    const last = entries.at(-1)!;
    service.reader.statusNow.block = { number: last.block, hash: last.transaction, time: last.time };
  };

  it("begins at the latest block, and tells what comes after it", async () => {
    await start();
    const listener = await listen();
    expect(listener.response.headers["content-type"]).to.equal("text/event-stream; charset=utf-8");
    expect(listener.response.headers["cache-control"]).to.equal("no-cache");
    const entry = sampleEvent(121, 0, { reason: "line\nbreak\rand data: more" });
    happen(entry, sampleEvent(121, 4));
    await until("two events", () => listener.ids().length === 2);
    expect(listener.ids()).to.deep.equal(["121-0", "121-4"]);
    // What a stranger wrote cannot begin a message of its own.
    const [, data] = /^id: 121-0\ndata: (.*)$/m.exec(listener.text())!;
    expect(JSON.parse(data!)).to.deep.equal(entry);
  });

  it("goes on after the id that a browser sends, or that an address names, over many pages", async () => {
    await start();
    happen(...Array.from({ length: 450 }, (_, i) => sampleEvent(130 + i, i % 3)));
    const byHeader = await listen("/api/v1/events", { "last-event-id": "110-3" });
    const byAddress = await listen("/api/v1/events?after=577-0");
    await until("all events", () => byHeader.ids().length === 450 && byAddress.ids().length === 2);
    expect(new Set(byHeader.ids()).size).to.equal(450);
    expect(byAddress.ids()).to.deep.equal(["578-1", "579-2"]);
    const bad = await service.get("/api/v1/events", { "last-event-id": "soon" });
    expect([bad.status, bad.json().parameter]).to.deep.equal([400, "Last-Event-ID"]);
  });

  it("asks the index once for all who stand at the same place", async () => {
    await start();
    await Promise.all(Array.from({ length: 6 }, () => listen()));
    const polls = () => service.reader.calls.status ?? 0;
    const [events, from] = [service.reader.calls.events ?? 0, polls()];
    await until("twenty polls", () => polls() > from + 20);
    expect((service.reader.calls.events ?? 0) - events).to.be.within(15, 26);
  });

  it("goes back when the chain does, and says from where", async () => {
    await start();
    const listener = await listen();
    happen(sampleEvent(121, 0), sampleEvent(122, 1));
    await until("both events", () => listener.ids().length === 2);
    service.reader.timeline = service.reader.timeline.filter(({ block }) => block < 122);
    happen({ ...sampleEvent(122, 7), transaction: `0x${"1".repeat(64)}` });
    await until("the replaced block", () => listener.ids().includes("122-7"));
    expect(listener.ids()).to.deep.equal(["121-0", "122-1", "reorg 121-1048575", "122-7"]);
    expect(listener.text()).to.contain('event: reorg\ndata: {"block":122}');
  });

  it("goes back also where the new chain is longer already, and where it has what the old one had not", async () => {
    await start();
    const listener = await listen();
    happen(sampleEvent(121, 0), sampleEvent(123, 1));
    await until("both events", () => listener.ids().length === 2);
    const other = { transaction: `0x${"1".repeat(64)}` };
    service.reader.timeline = service.reader.timeline.filter(({ block }) => block < 123);
    happen({ ...sampleEvent(122, 2), ...other }, { ...sampleEvent(124, 0), ...other });
    await until("the new chain", () => listener.ids().includes("124-0"));
    expect(listener.ids().slice(2)).to.deep.equal(["reorg 121-1048575", "122-2", "124-0"]);
  });

  it("takes a chain that only grows for what it is", async () => {
    await start();
    const listener = await listen();
    for (let block = 121; block < 150; block += 1) {
      happen(sampleEvent(block, 0));
      await until(`block ${block}`, () => listener.ids().includes(`${block}-0`));
    }
    expect(listener.ids()).to.have.length(29);
  });

  it("keeps a silent stream open by comments", async () => {
    await start({ heartbeatMs: 1 });
    const listener = await listen();
    await until("two comments", () => listener.text().split("\n:\n").length > 2);
    expect(listener.ids()).to.deep.equal([]);
  });

  it("bounds streams of one caller and of all, also of those that arrive at once", async () => {
    await start({ max: 3, maxPerCaller: 2 });
    const flood = await Promise.all(Array.from({ length: 6 }, () => listen()));
    expect(flood.filter(({ response }) => response.statusCode === 200)).to.have.length(2);
    expect((await service.get("/api/v1/events")).json()).to.include({ status: 429 });
    flood.find(({ response }) => response.statusCode === 200)!.stop();
    await until("a place is free", async () => {
      const listener = await listen();
      return listener.response.statusCode === 200;
    });
    await service.close();
    await start({ max: 1, maxPerCaller: 5 });
    await listen();
    const refused = await service.get("/api/v1/events");
    expect([refused.status, refused.headers["retry-after"]]).to.deep.equal([503, "30"]);
    expect((await service.get("/metrics")).text).to.contain("market_http_streams 1\n");
  });

  it("counts one IPv6 network as one caller", async () => {
    await start({ max: 10, maxPerCaller: 2 }, { trustedProxies: 1 });
    const from = (host: number) => listen(undefined, { "x-forwarded-for": `2001:db8:1:2::${host}` });
    const flood = await Promise.all(Array.from({ length: 6 }, (_, i) => from(i + 1)));
    expect(flood.filter(({ response }) => response.statusCode === 200)).to.have.length(2);
  });

  it("refuses a place that no index has", async () => {
    await start();
    for (const place of ["999999999999999-0", `${2 ** 33}-0`]) {
      expect((await service.get(`/api/v1/events?after=${place}`)).status).to.equal(400);
    }
  });

  it("drops a reader that does not read, and until then reads no further for it", async () => {
    await start({ slowReaderMs: 20 });
    const reason = "x".repeat(60_000);
    // The first page ends at block 398: the event of before, and 199 of these.
    happen(...Array.from({ length: 450 }, (_, i) => sampleEvent(200 + i, 0, { reason })));
    const asked: number[] = [];
    const events = service.reader.events.bind(service.reader);
    service.reader.events = (after, limit) => {
      asked.push(after.block);
      return events(after, limit);
    };
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.write("GET /api/v1/events?after=0-0 HTTP/1.1\r\nHost: a\r\n\r\n");
    socket.pause();
    const dropped = async () => (await service.get("/metrics")).text.includes("market_http_streams_dropped_total 1");
    await until("it is dropped", dropped, 10_000);
    expect((await service.get("/metrics")).text).to.contain("market_http_streams 0\n");
    expect(asked).to.include(0).and.not.include(398);
    socket.destroy();
  });

  it("outlives a fault of the index", async () => {
    await start();
    const listener = await listen();
    const write = console.error;
    let logged = 0;
    console.error = () => (logged += 1);
    try {
      service.reader.failure = new Error("gone");
      await until("it was logged", () => logged > 0);
    } finally {
      service.reader.failure = undefined;
      console.error = write;
    }
    happen(sampleEvent(121, 0));
    await until("the event", () => listener.ids().length === 1);
  });

  it("ends streams when the service closes", async () => {
    await start();
    const listener = await listen();
    await service.server.close(60_000);
    await until("the stream ends", () => listener.ended());
  });
});
