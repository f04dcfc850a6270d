import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { AgentCard } from "@a2a-js/sdk";
import { expect } from "chai";

import { negotiateOverA2a, readAgentCard } from "../../../market/a2a/client";
import { publicFetch } from "../../../market/files/publicFetch";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { HttpOptions } from "../../../sdk/negotiation/httpClient";
import { RefusedError } from "../../../sdk/negotiation/httpClient";
import { CARD, CARD_URL, expectRefusal, handlerOf, through, thrown } from "../../fixtures/a2a";
import { STRANGER, sealRequest } from "../../fixtures/negotiation";

async function expectInvalid(promise: Promise<unknown>, text: RegExp): Promise<void> {
  const error = await thrown(promise);
  expect(error).to.be.instanceOf(InvalidInputError);
  expect(error.message).to.match(text);
}

describe("attacks over A2A on a client", () => {
  /** A card with a changed extension, as an agent would serve it. */
  function cardWith(change: (card: AgentCard) => void): AgentCard {
    const card = structuredClone(CARD);
    change(card);
    return card;
  }

  function answering(answer: (request: Request) => Response): HttpOptions {
    return { fetch: (url, init) => Promise.resolve(answer(new Request(url, init))) };
  }

  /** Answers a call with these parts. */
  function saying(parts: unknown[]): HttpOptions {
    return answering(() =>
      Response.json({ jsonrpc: "2.0", id: 1, result: { message: { messageId: "1", role: "ROLE_AGENT", parts } } }),
    );
  }

  it("by a card for another chain or escrow, or without the extension, or with wrong parameters", async () => {
    const options = through(handlerOf());
    const request = await sealRequest();
    const params = CARD.capabilities!.extensions[0]!.params!;
    const withParams = (changes: object) =>
      cardWith((card) => (card.capabilities!.extensions[0]!.params = { ...params, ...changes }));
    const cards: [AgentCard, RegExp][] = [
      [withParams({ chainId: "1" }), /on chain 1 over escrow/],
      [withParams({ escrow: STRANGER.address }), /message is for another/],
      [withParams({ escrow: "0x12", maxBytes: "many" }), /are wrong: escrow, maxBytes/],
      [withParams({ receives: ["Decline"] }), /does not take a QuoteRequest/],
      [cardWith((card) => (card.capabilities!.extensions = [])), /does not declare urn:agent-market/],
      [cardWith((card) => (card.capabilities = undefined)), /does not declare/],
      [cardWith((card) => (card.supportedInterfaces = [])), /no JSON-RPC of A2A 1.0/],
      [cardWith((card) => (card.supportedInterfaces[0]!.protocolVersion = "0.3")), /no JSON-RPC of A2A 1.0/],
      [cardWith((card) => (card.supportedInterfaces[0]!.url = "http://169.254.169.254/a2a")), /not an https: endpoint/],
      [cardWith((card) => (card.supportedInterfaces[0]!.url = "file:///etc/passwd")), /not an https: endpoint/],
    ];
    for (const [card, text] of cards) await expectInvalid(negotiateOverA2a(card, request, options), text);
  });

  it("by a card that is no card", async () => {
    const bodies: [string, RegExp][] = [
      ["<html>", /agent card/],
      ["[".repeat(1_000), /nested deeper/],
      ["x".repeat(300_000), /more than 262144 bytes/],
      ["null", /not formed as A2A/],
      ['{"skills":[null]}', /not formed as A2A/],
    ];
    for (const [body, text] of bodies) {
      await expectInvalid(
        readAgentCard(
          CARD_URL,
          answering(() => new Response(body)),
        ),
        text,
      );
    }
    await expectInvalid(
      readAgentCard(
        CARD_URL,
        answering(() => new Response("", { status: 404 })),
      ),
      /answers 404/,
    );
    await expectInvalid(readAgentCard("http://provider.example/card"), /not an https: endpoint/);
  });

  it("by an answer that is too large, deep, garbage, a task, or has other parts", async () => {
    const request = await sealRequest();
    const answers: [HttpOptions, RegExp][] = [
      [saying([{ text: "x".repeat(140_000) }]), /more than/],
      [answering(() => new Response("[".repeat(1_000))), /nested deeper/],
      [answering(() => new Response("<html>")), /reply/],
      [answering(() => Response.json({ jsonrpc: "2.0", id: 9, result: {} })), /not A2A's/],
      [answering(() => Response.json({ jsonrpc: "2.0", id: 1, result: {} })), /not A2A's/],
      [answering(() => Response.json({ jsonrpc: "2.0", id: 1, result: { task: { id: "1" } } })), /with a task/],
      [saying([{ text: "buy!" }]), /exactly one part/],
      [saying([{ data: { message: null } }, { data: {} }]), /exactly one part/],
      [saying([{ data: {} }]), /has no message/],
      [saying([{ data: { message: { version: 1 } } }]), /the reply/],
    ];
    for (const [options, text] of answers) await expectInvalid(negotiateOverA2a(CARD, request, options), text);
  });

  it("by a refusal of any length, which is told as the stranger's own words", async () => {
    const request = await sealRequest();
    const long = { fault: "x".repeat(1_000), message: "y".repeat(100_000) };
    const error = await thrown(negotiateOverA2a(CARD, request, saying([{ data: { error: long } }])));
    if (!(error instanceof RefusedError)) throw error;
    expect([error.fault.length, error.detail.length, error.status]).to.deep.equal([50, 1_000, 400]);
    await expectRefusal(negotiateOverA2a(CARD, request, saying([{ data: { error: { fault: "busy" } } }])), 503, "busy");
    const broken = answering(() => Response.json({ jsonrpc: "2.0", id: 1, error: { code: -32009, message: "no" } }));
    await expectRefusal(negotiateOverA2a(CARD, request, broken), 400, "VersionNotSupportedError");
    const page = answering(() => new Response("<html>", { status: 502 }));
    await expectRefusal(negotiateOverA2a(CARD, request, page), 502, "unknown");
  });

  describe("on a network", () => {
    let server: Server;
    let base: string;
    let hits = 0;
    before(async () => {
      // Sends every caller on to itself, or never answers.
      server = createServer((request, response) => {
        hits += 1;
        if (request.url?.startsWith("/slow")) return;
        response.writeHead(307, { location: "/elsewhere" }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    it("by a redirect, of the card or of the endpoint", async () => {
      await expectInvalid(readAgentCard(`${base}/card`, { allowHttp: true }), /cannot be reached: .*redirect/);
      const card = cardWith((changed) => (changed.supportedInterfaces[0]!.url = `${base}/a2a`));
      const before = hits;
      await expectInvalid(negotiateOverA2a(card, await sealRequest(), { allowHttp: true }), /redirect/);
      expect(hits).to.equal(before + 1);
    });

    it("by an address inside one's own network, where the caller refuses those", async () => {
      const card = cardWith((changed) => (changed.supportedInterfaces[0]!.url = `${base}/a2a`));
      const before = hits;
      const options = { allowHttp: true, fetch: publicFetch() };
      await expectInvalid(
        negotiateOverA2a(card, await sealRequest(), options),
        /cannot be reached: its server has an address that is not public/,
      );
      await expectInvalid(
        readAgentCard(`${base}/card`, options),
        /cannot be reached: its server has an address that is not public/,
      );
      expect(hits).to.equal(before);
    });

    it("by silence", async () => {
      const card = cardWith((changed) => (changed.supportedInterfaces[0]!.url = `${base}/slow`));
      const options = { allowHttp: true, timeout: 50 };
      await expectInvalid(negotiateOverA2a(card, await sealRequest(), options), /longer than 50 ms/);
    });
  });
});
