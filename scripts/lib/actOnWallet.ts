import type { TransactionReceipt, Wallet } from "ethers";
import { ZeroAddress, getAddress } from "ethers";

import { IERC20__factory, AgentWallet__factory } from "../../sdk/bindings";
import type { AgentWallet } from "../../typechain-types";
import { walletImplementation } from "../../sdk/create2";
import { isFromElsewhere } from "../../sdk/errors";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { parsePolicy } from "../../sdk/walletPolicy";
import type { GrantedPolicy } from "../../sdk/wallets";
import { encodePolicy, isWalletCode } from "../../sdk/wallets";
import { findGrant } from "../../sdk/walletView";
import { formatTime } from "../../sdk/units";
import type { Options } from "./command";
import { parseAddress, parseNumber, readText } from "./input";
import { readMoney } from "./payment";
import { Report } from "./report";
import type { Session, Token } from "./session";
import { CHAIN_OPTIONS, KEY_OPTION, openSession, readToken, walletFrom } from "./session";

/** Options of every command that reads a wallet. */
export const WALLET_OPTIONS = {
  wallet: { value: "ADDRESS", required: true, help: "The wallet." },
  ...CHAIN_OPTIONS,
} as const satisfies Options;

/** Options of every command that acts on one. */
export const WALLET_SIGNER_OPTIONS = { ...WALLET_OPTIONS, ...KEY_OPTION } as const satisfies Options;

/** The option of every command that looks for events. */
export const FROM_BLOCK_OPTION = {
  "from-block": {
    value: "NUMBER",
    default: "0",
    help: "Where to begin looking for the wallet's events: endpoints that refuse a long way need its first block.",
  },
} as const satisfies Options;

/** Options of every command that a key spends by. */
export const SPENDING_OPTIONS = {
  policy: { value: "FILE", help: "Your policy; by default it is found from the wallet's events." },
  ...FROM_BLOCK_OPTION,
  ...WALLET_SIGNER_OPTIONS,
} as const satisfies Options;

/** A wallet and the market around it. */
export interface WalletSession extends Session {
  /** Reads; connect it to a signer to write. */
  readonly wallet: AgentWallet;
  readonly address: string;
  readonly owner: string;
}

/** Connects to a wallet, and makes sure that it is one: what looks like one could be made to take what is sent to it. */
export async function openWallet(values: {
  wallet: string;
  network: string;
  escrow: string | undefined;
}): Promise<WalletSession> {
  return openWalletAt(values, parseAddress(values.wallet, "--wallet"));
}

/** The same for an address that comes out of a file. */
export async function openWalletAt(
  values: { network: string; escrow: string | undefined },
  address: string,
): Promise<WalletSession> {
  const session = await openSession(values);
  const { chain, market, network } = session;
  const code = await chain.getCode(address);
  if (!isWalletCode(code, walletImplementation(market.addresses.walletFactory))) {
    throw new InvalidInputError(
      `${address} is no wallet of this version's factory on ${network.title}: check the address, the network and the version.`,
    );
  }
  const wallet = AgentWallet__factory.connect(address, chain);
  return { ...session, wallet, address, owner: await wallet.owner() };
}

/** The acting account, which must be the wallet's owner. */
export function ownerOf(session: WalletSession, variable: string): Wallet {
  const signer = walletFrom(variable).connect(session.chain);
  if (signer.address !== session.owner) {
    throw new InvalidInputError(
      `the wallet belongs to ${session.owner}, and this is for its owner, not for ${signer.address}: use the owner's key.`,
    );
  }
  return signer;
}

