import { ZeroAddress, ZeroHash } from "ethers";

import { parseRevert, revertDataOf } from "../../sdk/errors";
import { formatAmount, parseAmount } from "../../sdk/units";
import type { GrantedPolicy } from "../../sdk/wallets";
import { AGENT_WALLET_SET_TYPES, encodePolicy, walletConsentSignature } from "../../sdk/wallets";
import type { LimitLeft } from "../../sdk/walletView";
import { readLimits } from "../../sdk/walletView";
import type { AgentWallet } from "../../typechain-types";
import { AgentWallet__factory } from "../../sdk/bindings";
import type { Check } from "./check";
import { check, total } from "./check";
import { mined } from "./mining";
import type { Tell } from "./steps";
import type { Party, PartyName, World } from "./world";
import { chainTime } from "./world";

/** A client's wallet: the client owns it, its agent's key spends from it. */
export interface ClientWallet {
  name: string;
  contract: AgentWallet;
  address: string;
  owner: Party;
  key: Party;
  policy: GrantedPolicy;
  /** The policy as the key brings it. */
  encoded: string;
  /** What the wallet refused. */
  refused: { amount: bigint; to: PartyName; reason: string }[];
}

/** A wallet as the chain tells it at the end. */
export interface WalletAccount {
  name: string;
  address: string;
  owner: PartyName;
  key: PartyName;
  balance: bigint;
  limits: LimitLeft[];
  refused: ClientWallet["refused"];
}

/** Clients that hire from a wallet, and whose key does it. */
const CLIENTS = { "protocol-team": "protocol-team-agent", "data-desk": "data-desk-agent" } as const;

/** Agents that they may be hired for. */
const PROVIDERS = [
  "data-profiler",
  "contract-compiler",
  "sampling-profiler",
  "overnight-profiler",
] as const satisfies PartyName[];

/** In whole tokens. */
const LIMITS = { put: "50", windowCap: "40", lifetimeCap: "200", jobCap: "15", coSignAbove: "30" } as const;
const DAY = 86_400n;

/** Clients create their wallets, put money in, and let each be their agent's verified wallet. */
export async function openWallets(world: World, tell: Tell): Promise<void> {
  const { market, parties, token, chainId, decimals } = world;
  const { guardian } = parties;
  for (const [client, agent] of Object.entries(CLIENTS) as [keyof typeof CLIENTS, PartyName][]) {
    const [owner, key] = [parties[client], parties[agent]];
    const policy = await policyOf(world);
    const grants = [{ key: key.wallet.address, policy }];
    const factory = market.walletFactory.connect(owner.wallet);
    const address = await factory.walletOf(owner.wallet, guardian.wallet, grants, ZeroHash);
    await mined(await factory.createWallet(owner.wallet, guardian.wallet, grants, ZeroHash));
    await mined(await token.connect(owner.wallet).transfer(address, parseAmount(LIMITS.put, decimals)));
    // The wallet answers for its owner's signature of this, and of nothing else.
    const deadline = (await chainTime(world)) + 240n;
    const consent = { agentId: owner.agentId, newWallet: address, owner: owner.wallet.address, deadline };
    const { name, version, verifyingContract } = await market.registry.eip712Domain();
    const domain = { name, version, chainId, verifyingContract };
    const signature = await owner.wallet.signTypedData(domain, AGENT_WALLET_SET_TYPES, consent);
    const answer = walletConsentSignature(owner.agentId, owner.wallet.address, deadline, signature);
    const registry = market.registry.connect(owner.wallet);
    await mined(await registry.setAgentWallet(owner.agentId, address, deadline, answer));
    world.wallets.push({
      name: `${client}-wallet`,
      contract: AgentWallet__factory.connect(address, world.provider),
      address,
      owner,
      key,
      policy,
      encoded: encodePolicy(policy),
      refused: [],
    });
    const { put, windowCap, jobCap, coSignAbove } = LIMITS;
    tell(
      `${client} puts ${put} into a wallet: its agent may spend ${windowCap} a day, ${jobCap} on a job, ` +
        `and above ${coSignAbove} a day only if ${client} signs too`,
    );
  }
}

