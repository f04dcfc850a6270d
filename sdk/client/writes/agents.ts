import type { Signer } from "ethers";
import { hexlify, zeroPadValue } from "ethers";

import { parseCatalogue } from "../../catalogue";
import { EIP712_NAMES } from "../../eip712Names";
import type { RegistrationFile } from "../../registration";
import { registrationDataUri } from "../../registration";
import { AGENT_WALLET_SET_TYPES } from "../../wallets";
import type { Context } from "../context";
import { accountOf, chainTime } from "../context";
import { earlierEvents, transactionOf } from "../earlier";
import { MarketError } from "../MarketError";
import type { Prepared } from "../plan";
import { alreadyDone, planCall } from "../plan";

/** The registry takes no consent that is valid for longer. */
const CONSENT_SECONDS = 240n;

/** Where an agent's registration file is: the file itself, which then goes on the chain, or its URI. */
export type AgentFile = { readonly file: RegistrationFile } | { readonly uri: string };

function uriOf(source: AgentFile): string {
  if ("file" in source) {
    // A catalogue that nobody could read would be found out by nobody's coming.
    parseCatalogue(source.file);
    return registrationDataUri(source.file);
  }
  if (URL.canParse(source.uri)) return source.uri;
  throw new MarketError(
    "INVALID_INPUT",
    `"${source.uri}" is not a URI: write it with its scheme, such as https: or ipfs:.`,
  );
}

/**
 * Registers an agent (ERC-8004). The account becomes its owner and first wallet.
 * Done already if the account has registered an agent with this URI that it still owns and that still has it.
 * `again: true` registers another one all the same.
 */
export async function registerAgent(
  ctx: Context,
  input: AgentFile & { readonly again?: boolean },
): Promise<Prepared<{ agentId: bigint }>> {
  const uri = uriOf(input);
  const { registry } = ctx.market;
  const owner = await accountOf(ctx);
  if (input.again !== true) {
    const topics = [registry.getEvent("Registered").fragment.topicHash, null, zeroPadValue(owner, 32)];
    for (const { args, transaction } of (await earlierEvents(ctx, registry, topics)).reverse()) {
      const agentId = args.agentId as bigint;
      const [holder, current] = await Promise.all([registry.ownerOf(agentId), registry.tokenURI(agentId)]);
      if (holder === owner && current === uri) return alreadyDone({ agentId }, transaction);
    }
  }
  return planCall({ name: "AgentRegistry", at: registry }, registry["register(string)"], [uri], {
    returned: ([agentId]) => ({ agentId }),
    event: "Registered",
    logged: (args) => ({ agentId: args.agentId as bigint }),
  });
}

/** Puts another registration file, or its URI, in the place of an agent's present one. */
export async function updateAgent(
  ctx: Context,
  input: { readonly agentId: bigint } & AgentFile,
): Promise<Prepared<{ agentId: bigint }>> {
  const { agentId } = input;
  const uri = uriOf(input);
  const { registry } = ctx.market;
  if ((await registry.tokenURI(agentId)) === uri) {
    const told = (name: string, text: unknown) => /^(URIUpdated|Registered)$/.test(name) && text === uri;
    const transaction = await transactionOf(ctx, registry, agentId, ({ name, args }) => told(name, args[1]));
    return alreadyDone({ agentId }, transaction);
  }
  const value = { agentId };
  return planCall({ name: "AgentRegistry", at: registry }, registry.setAgentURI, [agentId, uri], { value });
}

/** Sets a metadata entry of an agent on the chain. `value` is bytes, or 0x hex. */
export async function setMetadata(
  ctx: Context,
  { agentId, key, value }: { readonly agentId: bigint; readonly key: string; readonly value: Uint8Array | string },
): Promise<Prepared<{ agentId: bigint }>> {
  const { registry } = ctx.market;
  const bytes = hexlify(value);
  if (bytes !== "0x" && (await registry.getMetadata(agentId, key)) === bytes) {
    const transaction = await transactionOf(ctx, registry, agentId, ({ name, args }) => {
      return name === "MetadataSet" && args.metadataKey === key && args.metadataValue === bytes;
    });
    return alreadyDone({ agentId }, transaction);
  }
  const result = { value: { agentId } };
  return planCall({ name: "AgentRegistry", at: registry }, registry.setMetadata, [agentId, key, bytes], result);
}

/**
 * Makes an account an agent's verified wallet: the account must consent by its signature, which `wallet` makes. For an
 * account that is no signer here, give its address and its signature of `AgentWalletSet`.
 */
export async function setAgentWallet(
  ctx: Context,
  input: {
    readonly agentId: bigint;
    readonly wallet: Signer | { readonly address: string; readonly deadline: bigint; readonly signature: string };
  },
): Promise<Prepared<{ agentId: bigint }>> {
  const { agentId, wallet } = input;
  const { registry } = ctx.market;
  const address = "signTypedData" in wallet ? await wallet.getAddress() : wallet.address;
  const [current, owner] = await Promise.all([registry.getAgentWallet(agentId), registry.ownerOf(agentId)]);
  if (current === address) {
    const encoded = address.toLowerCase();
    const transaction = await transactionOf(ctx, registry, agentId, ({ name, args }) => {
      return name === "MetadataSet" && args.metadataKey === "agentWallet" && args.metadataValue === encoded;
    });
    return alreadyDone({ agentId }, transaction);
  }
  let deadline: bigint;
  let signature: string;
  if ("signTypedData" in wallet) {
    deadline = (await chainTime(ctx)) + CONSENT_SECONDS;
    const { chainId } = await ctx.chain.getNetwork();
    const domain = {
      name: EIP712_NAMES.registry,
      version: "1",
      chainId,
      verifyingContract: await registry.getAddress(),
    };
    const consent = { agentId, newWallet: address, owner, deadline };
    signature = await wallet.signTypedData(domain, AGENT_WALLET_SET_TYPES, consent);
  } else {
    ({ deadline, signature } = wallet);
  }
  const args: [bigint, string, bigint, string] = [agentId, address, deadline, signature];
  const value = { agentId };
  return planCall({ name: "AgentRegistry", at: registry }, registry.setAgentWallet, args, { value });
}

export const agentWrites = { registerAgent, updateAgent, setMetadata, setAgentWallet };