/** A policy from a file, held against the chain: what could never work, or would mean another amount, is refused. */
export async function readPolicy(session: Session, path: string): Promise<GrantedPolicy> {
  const { chain, network, market, now } = session;
  const { policy, decimals } = parsePolicy(readText(path, "--policy"), path);
  const problems: string[] = [];
  if (policy.expiresAt <= now) problems.push(`/expiresAt: has passed, as it is ${formatTime(now)}`);
  for (const [token, stated] of decimals) {
    if (token === ZeroAddress) continue;
    const actual = await readToken(session, token, path);
    if (actual.decimals !== stated) {
      problems.push(`the token ${token} (${actual.symbol}) has ${actual.decimals} decimals, not ${stated}`);
    }
  }
  const contracts = [
    ...policy.escrows.map((account, index) => [`/escrows/${index}`, account] as const),
    ...policy.hooks.map((account, index) => [`/hooks/${index}`, account] as const),
    ...policy.calls.map(({ target }, index) => [`/calls/${index}/target`, target] as const),
    ["/sanctionsOracle", policy.sanctionsOracle] as const,
    ["/reputation/source", policy.reputation.source] as const,
  ];
  for (const [where, account] of contracts) {
    if (account !== ZeroAddress && (await chain.getCode(account)) === "0x") {
      problems.push(`${where}: ${network.title} has no contract at ${account}`);
    }
  }
  for (const [index, { agentId, epoch }] of policy.agents.entries()) {
    // Agents that do not exist have epoch 0; asking for their owner reverts.
    const current = await market.registry.ownerOf(agentId).then(
      () => market.registry.ownershipEpoch(agentId),
      (error: unknown) => {
        if (isFromElsewhere(error)) return undefined;
        throw error;
      },
    );
    if (current === undefined) problems.push(`/agents/${index}: there is no agent ${agentId}`);
    else if (current !== epoch) problems.push(`/agents/${index}: agent ${agentId} is in ownership epoch ${current}`);
  }
  if (problems.length > 0) throw new InvalidInputError(`${path}: ${problems.join("; ")}.`);
  return policy;
}

/** The policy that a key brings: from its file, or from the wallet's events. */
export async function bringPolicy(
  { wallet }: WalletSession,
  key: string,
  values: { policy: string | undefined; "from-block": string },
): Promise<{ encoded: string; policy: GrantedPolicy }> {
  const fromBlock = parseFromBlock(values["from-block"]);
  if (values.policy !== undefined) {
    const { policy } = parsePolicy(readText(values.policy, "--policy"), values.policy);
    const encoded = encodePolicy(policy);
    if (await wallet.isGranted(key, encoded)) return { encoded, policy };
    throw new InvalidInputError(
      `${values.policy} is not what ${key} was granted, or holds no more: leave --policy out to find what is granted.`,
    );
  }
  const grant = await findGrant(wallet, key, fromBlock);
  if (grant !== undefined) return grant;
  throw new InvalidInputError(`${key} has no policy in this wallet: let its owner grant one.`);
}

export function parseFromBlock(text: string): number {
  return Number(parseNumber(text, "--from-block", 0n, BigInt(Number.MAX_SAFE_INTEGER)));
}

/** A token's address, or zero for "coin". */
export function parseMoney(text: string, option = "--token"): string {
  return text === "coin" ? ZeroAddress : parseAddress(text, option);
}

/** What the wallet has of a token. */
export async function balanceOf({ chain, address }: WalletSession, token: string): Promise<bigint> {
  return token === ZeroAddress ? chain.getBalance(address) : IERC20__factory.connect(token, chain).balanceOf(address);
}

/** Tokens by their addresses, each asked once; one that does not answer is shown in base units. */
export function moneyReader(session: Session): (address: string) => Promise<Token> {
  const known = new Map<string, Promise<Token>>();
  return (address) => {
    const key = getAddress(address);
    const token =
      known.get(key) ??
      readMoney(session, key).catch((error: unknown) => {
        if (!(error instanceof InvalidInputError)) throw error;
        const format = (amount: bigint) => `${amount} base units`;
        return { address: key, decimals: 0, symbol: `${key.slice(0, 10)}…`, format };
      });
    known.set(key, token);
    return token;
  };
}

/** What became of a call by the owner. */
export function reportOn({ address, owner }: WalletSession, receipt: TransactionReceipt): Report {
  return new Report()
    .add("wallet", "Wallet", address)
    .add("owner", "Owner", owner)
    .add("transaction", "Transaction", receipt.hash)
    .add("gasUsed", "Gas used", receipt.gasUsed);
}
