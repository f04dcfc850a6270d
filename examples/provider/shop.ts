import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { ZeroHash } from "ethers";

import { makeAgentCard } from "../../market/a2a/agentCard";
import { createA2aHandler } from "../../market/a2a/server";
import * as sdk from "../../sdk";
import { createNegotiationServer } from "../../sdk/negotiation/nodeListener";
import type { ProviderOptions } from "./agent";

/*
 * What clients reach of a provider: it negotiates over plain HTTP and A2A, takes their inputs, and hands out its work.
 */

/** A job that the provider was hired for, as the chain has it. */
export interface Hired {
  readonly termsHash: string;
  readonly inputHash: string;
}

/** What the shop asks of the agent behind it. */
export interface Keeper {
  readonly market: sdk.AgentMarket;
  readonly place: sdk.Place;
  readonly policy: () => sdk.QuotePolicy;
  readonly hired: (jobId: bigint) => Hired | undefined;
}

export interface Shop {
  readonly url: string;
  close(): Promise<void>;
}

/** Bytes, where the catalogue sets no limit. */
const MAX_INPUT_SIZE = 1_000_000;

/** Opens the provider's server, on the port and under the address that the options say. */
export async function openShop(options: ProviderOptions, keeper: Keeper): Promise<Shop> {
  const { registration, port = 0, signer } = options;
  const { place } = keeper;
  // Where it answers is part of what it answers: that is known once the server listens.
  let answer: sdk.NegotiationHandler = () => Promise.resolve(new Response(null, { status: 503 }));
  const server = createNegotiationServer((request, address) => answer(request, address));
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: unknown) => {
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    throw new sdk.InvalidInputError(`port ${port} is taken: give another one.`);
  });
  const url = options.url ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const catalogue = sdk.parseCatalogue(registration) ?? { version: 1, services: [] };
  const deskOptions = deskOf(options, keeper, catalogue);
  const desk = new sdk.NegotiationDesk(deskOptions);
  const card = makeAgentCard({ file: registration, baseUrl: url, place, provider: signer.address });
  const overHttp = sdk.createNegotiationHandler({ ...deskOptions, desk, files: filesOf(options, keeper, catalogue) });
  answer = createA2aHandler({ card, desk, otherwise: overHttp });
  return {
    url,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function deskOf(
  { signer, files, tell = console.log }: ProviderOptions,
  { market, place, policy }: Keeper,
  catalogue: sdk.Catalogue,
) {
  const chain = signer.provider ?? undefined;
  return {
    place,
    provider: signer.address,
    ...(chain === undefined
      ? {}
      : { chain, speaksFor: (account: string, key: string) => sdk.keySpeaksFor(chain, account, key) }),
    now: () => market.now(),
    decide: async (thread: sdk.Thread, now: bigint) => {
      const said = sdk.answerByCatalogue(thread, catalogue, policy(), now);
      if (said === undefined) return undefined;
      // Whoever hires by it may not be heard of again: what was agreed has to be here.
      if (said.type === "Offer")
        keepTerms(files, sdk.contractOf(thread, said.message.termsHash), said.message.termsHash);
      return sdk.sealMessage(signer, place, said);
    },
    onError: (error: unknown) => {
      tell(sdk.explainError(error));
    },
  };
}

function keepTerms(files: ProviderOptions["files"], contract: sdk.JobContract, termsHash: string): void {
  if (sdk.termsHash(contract) !== termsHash) {
    throw new sdk.NegotiationError("terms", "only terms without a salt are taken here.");
  }
  files.write("terms", sdk.canonicalBytes(contract));
}

function filesOf({ files }: ProviderOptions, { market, hired }: Keeper, { services }: sdk.Catalogue): sdk.JobFiles {
  const sizes = services.map(({ input }) => input?.maxSize ?? MAX_INPUT_SIZE);
  return {
    maxInputSize: sizes.length === 0 ? MAX_INPUT_SIZE : Math.max(...sizes),
    job: async (jobId) => {
      const inputHash = hired(jobId)?.inputHash;
      if (inputHash === undefined) return undefined;
      const { client, evaluator } = await market.job(jobId);
      return { client, readers: [evaluator], inputHash };
    },
    deliverable: async (jobId) => {
      const { escrow } = market.market;
      const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
      const bytes = files.find("deliverables", submitted?.args.deliverable ?? ZeroHash);
      return bytes === undefined ? undefined : { bytes, mediaType: "application/json" };
    },
    saveInput: async (jobId, bytes) => {
      await Promise.resolve(files.write("inputs", bytes, sdk.formatJobId(jobId)));
    },
  };
}
