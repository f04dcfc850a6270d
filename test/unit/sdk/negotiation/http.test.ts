import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { connect } from "node:net";

import { expect } from "chai";
import { id } from "ethers";

import { InvalidInputError } from "../../../../sdk/InvalidInputError";
import { envelopeToJson, formatEnvelope } from "../../../../sdk/negotiation/envelope";
import type { Envelope } from "../../../../sdk/negotiation/envelope";
import type { NegotiationHandlerOptions } from "../../../../sdk/negotiation/http";
import { createNegotiationHandler } from "../../../../sdk/negotiation/http";
import type { HttpOptions } from "../../../../sdk/negotiation/httpClient";
import {
  RefusedError,
  fetchDeliverable,
  negotiateOverHttp,
  negotiationEndpoint,
  sendInput,
} from "../../../../sdk/negotiation/httpClient";
import type { JobFiles } from "../../../../sdk/negotiation/httpFiles";
import { createNegotiationServer } from "../../../../sdk/negotiation/nodeListener";
import { RateLimiter } from "../../../../sdk/negotiation/rateLimit";
import { messageHash } from "../../../../sdk/negotiation/messages";
import type { Thread } from "../../../../sdk/negotiation/thread";
import { lastOf, threadState } from "../../../../sdk/negotiation/thread";
import { ThreadBook } from "../../../../sdk/negotiation/threadBook";
import { registrationFile } from "../../../../sdk/registration";
import { contentHash } from "../../../../sdk/terms";
import {
  CLIENT,
  INPUT,
  NOW,
  PLACE,
  PROVIDER,
  STRANGER,
  quoteOf,
  requestOf,
  sealAcceptance,
  sealCounter,
  sealDecline,
  sealOffer,
  sealRequest,
} from "../../../fixtures/negotiation";

const ENDPOINT = "https://provider.example/agent/";
const JOB = BigInt(id("job"));
const DELIVERABLE = new TextEncoder().encode('{"errors":1}');

/** Answers requests with offers and acceptances with nothing. */
function decide(thread: Thread): Promise<Envelope | undefined> {
  const request = lastOf(thread, "QuoteRequest")!;
  if (threadState(thread) === "requested") return sealOffer({ ...quoteOf(request), salt: 1n });
  if (threadState(thread) === "countered") return sealDecline(PROVIDER, thread.entries.at(-1)!.hash);
  return Promise.resolve(undefined);
}

function handlerOf(options: Partial<NegotiationHandlerOptions> = {}) {
  return createNegotiationHandler({ place: PLACE, provider: PROVIDER.address, decide, now: () => NOW, ...options });
}

/** Calls a handler as fetch calls a server. */
function through(options: Partial<NegotiationHandlerOptions> = {}, handler = handlerOf(options)): HttpOptions {
  return { fetch: (url, init) => handler(new Request(url, init), "192.0.2.1") };
}

function post(body: string, headers: Record<string, string> = { "content-type": "application/json" }) {
  return new Request(`${ENDPOINT}negotiate`, { method: "POST", headers, body });
}

async function refusal(promise: Promise<unknown>): Promise<RefusedError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(RefusedError);
  return error as RefusedError;
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(InvalidInputError);
  return (error as Error).message;
}

