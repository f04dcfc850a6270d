import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Provider } from "ethers";
import { HDNodeWallet, JsonRpcProvider, Mnemonic } from "ethers";
import type { HardhatNetworkHDAccountsConfig } from "hardhat/types";

import AgentMarketModule from "../../deploy/modules/AgentMarket";
import { courtModule } from "../../deploy/modules/Court";
import type { CourtContracts, CourtSpec } from "../../sdk/courts";
import { connectCourt } from "../../sdk/courts";
import { tierByName } from "../../sdk/courtTiers";
import type { Market } from "../../sdk/market";
import { connectMarket } from "../../sdk/market";
import { agentRegistryId, parseRegistration, registrationDataUri } from "../../sdk/registration";
import type { StableToken } from "../../typechain-types";
import { StableToken__factory } from "../../typechain-types/factories/contracts/mocks/tokens/StableToken__factory";
import { placePermit2Double } from "../lib/permit2Double";
import type { LocalChain } from "./chain";
import type { FileStore } from "../../examples/files";
import { minedInOrder } from "./mining";
import type { ClientWallet } from "./wallets";

/** Who takes part, and which of the chain's accounts each one holds. */
const ACCOUNTS = {
  operator: 0,
  "protocol-team": 1,
  "data-desk": 2,
  "solidity-linter": 3,
  "data-profiler": 4,
  "contract-compiler": 5,
  "sampling-profiler": 6,
  "overnight-profiler": 7,
  "reexecution-evaluator": 8,
  relayer: 9,
  "passer-by": 10,
  directory: 11,
  "compiler-treasury": 12,
  // For whoever tries the scripts on a kept chain.
  "your-client": 13,
  "your-provider": 14,
  "your-evaluator": 15,
  // Keys of agents, which spend from their owners' wallets, and who may freeze these.
  "protocol-team-agent": 16,
  "data-desk-agent": 17,
  guardian: 18,
  // Beyond the twenty that the chain gives ETH to: the first one never pays for gas, the operator funds the others.
  "walk-in": 20,
  "juror-1": 21,
  "juror-2": 22,
  "juror-3": 23,
  "juror-4": 24,
  "juror-5": 25,
  "juror-6": 26,
  "juror-7": 27,
  "juror-8": 28,
  "juror-9": 29,
  // Agents that trade by themselves, see trade.ts.
  "solid-lint": 30,
  "lint-express": 31,
  "column-works": 32,
  "quick-columns": 33,
  "release-desk": 34,
  "audit-desk": 35,
  "research-desk": 36,
} as const;

export type PartyName = keyof typeof ACCOUNTS;

export const JURORS = [
  "juror-1",
  "juror-2",
  "juror-3",
  "juror-4",
  "juror-5",
  "juror-6",
  "juror-7",
  "juror-8",
  "juror-9",
] as const satisfies PartyName[];
export type JurorName = (typeof JURORS)[number];

/** Those with a registration file in examples/agents. */
export const AGENTS = [
  "solidity-linter",
  "data-profiler",
  "contract-compiler",
  "sampling-profiler",
  "overnight-profiler",
  "protocol-team",
  "data-desk",
  "reexecution-evaluator",
] as const satisfies PartyName[];

/** Who begins with money: those who pay for work, and providers who would stand by theirs with a bond. */
const MONIED = [
  "protocol-team",
  "data-desk",
  "walk-in",
  "your-client",
  "overnight-profiler",
  "your-provider",
] as const satisfies PartyName[];
/** 1,000 of the 6-decimal stablecoin. */
const POCKET_MONEY = 1_000_000_000n;
/** Jobs here are small. */
const COURT_TIER = "small";

export interface Party {
  name: PartyName;
  wallet: HDNodeWallet;
  /** 0 for those that are not registered. */
  agentId: bigint;
}

/** A market on a local chain, with everybody in it. */
export interface World {
  chain: LocalChain;
  provider: JsonRpcProvider;
  chainId: bigint;
  market: Market;
  /** What the court and its evaluator were deployed with. */
  courtSpec: CourtSpec;
  /** Fair settlement: the evaluator that asks nobody until somebody objects, and the court behind it. */
  settlement: CourtContracts;
  token: StableToken;
  tokenAddress: string;
  decimals: number;
  files: FileStore;
  parties: Record<PartyName, Party>;
  /** Wallets that clients hire from. */
  wallets: ClientWallet[];
}

export const EXAMPLES = join(__dirname, "..", "..", "examples");

