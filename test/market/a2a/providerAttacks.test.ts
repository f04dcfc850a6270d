import { expect } from "chai";

import { negotiateOverA2a } from "../../../market/a2a/client";
import { EXTENSION_URI } from "../../../market/a2a/extension";
import type { JsonValue } from "../../../sdk/canonicalJson";
import { envelopeToJson } from "../../../sdk/negotiation/envelope";
import type { NegotiationHandler } from "../../../sdk/negotiation/http";
import { RefusedError } from "../../../sdk/negotiation/httpClient";
import { BASE, CARD, CARD_URL, deskOf, expectRefusal, handlerOf, through, thrown } from "../../fixtures/a2a";
import { PLACE, STRANGER, quoteOf, requestOf, sealCounter, sealOffer, sealRequest } from "../../fixtures/negotiation";

const JSON_TYPE = { "content-type": "application/json" };
const PLAIN = { ...JSON_TYPE, "a2a-version": "1.0" };
const HEADERS = { ...PLAIN, "a2a-extensions": EXTENSION_URI };

interface Answer {
  status: number;
  id?: unknown;
  result?: { message: { parts: { data?: { error?: { fault: string; message: string } }; text?: string }[] } };
  error?: { code: number; message: string };
}

async function call(body: string, headers: Record<string, string> = HEADERS, handler = handlerOf()): Promise<Answer> {
  const response = await handler(new Request(`${BASE}/a2a`, { method: "POST", headers, body }));
  return { ...((await response.json()) as Omit<Answer, "status">), status: response.status };
}

function rpc(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 7, method, params });
}

function send(parts: unknown, message: object = {}, handler?: NegotiationHandler): Promise<Answer> {
  const fields = { messageId: "1", role: "ROLE_USER", parts, ...message };
  return call(rpc("SendMessage", { message: fields }), HEADERS, handler);
}

/** The fault of an answer that is one data part. */
function faultOf({ result }: Answer): string | undefined {
  expect(result?.message.parts).to.have.length(1);
  return result!.message.parts[0]!.data?.error?.fault;
}

