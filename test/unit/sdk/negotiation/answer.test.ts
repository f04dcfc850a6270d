import { expect } from "chai";

import type { Catalogue } from "../../../../sdk/catalogue";
import { answerByCatalogue, declineOf } from "../../../../sdk/negotiation/answer";
import { openThread } from "../../../../sdk/negotiation/thread";
import {
  CLIENT,
  LIST_PRICE,
  NOW,
  PLACE,
  PROVIDER,
  SERVICE,
  lastHash,
  offeredThread,
  policyOf,
  requestOf,
  sealAcceptance,
  sealCounter,
  sealDecline,
  sealRequest,
  threadOf,
} from "../../../fixtures/negotiation";

const CATALOGUE: Catalogue = { version: 1, services: [{ ...SERVICE, id: "other" }, SERVICE] };
const answerTo = async (...messages: Parameters<typeof threadOf>) => {
  const thread = await threadOf(...messages);
  return { thread, answer: answerByCatalogue(thread, CATALOGUE, policyOf(), NOW) };
};

describe("answerByCatalogue", () => {
  it("offers the service that was asked for, in answer to the request", async () => {
    const { thread, answer } = await answerTo(await sealRequest());
    expect(answer?.type).to.equal("Offer");
    expect(answer?.message).to.include({
      ...{ amount: LIST_PRICE, client: CLIENT.address, provider: PROVIDER.address, providerAgentId: 2n },
      inReplyTo: lastHash(thread),
    });
  });

  it("says which services there are where another is asked for", async () => {
    const { thread, answer } = await answerTo(await sealRequest(requestOf({ service: "paint" })));
    expect(answer?.type).to.equal("Decline");
    expect(answer?.message).to.include({
      ...{ party: PROVIDER.address, reason: "skill", inReplyTo: lastHash(thread) },
      detail: "name one of the services in the catalogue: other, lint.",
    });
  });

  it("keeps that within what a message may hold, however many there are", async () => {
    const thread = await threadOf(await sealRequest(requestOf({ service: "paint" })));
    const services = Array.from({ length: 50 }, (_, i) => ({ ...SERVICE, id: `a-long-name-of-a-service-${i}` }));
    const answer = answerByCatalogue(thread, { version: 1, services }, policyOf(), NOW);
    if (answer?.type !== "Decline") throw new Error("it was not declined");
    expect(answer.message.detail).to.have.lengthOf(500);
    await threadOf(thread.entries[0]!.envelope, await sealDecline(PROVIDER, lastHash(thread), answer.message));
  });

  it("gives in to a counter-offer down to its lowest price, and declines less", async () => {
    const { offer, envelopes } = await offeredThread();
    const granted = await answerTo(...envelopes, await sealCounter(offer, { amount: 80n }));
    expect(granted.answer?.type).to.equal("Offer");
    expect(granted.answer?.message).to.include({ amount: 80n, inReplyTo: lastHash(granted.thread) });
    const declined = await answerTo(...envelopes, await sealCounter(offer, { amount: 79n }));
    expect(declined.answer?.type).to.equal("Decline");
    expect(declined.answer?.message).to.include({ reason: "price", inReplyTo: lastHash(declined.thread) });
  });

  it("has nothing to say to what has ended", async () => {
    const { offer, envelopes, thread } = await offeredThread();
    const ends = [await sealAcceptance(offer), await sealDecline(CLIENT, lastHash(thread))];
    for (const end of ends) expect((await answerTo(...envelopes, end)).answer).to.equal(undefined);
  });
});

describe("declineOf", () => {
  it("answers the last message, differently each time", async () => {
    const { thread } = await offeredThread();
    const why = { reason: "chose-another", detail: "another offer suits better." } as const;
    const [one, two] = [declineOf(thread, CLIENT.address, why), declineOf(thread, CLIENT.address, why)];
    expect(one).to.include({ ...why, party: CLIENT.address, inReplyTo: lastHash(thread) });
    expect(one.salt).not.to.equal(two.salt);
  });

  it("answers nothing in a thread without messages", () => {
    const { inReplyTo } = declineOf(openThread(PLACE), CLIENT.address, { reason: "other", detail: "no." });
    expect(BigInt(inReplyTo)).to.equal(0n);
  });
});
