import * as sdk from "../../sdk";
import type { ClientOptions, Task } from "./agent";

/** An offer that may be accepted, and what it is for. */
export interface Asked {
  readonly negotiation: sdk.Negotiation;
  readonly signedOffer: sdk.SignedOffer;
  readonly contract: sdk.JobContract;
}

/**
 * Where a provider negotiates, and what it sells. It gets the client's terms and input there, so its file is read from
 * the chain if that has it (a `data:` URI); if the file is elsewhere, the index is trusted to have fetched the right one.
 */
export async function findProvider(market: sdk.AgentMarket, index: sdk.IndexClient, agentId: string) {
  const uri = await market.market.registry.tokenURI(agentId);
  const file = /^data:/i.test(uri) ? sdk.parseRegistrationDataUri(uri) : await fileOfIndex(index, agentId);
  return { file, endpoint: sdk.negotiationEndpoint(file), catalogue: sdk.parseCatalogue(file) };
}

async function fileOfIndex(index: sdk.IndexClient, agentId: string): Promise<sdk.RegistrationFile> {
  const found = await index.agentFile(agentId);
  if (found === undefined) throw new sdk.InvalidInputError(`the index has no registration file of agent ${agentId}.`);
  return sdk.parseRegistration(JSON.stringify(found), "its registration file");
}

/** Asks one provider for an offer, and for a better one if it haggles. Throws if there is none that may be accepted. */
export async function askForOffer(
  { agentId = 0n, index, token, evaluator, haggleBps = 10_000n, minAmount = 1n, http = {} }: ClientOptions,
  market: sdk.AgentMarket,
  { contract: wanted, input, budget }: Task,
  providerAgentId: string,
): Promise<Asked> {
  const { file, catalogue } = await findProvider(market, index, providerAgentId);
  const service = catalogue?.services.find(({ skills }) => skills.includes(wanted.taskType));
  if (service === undefined) throw new sdk.InvalidInputError(`it has no service for ${wanted.taskType}.`);
  // Its own form is taken, which must be no weaker than the one asked for.
  const problems = sdk.contractProblems(service, wanted);
  if (problems.length > 0) throw new sdk.InvalidInputError(`it does not do that: ${problems.join("; ")}.`);
  const { maxSize } = service.input ?? {};
  if (input !== undefined && maxSize !== undefined && input.length > maxSize) {
    throw new sdk.InvalidInputError(`it takes files of ${maxSize} bytes at most.`);
  }
  const contract = { ...wanted, deliverable: service.deliverable };
  let negotiation = await market.negotiate({
    agentId: BigInt(providerAgentId),
    file,
    clientAgentId: agentId,
    service: service.id,
    terms: contract,
    token,
    maxAmount: budget,
    evaluators: [evaluator],
    http,
    ...(input === undefined ? {} : { inputHash: sdk.contentHash(input) }),
  });
  const first = negotiation.signedOffer?.offer;
  if (first !== undefined && haggleBps < 10_000n) {
    const named = (first.amount * haggleBps) / 10_000n;
    const second = await negotiation.counter({ amount: named < minAmount ? minAmount : named });
    // A provider that says no to less still stands by what it has signed.
    if (second.signedOffer !== undefined) negotiation = second;
  }
  const { signedOffer, declined, objections } = negotiation;
  if (signedOffer === undefined) throw new sdk.InvalidInputError(`it declines: ${declined?.detail ?? ""}`);
  if (objections.length > 0) throw new sdk.InvalidInputError(`its offer is refused: ${objections.join("; ")}.`);
  if (signedOffer.offer.amount < minAmount) {
    throw new sdk.InvalidInputError(
      `it costs ${signedOffer.offer.amount}: below ${minAmount} nothing could be disputed.`,
    );
  }
  return { negotiation, signedOffer, contract };
}