async function policyOf(world: World): Promise<GrantedPolicy> {
  const { market, parties, tokenAddress, decimals } = world;
  const amount = (text: string) => parseAmount(text, decimals);
  return {
    expiresAt: (await chainTime(world)) + 90n * DAY,
    maxJobDuration: DAY,
    sanctionsOracle: ZeroAddress,
    reputation: { source: ZeroAddress, token: ZeroAddress, minCompleted: 0n, minCounterparties: 0n, minVolume: 0n },
    agents: PROVIDERS.map((name) => ({ agentId: parties[name].agentId, epoch: 0n })),
    payees: [],
    escrows: [market.addresses.escrow],
    evaluators: [parties["reexecution-evaluator"].wallet.address],
    hooks: [],
    limits: [
      {
        token: tokenAddress,
        window: DAY,
        windowCap: amount(LIMITS.windowCap),
        lifetimeCap: amount(LIMITS.lifetimeCap),
        jobCap: amount(LIMITS.jobCap),
        coSignAbove: amount(LIMITS.coSignAbove),
        admittedCap: 0n,
      },
    ],
    calls: [],
  };
}

export function walletOf({ wallets }: World, client: PartyName): ClientWallet {
  const found = wallets.find(({ owner }) => owner.name === client);
  if (found === undefined) throw new Error(`${client} has no wallet.`);
  return found;
}

/** The agent is talked into paying more than its policy allows. Throws if it can. */
export async function overreach(world: World, client: PartyName, to: PartyName, text: string, tell: Tell) {
  const { parties, tokenAddress, decimals } = world;
  const { contract, key, encoded, refused } = walletOf(world, client);
  const amount = parseAmount(text, decimals);
  const payee = parties[to];
  const failure: unknown = await contract
    .connect(key.wallet)
    .pay.staticCall(encoded, tokenAddress, payee.wallet, payee.agentId, amount, ZeroHash)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  const known = parseRevert(revertDataOf(failure) ?? "0x");
  if (known?.name !== "AgentWallet_WindowCapExceeded") {
    throw new Error(`The wallet should have refused ${text} as over its cap.`, { cause: failure });
  }
  const left = formatAmount(known.args.left as bigint, decimals);
  const reason = `over the cap: of the day's ${LIMITS.windowCap}, ${left} are left`;
  refused.push({ amount, to, reason });
  tell(`${key.name} is talked into paying ${text} to ${to}: the wallet refuses, ${reason}`);
}

/** What became of the wallets, from the chain. */
export async function readWallets(world: World): Promise<WalletAccount[]> {
  const now = await chainTime(world);
  return Promise.all(
    world.wallets.map(async ({ name, contract, address, owner, key, policy, refused }) => ({
      name,
      address,
      owner: owner.name,
      key: key.name,
      balance: await world.token.balanceOf(address),
      limits: await readLimits(contract, key.wallet.address, policy, now),
      refused,
    })),
  );
}

/** What went into the wallets is there, or was charged; nobody may take more of it. */
export async function checkWallets({ wallets, token, market, decimals }: World): Promise<Check> {
  const problems: string[] = [];
  const sums = { put: 0n, refunded: 0n, charged: 0n, left: 0n };
  for (const { name, contract, address, owner, key } of wallets) {
    const moved = async (from: string | undefined, to: string | undefined) =>
      total(await token.queryFilter(token.filters.Transfer(from, to)), ({ args }) => args.value);
    const put = await moved(owner.wallet.address, address);
    const refunded = await moved(market.addresses.escrow, address);
    const went = await moved(address, undefined);
    const charged = total(
      await contract.queryFilter(contract.filters.Spent(key.wallet.address)),
      ({ args }) => args.amount,
    );
    const { usage } = await contract.usageOf(key.wallet.address, token);
    const left = await token.balanceOf(address);
    if (went !== charged) problems.push(`${name} lost ${went}, but ${charged} were charged`);
    if (charged !== usage.lifetimeSpent) problems.push(`${name} told of ${charged}, but counts ${usage.lifetimeSpent}`);
    if (put + refunded - charged !== left) problems.push(`${name} holds ${left}`);
    if ((await token.allowance(address, market.addresses.escrow)) !== 0n) problems.push(`${name} left an approval`);
    sums.put += put;
    sums.refunded += refunded;
    sums.charged += charged;
    sums.left += left;
  }
  const amount = (value: bigint) => formatAmount(value, decimals);
  return check(
    "wallets",
    problems,
    `${amount(sums.put)} put in + ${amount(sums.refunded)} refunded = ${amount(sums.charged)} charged to agents' keys + ` +
      `${amount(sums.left)} still there; no approval is left`,
  );
}