describe("sdk", () => {
  describe("negotiation over HTTP", () => {
    it("answers each message, and the same message with the same answer", async () => {
      let decided = 0;
      const options = through({
        decide: (thread) => {
          ++decided;
          return decide(thread);
        },
      });
      const request = await sealRequest();
      const [first, second] = await Promise.all([
        negotiateOverHttp(ENDPOINT, request, options),
        negotiateOverHttp(ENDPOINT, request, options),
      ]);
      expect(first!.body.type).to.equal("Offer");
      expect(second).to.deep.equal(first);
      expect(decided).to.equal(1);
      const { message: offer } = first!.body as { message: ReturnType<typeof quoteOf> };
      const declined = await negotiateOverHttp(ENDPOINT, await sealCounter(offer, { amount: 1n }), options);
      expect(declined!.body.type).to.equal("Decline");
      const late = await refusal(negotiateOverHttp(ENDPOINT, await sealAcceptance(offer), options));
      expect(late).to.include({ status: 409, fault: "not-linked" });
    });

    it("says nothing to an acceptance", async () => {
      const options = through();
      const answer = await negotiateOverHttp(ENDPOINT, await sealRequest(), options);
      const accepted = await sealAcceptance((answer!.body as { message: ReturnType<typeof quoteOf> }).message);
      expect(await negotiateOverHttp(ENDPOINT, accepted, options)).to.equal(undefined);
    });

    it("keeps what grew, and carries on after a restart", async () => {
      const kept: Thread[] = [];
      const request = await sealRequest();
      const answer = await negotiateOverHttp(
        ENDPOINT,
        request,
        through({ onThread: (thread) => void kept.push(thread) }),
      );
      const restarted = through({ threads: new ThreadBook({}, kept) });
      const { message: offer } = answer!.body as { message: ReturnType<typeof quoteOf> };
      expect(await negotiateOverHttp(ENDPOINT, await sealAcceptance(offer), restarted)).to.equal(undefined);
    });

    const requests: [string, () => Request | Promise<Request>, number, string][] = [
      ["another method", () => new Request(`${ENDPOINT}negotiate`), 405, "send messages with POST"],
      ["another path", () => new Request(ENDPOINT), 404, "POST to /negotiate"],
      ["another content type", () => post("{}", { "content-type": "text/plain" }), 415, "as application/json"],
      ["too large a body", () => post(`"${"x".repeat(131_072)}"`), 413, "larger than what is read"],
      ["what is no JSON", () => post("{"), 400, "is not valid JSON"],
      ["what is no message", () => post("[]"), 400, "must be object"],
      ["an offer", async () => post(formatEnvelope(await sealOffer(quoteOf(requestOf())))), 404, "is not known here"],
      [
        "an answer to nothing",
        async () => post(formatEnvelope(await sealDecline(CLIENT, id("x")))),
        404,
        "begin with a request",
      ],
      [
        "a bad signature",
        async () => post(JSON.stringify({ ...envelopeToJson(await sealRequest()), signature: "0x12" })),
        401,
        "is not signed by",
      ],
      [
        "a request to another",
        async () => post(formatEnvelope(await sealRequest(requestOf({ provider: STRANGER.address })))),
        403,
        "the request is to",
      ],
    ];
    for (const [what, request, status, reason] of requests) {
      it(`refuses ${what}`, async () => {
        const response = await handlerOf()(await request());
        expect(response.status).to.equal(status);
        expect(await response.text()).to.contain(reason);
        expect(response.headers.get("x-content-type-options")).to.equal("nosniff");
      });
    }

    it("does not quote a stranger at length", async () => {
      const key = "k".repeat(100_000);
      const text = await (await handlerOf()(post(`{"${key}":1}`))).text();
      expect(text.length).to.be.lessThan(1_200);
    });

    it("tells strangers nothing of its own errors, and takes nothing in", async () => {
      const errors: unknown[] = [];
      let broken = true;
      const options = through({
        onError: (error) => errors.push(error),
        decide: (thread) => (broken ? Promise.reject(new Error("secret path")) : decide(thread)),
      });
      const request = await sealRequest();
      const refused = await refusal(negotiateOverHttp(ENDPOINT, request, options));
      expect(refused).to.include({ status: 500, fault: "internal" });
      expect(refused.message).not.to.contain("secret");
      expect(errors).to.have.length(1);
      broken = false;
      expect((await negotiateOverHttp(ENDPOINT, request, options))!.body.type).to.equal("Offer");
    });

    it("does not send an answer that does not fit", async () => {
      const errors: unknown[] = [];
      const wrong = () => sealOffer({ ...quoteOf(requestOf()), inReplyTo: id("x") });
      const options = through({ decide: wrong, onError: (error) => errors.push(error) });
      expect((await refusal(negotiateOverHttp(ENDPOINT, await sealRequest(), options))).status).to.equal(500);
      expect(String(errors[0])).to.contain("the answer does not fit");
    });

    it("bounds the threads of each client", async () => {
      const options = through({ threads: new ThreadBook({ maxThreadsPerClient: 1 }) });
      await negotiateOverHttp(ENDPOINT, await sealRequest(), options);
      const refused = await refusal(negotiateOverHttp(ENDPOINT, await sealRequest(), options));
      expect(refused).to.include({ status: 503, fault: "busy" });
      expect(refused.detail).to.contain("are open: end one first");
    });

    it("bounds all threads, and what they take, by forgetting the oldest", async () => {
      for (const limits of [{ maxThreads: 1 }, { maxSize: 10_000 }]) {
        const threads = new ThreadBook(limits);
        const options = through({ threads });
        await negotiateOverHttp(ENDPOINT, await sealRequest(), options);
        const [first] = threads.all();
        await negotiateOverHttp(ENDPOINT, await sealRequest(), options);
        expect(threads.all()).to.have.length(1);
        expect(threads.all()[0]!.id).to.not.equal(first!.id);
      }
    });

    it("has room for a client that ends what it does not take, and forgets what ended to make it", async () => {
      for (const limits of [{ maxThreadsPerClient: 1 }, { maxThreads: 1 }]) {
        const threads = new ThreadBook(limits);
        const options = through({ threads });
        for (let round = 0; round < 3; ++round) {
          const answer = await negotiateOverHttp(ENDPOINT, await sealRequest(), options);
          const decline = await sealDecline(CLIENT, messageHash(PLACE, answer!.body));
          await negotiateOverHttp(ENDPOINT, decline, options);
        }
        expect(threads.all()).to.have.length("maxThreadsPerClient" in limits ? 3 : 1);
      }
    });

    it("forgets threads some time after their end", async () => {
      let now = NOW;
      const threads = new ThreadBook({ keepEnded: 600n });
      const later = (thread: Thread) =>
        sealOffer({ ...quoteOf(lastOf(thread, "QuoteRequest")!), validUntil: now + 600n });
      const options = through({ threads, now: () => now, decide: later });
      const ask = async () =>
        negotiateOverHttp(ENDPOINT, await sealRequest(requestOf({ validUntil: NOW + 5_000n })), options);
      await ask();
      now = NOW + 600n; // the offer has not expired
      await ask();
      expect(threads.all()).to.have.length(2);
      now = NOW + 601n;
      await ask();
      expect(threads.all().map(({ entries }) => entries[0]!.at)).to.deep.equal([NOW + 600n, NOW + 601n]);
    });

    it("limits rates: of an address before anything is read, of an account by its own signatures only", async () => {
      const slow = { burst: 1, perMinute: 1 };
      const byAddress = handlerOf({ limits: { perAddress: slow } });
      expect((await byAddress(post("{"), "a")).status).to.equal(400);
      expect((await byAddress(post("{"), "a")).status).to.equal(429);
      expect((await byAddress(post("{"), "b")).status).to.equal(400);

      const bySigner = through({ perSigner: slow });
      const forged = { ...(await sealRequest()), signature: "0x12" };
      expect((await refusal(negotiateOverHttp(ENDPOINT, forged, bySigner))).status).to.equal(401);
      await negotiateOverHttp(ENDPOINT, await sealRequest(), bySigner);
      expect((await refusal(negotiateOverHttp(ENDPOINT, await sealRequest(), bySigner))).status).to.equal(429);
    });

    it("refills rates by the minute, and remembers so many keys only", () => {
      let now = 0;
      const limiter = new RateLimiter({ burst: 2, perMinute: 6 }, () => now, 2);
      expect([1, 2, 3].map(() => limiter.take("a"))).to.deep.equal([true, true, false]);
      now += 9_999;
      expect(limiter.take("a")).to.equal(false);
      now += 1;
      expect(limiter.take("a")).to.equal(true);
      limiter.take("b");
      limiter.take("c"); // a is forgotten
      expect([1, 2, 3].map(() => limiter.take("a"))).to.deep.equal([true, true, false]);
    });
  });

  describe("files over HTTP", () => {
    const saved: Uint8Array[] = [];
    const files: JobFiles = {
      job: (jobId) =>
        Promise.resolve(
          jobId === JOB
            ? { client: CLIENT.address, readers: [STRANGER.address], inputHash: contentHash(INPUT) }
            : undefined,
        ),
      deliverable: () => Promise.resolve({ bytes: DELIVERABLE, mediaType: "application/json" }),
      saveInput: (_, bytes) => {
        saved.push(bytes);
        return Promise.resolve();
      },
    };
    const wanted = {
      place: PLACE,
      reader: CLIENT.address,
      provider: PROVIDER.address,
      jobId: JOB,
      deliverable: contentHash(DELIVERABLE),
      now: NOW,
      maxSize: 1_000,
    };
    const input = {
      place: PLACE,
      client: CLIENT.address,
      provider: PROVIDER.address,
      jobId: JOB,
      bytes: INPUT,
      now: NOW,
    };

    it("gives the deliverable to the client and who else may read it", async () => {
      const options = through({ files });
      const { bytes, mediaType } = await fetchDeliverable(ENDPOINT, CLIENT, wanted, options);
      expect([bytes, mediaType]).to.deep.equal([DELIVERABLE, "application/json"]);
      await fetchDeliverable(ENDPOINT, STRANGER, { ...wanted, reader: STRANGER.address }, options);
    });

    it("gives it to nobody else, and does not tell whether it is there", async () => {
      const options = through({ files });
      const other = await refusal(
        fetchDeliverable(ENDPOINT, PROVIDER, { ...wanted, reader: PROVIDER.address }, options),
      );
      const unknown = await refusal(fetchDeliverable(ENDPOINT, CLIENT, { ...wanted, jobId: 1n }, options));
      expect(other.message).to.equal(unknown.message).and.to.contain("404");
      const forged = await refusal(fetchDeliverable(ENDPOINT, STRANGER, wanted, options));
      expect(forged).to.include({ status: 401, fault: "bad-signature" });
      const response = await handlerOf({ files })(new Request(`${ENDPOINT}jobs/${JOB}/deliverable`));
      expect([response.status, response.headers.get("www-authenticate")]).to.deep.equal([401, "AgentMarket"]);
    });

    it("gives it to everybody if the terms say so", async () => {
      const open = { ...files, job: () => Promise.resolve({ client: CLIENT.address, public: true }) };
      const response = await handlerOf({ files: open })(new Request(`${ENDPOINT}jobs/${JOB}/deliverable`));
      expect(response.status).to.equal(200);
      expect(response.headers.get("content-disposition")).to.equal("attachment");
    });

    it("takes no signature that is old, lasts too long, or is about something else", async () => {
      const options = through({ files });
      for (const [fields, reason] of [
        [{ now: NOW - 121n }, "between now"],
        [{ now: NOW + 481n }, "between now"],
        [{ provider: STRANGER.address }, "to another provider"],
        [{ place: { ...PLACE, chainId: 1n } }, "is not signed by"],
      ] as const) {
        const refused = await refusal(fetchDeliverable(ENDPOINT, CLIENT, { ...wanted, ...fields }, options));
        expect(refused.status).to.equal(401);
        expect(refused.detail).to.contain(reason);
      }
    });

    it("notices bytes that are not those of the chain", async () => {
      const other = fetchDeliverable(ENDPOINT, CLIENT, { ...wanted, deliverable: id("other") }, through({ files }));
      expect(await failure(other)).to.contain("it is not the deliverable");
    });

    it("takes the client's input by its hash only", async () => {
      const options = through({ files });
      await sendInput(ENDPOINT, CLIENT, input, options);
      expect(saved).to.deep.equal([INPUT]);
      const other = await refusal(sendInput(ENDPOINT, CLIENT, { ...input, bytes: DELIVERABLE }, options));
      expect(other).to.include({ status: 422, fault: "inconsistent" });
      const stranger = await refusal(sendInput(ENDPOINT, STRANGER, { ...input, client: STRANGER.address }, options));
      expect(stranger.status).to.equal(403);
      // A signature for the agreed input with other bytes under it.
      const handler = handlerOf({ files });
      const swapped: HttpOptions = {
        fetch: (url, init) => handler(new Request(url, { ...init, body: DELIVERABLE })),
      };
      expect((await refusal(sendInput(ENDPOINT, CLIENT, input, swapped))).detail).to.contain("the bytes hash to");
      const small = through({ files: { ...files, maxInputSize: 5 } });
      expect((await refusal(sendInput(ENDPOINT, CLIENT, input, small))).status).to.equal(413);
      expect(saved).to.have.length(1);
    });
  });

  describe("a client of other agents' servers", () => {
    it("finds the endpoint in the registration file", () => {
      const services = [{ name: "agent-market-negotiation", version: "1", endpoint: ENDPOINT }];
      expect(negotiationEndpoint(registrationFile({ name: "A", description: "B", services }))).to.equal(ENDPOINT);
      const other = [{ name: "agent-market-negotiation", version: "2", endpoint: ENDPOINT }];
      expect(negotiationEndpoint(registrationFile({ name: "A", description: "B", services: other }))).to.equal(
        undefined,
      );
    });

    it("calls https: only, unless told otherwise", async () => {
      const envelope = await sealRequest();
      for (const endpoint of [
        "http://provider.example",
        "file:///etc/passwd",
        "nowhere",
        "https://user:pass@provider.example",
      ]) {
        expect(await failure(negotiateOverHttp(endpoint, envelope, through()))).to.contain("is not an https: endpoint");
      }
    });

    it("reads no more than a message, and nothing but a message", async () => {
      const envelope = await sealRequest();
      const answering = (body: string): HttpOptions => ({ fetch: () => Promise.resolve(new Response(body)) });
      const ask = (body: string) => failure(negotiateOverHttp(ENDPOINT, envelope, answering(body)));
      expect(await ask(`"${"x".repeat(200_000)}"`)).to.contain("answers with more than");
      expect(await ask("{}")).to.contain("has no message");
      expect(await ask('{"message":{"version":1}}')).to.contain("is not a valid negotiation message");
      expect(await ask("[".repeat(1_000))).to.contain("nested deeper");
    });
  });

  describe("createNegotiationServer", () => {
    let server: Server;
    let endpoint: string;
    before(async () => {
      server = createNegotiationServer(handlerOf());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    it("serves a handler on a port", async () => {
      const answer = await negotiateOverHttp(endpoint, await sealRequest(), { allowHttp: true });
      expect(answer!.body.type).to.equal("Offer");
    });

    it("answers before an endless body has ended, and survives what is no HTTP", async () => {
      const { port } = server.address() as AddressInfo;
      const say = (text: string) =>
        new Promise<string>((resolve, reject) => {
          const socket = connect(port, "127.0.0.1", () => socket.write(text));
          let answer = "";
          socket.on("data", (chunk) => (answer += chunk.toString()));
          socket.on("end", () => {
            socket.destroy();
            resolve(answer);
          });
          socket.on("error", reject);
        });
      const head = "POST /negotiate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
      expect(await say(`${head}Content-Length: 999999999\r\n\r\n{`)).to.match(/^HTTP\/1\.1 413 /);
      const chunk = "x".repeat(140_000);
      expect(await say(`${head}Transfer-Encoding: chunked\r\n\r\n222e0\r\n${chunk}\r\n`)).to.match(/^HTTP\/1\.1 413 /);
      expect(await say("rubbish\r\n\r\n")).to.match(/^HTTP\/1\.1 400 /);
      expect(await say("GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).to.match(/^HTTP\/1\.1 40[04] /);
      const answer = await negotiateOverHttp(endpoint, await sealRequest(), { allowHttp: true });
      expect(answer!.body.type).to.equal("Offer");
    });

    it("is not filled up by one address, and tells no silent or stalled one to stay", async () => {
      const crowded = createNegotiationServer(handlerOf());
      await new Promise<void>((resolve) => crowded.listen(0, "127.0.0.1", resolve));
      const { port } = crowded.address() as AddressInfo;
      const open = () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect(port, "127.0.0.1", () => {
            resolve(socket);
          });
          socket.on("error", reject);
        });
      const silent = await Promise.all(Array.from({ length: 50 }, open));
      const isClosed = (socket: Socket) =>
        new Promise<unknown>((resolve) => {
          socket.on("close", resolve).resume();
        });
      // Refused at once, not when something times out.
      await isClosed(await open());
      const [first] = silent;
      first!.destroy();
      await isClosed(first!);
      const url = `http://127.0.0.1:${port}`;
      let answer: Envelope | undefined;
      for (let tries = 0; answer === undefined && tries < 50; ++tries) {
        answer = await negotiateOverHttp(url, await sealRequest(), { allowHttp: true }).catch(() => undefined);
      }
      expect(answer!.body.type).to.equal("Offer");
      expect(crowded.timeout).to.equal(30_000);
      crowded.closeAllConnections();
      silent.forEach((socket) => socket.destroy());
      crowded.close();
    });

    it("is not followed where it redirects to", async () => {
      const redirecting = createNegotiationServer(() =>
        Promise.resolve(new Response(null, { status: 307, headers: { location: `${endpoint}/negotiate` } })),
      );
      await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
      const refused = await failure(negotiateOverHttp(url, await sealRequest(), { allowHttp: true }));
      expect(refused).to.contain("cannot be reached");
      redirecting.closeAllConnections();
      redirecting.close();
    });
  });
});
