import { ZeroAddress } from "ethers";

import type { IndexClient } from "../discovery/client";
import { connectIndex } from "../discovery/client";
import { InvalidInputError } from "../InvalidInputError";
import type { NegotiateInput, Negotiation } from "../negotiation/negotiate";
import { negotiate } from "../negotiation/negotiate";
import type { RegistrationFile } from "../registration";
import type { Context } from "./context";
import { accountOf, chainTime, signerOf } from "./context";
import { toMarketError } from "./MarketError";

/** An agent to negotiate with. */
export interface AgentRef {
  readonly agentId: bigint;
  /** Its registration file, if it is not to be read from the index. */
  readonly file?: RegistrationFile;
}

/** The client's index. Without one, whoever needs it is told so. */
export function indexOf(index: string | IndexClient | undefined): () => IndexClient {
  const connected = typeof index === "string" ? connect(index) : index;
  return () => {
    if (connected !== undefined) return connected;
    throw new InvalidInputError("this client knows no index: connect it with `index`.");
  };
}

function connect(url: string): IndexClient {
  try {
    return connectIndex(url);
  } catch (error) {
    throw toMarketError(error);
  }
}

/**
 * Who speaks for the agent is read from the chain: an index that lies about the file leads to a server whose answers do
 * not count. It does get to read what is asked there; give `file` where that matters.
 */
export async function negotiateWith(
  ctx: Context,
  index: () => IndexClient,
  { agentId, file, ...input }: NegotiateInput & AgentRef,
): Promise<Negotiation> {
  const { registry, addresses } = ctx.market;
  const signer = signerOf(ctx);
  const [{ chainId }, account, owner, wallet, found] = await Promise.all([
    ctx.chain.getNetwork(),
    accountOf(ctx),
    registry.ownerOf(agentId),
    registry.getAgentWallet(agentId),
    file ?? index().agentFile(agentId.toString()),
  ]);
  if (found === undefined) throw new InvalidInputError(`agent ${agentId} has no registration file that could be read.`);
  const place = { chainId, escrow: addresses.escrow };
  const asker = { place, account, signer, chain: ctx.chain, now: () => chainTime(ctx) };
  const provider = wallet === ZeroAddress ? owner : wallet;
  const negotiation = await negotiate(asker, { agentId, provider, file: found }, input);
  return typedNegotiation(negotiation);
}

/** The same, whose next steps fail with `MarketError` too. */
function typedNegotiation(negotiation: Negotiation): Negotiation {
  return {
    ...negotiation,
    counter: (changes) => typed(async () => typedNegotiation(await negotiation.counter(changes))),
    tellHired: (jobId, acceptance) => typed(() => negotiation.tellHired(jobId, acceptance)),
    decline: (why) => typed(() => negotiation.decline(why)),
  };
}

async function typed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toMarketError(error);
  }
}
