import { join } from "node:path";

import { config as loadEnv } from "dotenv";
import type { TransactionReceipt } from "ethers";
import { JsonRpcProvider, Network as ChainNetwork, Wallet } from "ethers";

import { IERC20Metadata__factory } from "../../sdk/bindings";
import type { ContractMethodArgs, TypedContractMethod } from "../../typechain-types/common";
import { marketAddresses } from "../../sdk/addresses";
import { SAFE_GAS_LIMIT } from "../../sdk/gas";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Market } from "../../sdk/market";
import { connectMarket, discoverMarket, requireDeployed } from "../../sdk/market";
import type { Network } from "../../sdk/networks";
import { networkByName } from "../../sdk/networks";
import { oneLine } from "../../sdk/plainText";
import { formatAmount } from "../../sdk/units";
import type { Options } from "./command";
import { parseAddress } from "./input";

loadEnv({ quiet: true, path: join(__dirname, "..", "..", ".env") });

/** The option of every command that talks to a chain. */
export const NETWORK_OPTION = {
  network: {
    value: "NAME",
    default: "localhost",
    help: "The network; its endpoint comes from .env or is the public one.",
  },
} as const satisfies Options;

/** The option of every command that signs. */
export const KEY_OPTION = {
  "key-env": {
    value: "NAME",
    default: "PRIVATE_KEY",
    help: "The environment variable (or line of .env) that holds the acting account's private key.",
  },
} as const satisfies Options;

/** Options of every command that talks to the market. */
export const CHAIN_OPTIONS = {
  ...NETWORK_OPTION,
  escrow: { value: "ADDRESS", help: "The escrow, if it is another than this version's." },
} as const satisfies Options;

/** Options of every command that signs for the market. */
export const SIGNER_OPTIONS = { ...CHAIN_OPTIONS, ...KEY_OPTION } as const satisfies Options;

/** A connection to the market on one chain. */
export interface Session {
  readonly network: Network;
  readonly chain: JsonRpcProvider;
  /** Reads; connect it to a signer to write. */
  readonly market: Market;
  /** The chain's time in Unix seconds. */
  readonly now: bigint;
}

/** An environment variable; an empty one counts as not set. */
export function env(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === undefined || value === "" ? undefined : value;
}

/** A provider for the network, after asking the endpoint whether it is for that chain. */
export async function connectChain(network: Network): Promise<JsonRpcProvider> {
  const url = env(network.rpcUrlVariable) ?? network.rpcUrl;
  if (url === undefined) {
    throw new InvalidInputError(`${network.title} has no endpoint of its own: set ${network.rpcUrlVariable} in .env.`);
  }
  if (!URL.canParse(url)) throw new InvalidInputError(`${network.rpcUrlVariable} is not a URL: correct it in .env.`);
  const expected = ChainNetwork.from(network.chainId);
  // A static network keeps ethers from retrying an endpoint that is down for ever. Without a cache, since where blocks
  // come fast the second transaction of a command would get the first one's nonce.
  const chain = new JsonRpcProvider(url, expected, { staticNetwork: expected, cacheTimeout: -1 });
  if (network.name === "localhost") chain.pollingInterval = 100;
  const chainId = BigInt((await chain.send("eth_chainId", [])) as string);
  if (chainId !== network.chainId) {
    throw new InvalidInputError(
      `the endpoint in ${network.rpcUrlVariable} is for chain ${chainId}, but ${network.name} is chain ${network.chainId}: correct one of them.`,
    );
  }
  return chain;
}

/** Connects to the market and makes sure that it is there. */
export async function openSession(values: { network: string; escrow: string | undefined }): Promise<Session> {
  const network = networkByName(values.network);
  const escrow = values.escrow === undefined ? undefined : parseAddress(values.escrow, "--escrow");
  const chain = await connectChain(network);
  if (escrow !== undefined && (await chain.getCode(escrow)) === "0x") {
    throw new InvalidInputError(`--escrow: ${network.title} has no contract at ${escrow}.`);
  }
  const market =
    escrow === undefined ? connectMarket(chain, marketAddresses(network.chainId)) : await discoverMarket(chain, escrow);
  const { forwarder, registry, ledger, escrow: found } = market.addresses; // who needs the wallet factory asks for it
  await requireDeployed(chain, { forwarder, registry, ledger, escrow: found });
  return { network, chain, market, now: await timeOf(chain) };
}

/** The chain's time in Unix seconds: its latest block's. */
export async function timeOf(chain: JsonRpcProvider): Promise<bigint> {
  const block = await chain.getBlock("latest");
  return BigInt(block?.timestamp ?? Math.floor(Date.now() / 1_000));
}