/** Deploys the market as on a public chain, and beside it what a public chain would have already. */
export async function createWorld(chain: LocalChain, files: FileStore): Promise<World> {
  const { hre, url } = chain;
  const chainId = BigInt(hre.config.networks.hardhat.chainId);
  // The defaults would hold back each call for 10 ms in case others come, poll every four seconds for blocks that are
  // mined at once here, and answer from a cache.
  const options = { staticNetwork: true, batchStallTime: 0, cacheTimeout: -1, polling: true };
  const provider = new JsonRpcProvider(url, chainId, options);
  provider.pollingInterval = 50;
  const parties = openAccounts(hre.config.networks.hardhat.accounts as HardhatNetworkHDAccountsConfig, provider);
  const operator = parties.operator.wallet;

  await placePermit2Double(provider, operator);

  const deployed = await hre.ignition.deploy(AgentMarketModule, { strategy: "create2" });
  const market = connectMarket(provider, {
    forwarder: await deployed.forwarder.getAddress(),
    registry: await deployed.registry.getAddress(),
    ledger: await deployed.ledger.getAddress(),
    escrow: await deployed.escrow.getAddress(),
    walletFactory: await deployed.walletFactory.getAddress(),
  });

  const token = await new StableToken__factory(operator).deploy("Example Dollar", "USDX");
  await token.waitForDeployment();
  const tokenAddress = await token.getAddress();
  const decimals = Number(await token.decimals());
  await minedInOrder(MONIED.map((name) => () => token.mint(parties[name].wallet, POCKET_MONEY)));

  const tier = tierByName(COURT_TIER);
  const courtSpec: CourtSpec = { tier, token: tokenAddress, decimals, coinFee: 0n, market: market.addresses };
  const court = await hre.ignition.deploy(courtModule(courtSpec), { strategy: "create2" });
  const settlement = connectCourt(provider, {
    randomness: await court.randomness.getAddress(),
    court: await court.court.getAddress(),
    evaluator: await court.evaluator.getAddress(),
  });
  return {
    chain,
    provider,
    chainId,
    market,
    courtSpec,
    settlement,
    token: token.connect(provider),
    tokenAddress,
    decimals,
    files,
    parties,
    wallets: [],
  };
}

/** Registers every example agent with its registration file on chain. */
export async function registerAgents({ market, chainId, parties }: World): Promise<void> {
  for (const name of AGENTS) {
    const path = join(EXAMPLES, "agents", `${name}.json`);
    const registration = parseRegistration(readFileSync(path, "utf8"), path);
    const party = parties[name];
    const registry = market.registry.connect(party.wallet);
    // The file names the agent's id, which exists only once the agent does: hence two steps.
    party.agentId = await registry["register()"].staticCall();
    await (await registry["register()"]()).wait();
    const registrations = [
      { agentId: Number(party.agentId), agentRegistry: agentRegistryId(chainId, market.addresses.registry) },
    ];
    await (await registry.setAgentURI(party.agentId, registrationDataUri({ ...registration, registrations }))).wait();
  }
}

/** The chain's own time, which is what deadlines are measured by. */
export async function chainTime({ provider }: Pick<World, "provider">): Promise<bigint> {
  const block = await provider.getBlock("latest");
  if (block === null) throw new Error("The chain has no block.");
  return BigInt(block.timestamp);
}

export async function passTime({ provider }: World, seconds: bigint): Promise<void> {
  await provider.send("evm_increaseTime", [Number(seconds)]);
  await provider.send("evm_mine", []);
}

/** Mines a block at that very second, if it has not passed. */
export async function passUntil(world: World, time: bigint): Promise<void> {
  if ((await chainTime(world)) >= time) return;
  await world.provider.send("evm_setNextBlockTimestamp", [Number(time)]);
  await world.provider.send("evm_mine", []);
}

/** What people call an address. */
export function nameOfAddress({ parties, wallets, market, settlement }: World, address: string): string {
  if (address === market.addresses.escrow) return "escrow";
  if (address === settlement.addresses.evaluator) return "optimistic-evaluator";
  if (address === settlement.addresses.court) return "seat-court";
  return partyAt(parties, address)?.name ?? wallets.find((wallet) => wallet.address === address)?.name ?? address;
}

export function partyAt(parties: World["parties"], address: string): Party | undefined {
  return Object.values(parties).find(({ wallet }) => wallet.address === address);
}

function openAccounts(
  { mnemonic, path, passphrase }: HardhatNetworkHDAccountsConfig,
  provider: Provider,
): Record<PartyName, Party> {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic, passphrase), path);
  return Object.fromEntries(
    Object.entries(ACCOUNTS).map(([name, index]) => [
      name,
      { name, wallet: root.deriveChild(index).connect(provider), agentId: 0n },
    ]),
  ) as Record<PartyName, Party>;
}