describe("attacks over A2A on a provider", () => {
  it("with anything but one data part", async () => {
    const data = { data: envelopeToJson(await sealRequest()) };
    for (const parts of [
      [data, data],
      [{ text: "Hello" }],
      [data, { text: "Hello" }],
      [],
      [{ url: "file:///etc/passwd" }],
    ]) {
      expect(faultOf(await send(parts))).to.equal("malformed");
    }
    for (const value of [5, "text", [], {}, { message: data.data }]) {
      expect(faultOf(await send([{ data: value }]))).to.equal("malformed");
    }
  });

  it("with a body that is larger or deeper than what is read, even if the length is not told", async () => {
    const handler = handlerOf();
    const big = await send([{ text: "x".repeat(140_000) }], {}, handler);
    expect(big).to.include({ status: 413 });
    expect(big.error!.code).to.equal(-32600);
    const deep = await call(`{"params":${"[".repeat(100_000)}`, HEADERS, handler);
    expect(deep).to.include({ status: 400 });
    expect(deep.error!.message).to.match(/nested deeper/);
    // Within what is read, but not what a message may be.
    const long = { ...envelopeToJson(await sealRequest()), terms: { jwe: "x".repeat(132_000) } };
    expect(faultOf(await send([{ data: long }], {}, handler))).to.equal("malformed");
  });

  it("with garbage for a call", async () => {
    for (const body of ["", "{", "null", "5", "[]", `[${rpc("SendMessage", {})}]`, '{"__proto__":{}}', "\u00ff"]) {
      const { status, error } = await call(body);
      expect(status).to.equal(400);
      expect(error!.code).to.be.oneOf([-32700, -32600]);
    }
    const calls: [JsonValue, number][] = [
      [{}, -32602],
      [{ jsonrpc: "1.0", id: 1, method: "SendMessage", params: {} }, -32602],
      [{ jsonrpc: "2.0", id: { a: 1 }, method: "SendMessage", params: {} }, -32602],
      [{ jsonrpc: "2.0", id: 1, method: "SendMessage" }, -32602],
      [{ jsonrpc: "2.0", id: 1, method: "SendMessage", params: { message: 5 } }, -32602],
      [
        { jsonrpc: "2.0", id: 1, method: "SendMessage", params: { message: { messageId: "1", parts: [null] } } },
        -32602,
      ],
      [
        {
          jsonrpc: "2.0",
          id: 1,
          method: "SendMessage",
          params: { message: { messageId: "1", parts: [{ raw: {} }] } },
        },
        -32602,
      ],
      [{ jsonrpc: "2.0", id: 1, method: "constructor", params: {} }, -32601],
      [{ jsonrpc: "2.0", id: 1, method: "message/send", params: {} }, -32601],
    ];
    for (const [body, code] of calls) {
      const { status, error } = await call(JSON.stringify(body));
      expect({ status, code: error?.code }, JSON.stringify(body)).to.deep.equal({ status: 200, code });
    }
  });

  it("with what is not offered here: streams, tasks, webhooks, another version, another way to call", async () => {
    const message = { messageId: "1", role: "ROLE_USER", parts: [{ text: "Hello" }] };
    const wanted: [string, object, number][] = [
      ["SendStreamingMessage", { message }, -32004],
      ["SubscribeToTask", { id: "1" }, -32004],
      ["GetTask", { id: "1" }, -32001],
      ["CancelTask", { id: "1" }, -32001],
      ["SendMessage", { message: { ...message, taskId: "x".repeat(5_000) } }, -32001],
      ["CreateTaskPushNotificationConfig", { taskId: "1", url: "http://169.254.169.254/" }, -32003],
      ["GetExtendedAgentCard", {}, -32004],
    ];
    for (const [method, params, code] of wanted) {
      const { error } = await call(rpc(method, params));
      expect(error?.code, method).to.equal(code);
      expect(error!.message.length).to.be.at.most(1_000);
    }
    expect((await call(rpc("SendMessage", { message }), JSON_TYPE)).error!.code).to.equal(-32009);
    expect((await call(rpc("SendMessage", { message }), { ...HEADERS, "content-type": "text/plain" })).status).to.equal(
      415,
    );
    expect((await handlerOf()(new Request(`${BASE}/a2a`))).status).to.equal(405);
    expect((await handlerOf()(new Request(`${BASE}/else`))).status).to.equal(404);
  });

  it("with tenants and references that would make it remember or log", async () => {
    const [warn, lines] = [console.warn, [] as unknown[]];
    console.warn = (...line: unknown[]) => lines.push(line);
    try {
      const params = { tenant: "t", message: { messageId: "1", parts: [], referenceTaskIds: ["a", "b"] } };
      expect(faultOf(await call(rpc("SendMessage", params)))).to.equal("malformed");
    } finally {
      console.warn = warn;
    }
    expect(lines).to.deep.equal([]);
  });

  it("with a message of another thread, another escrow, another's signature, or out of its turn", async () => {
    const handler = handlerOf();
    const offer = quoteOf(requestOf());
    const other = { ...PLACE, escrow: STRANGER.address };
    const forged = { ...(await sealRequest()), signature: (await sealOffer(offer)).signature };
    const cases: [object, string][] = [
      [envelopeToJson(await sealCounter(offer, { amount: 90n })), "unknown-thread"],
      [envelopeToJson(await sealRequest(requestOf(), undefined, other)), "wrong-place"],
      [envelopeToJson(forged), "bad-signature"],
      [envelopeToJson(await sealOffer(offer)), "unknown-thread"],
    ];
    for (const [data, fault] of cases) expect(faultOf(await send([{ data }], {}, handler))).to.equal(fault);
  });

  it("with more calls than its address may make, of the card too", async () => {
    const handler = handlerOf({ limits: { perAddress: { burst: 1, perMinute: 0 } } });
    expect((await handler(new Request(CARD_URL), "192.0.2.1")).status).to.equal(200);
    expect((await handler(new Request(CARD_URL), "192.0.2.1")).status).to.equal(429);
    await expectRefusal(negotiateOverA2a(CARD, await sealRequest(), through(handler)), 429, "busy");
    expect((await handler(new Request(CARD_URL), "192.0.2.2")).status).to.equal(200);
  });

  it("with more messages than its account may send", async () => {
    const options = through(handlerOf({ desk: deskOf({ perSigner: { burst: 1, perMinute: 0 } }) }));
    await negotiateOverA2a(CARD, await sealRequest(), options);
    await expectRefusal(negotiateOverA2a(CARD, await sealRequest(), options), 429, "too-many");
  });

  it("that makes it fail learns nothing of the failure", async () => {
    const errors: unknown[] = [];
    const desk = deskOf({ decide: () => Promise.reject(new Error("the key is 0x1234")) });
    const handler = handlerOf({ desk, onError: (error) => errors.push(error) });
    const error = await thrown(negotiateOverA2a(CARD, await sealRequest(), through(handler)));
    expect(error).to.be.instanceOf(RefusedError).and.to.include({ status: 500, fault: "internal" });
    expect(error.message).not.to.include("key");
    expect(errors).to.have.length(1);
  });

  it("cannot reach the desk without naming the extension", async () => {
    const message = { messageId: "1", role: "ROLE_USER", parts: [{ data: envelopeToJson(await sealRequest()) }] };
    const { result } = await call(rpc("SendMessage", { message }), PLAIN);
    expect(result!.message.parts[0]!.text).to.include(EXTENSION_URI);
  });
});