/** The private key in an environment variable, as a wallet. Keys never come from the command line. */
export function walletFrom(variable: string): Wallet {
  if (!/^[A-Z][A-Z0-9_]*$/.test(variable)) {
    throw new InvalidInputError(
      "--key-env takes the name of an environment variable, never a key: put the key into .env under a name.",
    );
  }
  const key = env(variable);
  if (key === undefined) {
    throw new InvalidInputError(`${variable} is not set: put the acting account's private key under it in .env.`);
  }
  if (!/^0x[0-9a-fA-F]{64}$/.test(key)) {
    throw new InvalidInputError(`${variable} is not a private key: it must be 0x and 64 hex digits.`);
  }
  try {
    return new Wallet(key);
  } catch {
    // Zero, or not below the curve's order.
    throw new InvalidInputError(`${variable} is not a private key: no account has it.`);
  }
}

/** A token's decimals and symbol, and amounts of it for people. The symbol is a stranger's: cleaned, and short. */
export interface Token {
  readonly address: string;
  readonly decimals: number;
  readonly symbol: string;
  readonly format: (amount: bigint) => string;
}

/** A longer one is cut: it stands in the middle of sentences. */
const LONGEST_SYMBOL = 12;

/** Asks a token what it is; refuses an address that is none. */
export async function readToken(
  { chain, network }: Pick<Session, "chain" | "network">,
  address: string,
  option = "--token",
): Promise<Token> {
  const token = IERC20Metadata__factory.connect(address, chain);
  try {
    const [decimals, given] = await Promise.all([token.decimals(), token.symbol().catch(() => "")]);
    const symbol = oneLine(given, LONGEST_SYMBOL) || "tokens";
    return {
      address,
      decimals: Number(decimals),
      symbol,
      format: (amount) => formatAmount(amount, Number(decimals), symbol),
    };
  } catch {
    throw new InvalidInputError(`${option}: ${address} is not a token on ${network.title}.`);
  }
}

/**
 * Simulates a call and sends it only if that went well, so that a refusal costs nothing. Waits until it is on the
 * chain. The limit is a fifth above the estimate: inner calls with gas caps need theirs in hand.
 */
export function simulateAndSend<A extends unknown[], R>(
  method: TypedContractMethod<A, R, "nonpayable">,
  ...args: A
): Promise<TransactionReceipt> {
  return send(method, args, 0n, {});
}

/** As `simulateAndSend`, with a limit that no hook or recipient can make too low after the simulation. */
export function simulateAndSettle<A extends unknown[], R>(
  method: TypedContractMethod<A, R, "nonpayable">,
  ...args: A
): Promise<TransactionReceipt> {
  return send(method, args, SAFE_GAS_LIMIT, {});
}

/** As `simulateAndSettle`, with some of the chain's coin sent along. @param value Wei. */
export function simulateAndPay<A extends unknown[], R>(
  method: TypedContractMethod<A, R>,
  value: bigint,
  ...args: A
): Promise<TransactionReceipt> {
  return send(method, args, SAFE_GAS_LIMIT, { value });
}

/**
 * As `simulateAndSettle`, but simulates in the block to come: for a call that is about the latest block, whose hash only
 * later ones know.
 */
export function simulateAhead<A extends unknown[], R>(
  method: TypedContractMethod<A, R, "nonpayable">,
  ...args: A
): Promise<TransactionReceipt> {
  return send(method, args, SAFE_GAS_LIMIT, { blockTag: "pending" });
}

async function send<A extends unknown[], R, S extends "nonpayable" | "payable">(
  method: TypedContractMethod<A, R, S>,
  args: A,
  leastGas: bigint,
  { value = 0n, blockTag }: { value?: bigint; blockTag?: "pending" },
): Promise<TransactionReceipt> {
  type Arguments = ContractMethodArgs<A, S>;
  const withOverrides = (overrides: object) => [...args, { value, ...overrides }] as unknown as Arguments;
  const { staticCall } = method as unknown as { staticCall: (...all: Arguments) => Promise<unknown> };
  await staticCall(...withOverrides(blockTag === undefined ? {} : { blockTag, gasLimit: leastGas }));
  // Estimates are of the latest block.
  const estimate = blockTag === undefined ? await method.estimateGas(...withOverrides({})) : 0n;
  const ample = (estimate * 6n) / 5n;
  const sent = await method(...withOverrides({ gasLimit: ample > leastGas ? ample : leastGas }));
  console.error(`Sent ${sent.hash}, waiting for its block.`);
  const receipt = await sent.wait();
  if (receipt === null) throw new Error(`the transaction ${sent.hash} is not on the chain yet: look it up later.`);
  return receipt;
}
