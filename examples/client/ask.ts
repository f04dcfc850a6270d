import * as sdk from "../../sdk";
import type { ClientOptions, Task } from "./agent";

/** An offer that may be accepted, and what it is for. */
export interface Asked {
  readonly place: sdk.Place;
  readonly endpoint: string;
  readonly contract: sdk.JobContract;
  readonly offer: sdk.Offer;
  readonly signature: string;
  /** The negotiation, which the offer is the last word of. */
  readonly thread: sdk.Thread;
}

interface Told {
  readonly thread: sdk.Thread;
  readonly reply: sdk.Envelope;
}

const ANSWER_WITHIN = 600n;

/** Where a provider negotiates, and what it sells, by the file that the index has of it. */
export async function findProvider(index: sdk.IndexClient, agentId: string) {
  const file = sdk.parseRegistration(JSON.stringify(await index.agentFile(agentId)), "its registration file");
  return { endpoint: sdk.negotiationEndpoint(file), catalogue: sdk.parseCatalogue(file) };
}

/** Asks one provider for an offer, and for a better one if it haggles. Throws if there is none that may be accepted. */
export async function askForOffer(
  { signer, agentId = 0n, index, token, evaluator, haggleBps = 10_000n, http }: ClientOptions,
  market: sdk.AgentMarket,
  { contract: wanted, input, budget }: Task,
  providerAgentId: string,
): Promise<Asked> {
  const { escrow, registry, addresses } = market.market;
  const { chainId } = await signer.provider!.getNetwork();
  const place = { chainId, escrow: addresses.escrow };
  // The index tells who may suit; whom one deals with is read from the chain.
  const provider = await registry.getAgentWallet(providerAgentId);
  const { endpoint, catalogue } = await findProvider(index, providerAgentId);
  const service = catalogue?.services.find(({ skills }) => skills.includes(wanted.taskType));
  if (endpoint === undefined) throw new sdk.InvalidInputError("it names no place to negotiate.");
  if (service === undefined) throw new sdk.InvalidInputError(`it has no service for ${wanted.taskType}.`);

  const contract = { ...wanted, deliverable: service.deliverable };
  const now = await market.now();
  const request = sdk.makeQuoteRequest({
    ...{ client: signer.address, clientAgentId: agentId, provider, service: service.id, token, maxAmount: budget },
    ...{ termsHash: sdk.termsHash(contract), evaluators: [evaluator], validUntil: now + ANSWER_WITHIN },
    ...(input === undefined ? {} : { inputHash: sdk.contentHash(input) }),
  });
  const say = async (before: sdk.Thread, message: sdk.Message, extra?: { terms: sdk.CarriedTerms }): Promise<Told> => {
    const sent = await sdk.sealMessage(signer, place, message, extra);
    const { thread } = await sdk.extendThread(before, sent, now);
    const reply = await sdk.negotiateOverHttp(endpoint, sent, http);
    if (reply === undefined) throw new sdk.InvalidInputError("it does not answer.");
    return { ...(await sdk.extendThread(thread, reply, now, { chain: escrow.runner!.provider! })), reply };
  };

  const begun = sdk.openThread(place, provider);
  let told = await say(begun, { type: "QuoteRequest", message: request }, { terms: sdk.carry(contract) });
  if (told.reply.body.type === "Offer" && haggleBps < 10_000n) {
    const first = told.reply.body.message;
    const counter = sdk.counterOf(place, first, { amount: (first.amount * haggleBps) / 10_000n });
    const second = await say(told.thread, { type: "CounterOffer", message: counter });
    // A provider that says no to less still stands by what it has signed.
    if (second.reply.body.type === "Offer") told = second;
  }
  const { body, signature } = told.reply;
  if (body.type === "Decline") throw new sdk.InvalidInputError(`it declines: ${body.message.detail}`);
  if (body.type !== "Offer") throw new sdk.InvalidInputError("it answers with something else than an offer.");
  const offer = body.message;
  const limits = { maxAmount: budget, tokens: [token], evaluators: [evaluator] };
  const objections = sdk.checkOffer(told.thread, offer, limits, now);
  if (offer.providerAgentId !== BigInt(providerAgentId)) objections.push("its work would go into another's record");
  if (objections.length > 0) throw new sdk.InvalidInputError(`its offer is refused: ${objections.join("; ")}.`);
  return { place, endpoint, contract, offer, signature, thread: told.thread };
}

/** Ends a negotiation: tells a provider what it has been hired for, or that another one was. Nothing depends on it. */
export async function tell(
  { signer, http }: Pick<ClientOptions, "signer" | "http">,
  { place, endpoint, thread, offer }: Asked,
  hired?: { jobId: bigint; terms: sdk.AcceptanceTerms },
): Promise<void> {
  const inReplyTo = sdk.messageHash(place, { type: "Offer", message: offer });
  const why = { reason: "chose-another", detail: "another offer suits better." } as const;
  const message: sdk.Message =
    hired === undefined
      ? { type: "Decline", message: sdk.declineOf(thread, signer.address, why) }
      : { type: "Acceptance", message: { client: signer.address, jobId: hired.jobId, inReplyTo } };
  const sent = await sdk.sealMessage(signer, place, message, hired === undefined ? {} : { acceptance: hired.terms });
  await sdk.negotiateOverHttp(endpoint, sent, http).catch(() => undefined);
}
