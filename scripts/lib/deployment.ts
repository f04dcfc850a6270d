import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { DeploymentParameters, DeploymentResult, IgnitionModule } from "@nomicfoundation/ignition-core";
import { DeploymentResultType, deploy } from "@nomicfoundation/ignition-core";
import type { JsonRpcProvider } from "ethers";

import { AgentMarketModule, agentMarketModule } from "../../deploy/modules/AgentMarket";
import { courtModule, courtModuleId } from "../../deploy/modules/Court";
import type { CourtAddresses, CourtSpec } from "../../sdk/courts";
import { predictCourt } from "../../sdk/courts";
import { CREATE2_SALT, CREATEX_ADDRESS, predictAddresses } from "../../sdk/create2";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { parseJson } from "../../sdk/canonicalJson";
import type { MarketAddresses } from "../../sdk/market";
import type { Network } from "../../sdk/networks";
import type { Eip1193Provider } from "./eip1193";
import { parseAddress, readText } from "./input";
import { placePermit2Double } from "./permit2Double";

/** Chain id of Hardhat's and Foundry's local chains: the only one where missing pieces are put in place. */
export const LOCAL_CHAIN_ID = 31337n;

const DEPLOY = join(__dirname, "..", "..", "deploy");

/** Where the journal of a chain's deployment is kept: it is what makes a deployment resumable. */
export function journalOf(network: Network, folder = join(DEPLOY, "deployments")): string {
  return join(folder, `chain-${network.chainId}`);
}

/** The parameters file of a network. */
export function readParameters(network: Network): { permit2: string; parameters: DeploymentParameters } {
  const path = join(DEPLOY, "parameters", `${network.name}.json`);
  const parameters = parseJson(readText(path, "the parameters"), path) as unknown as DeploymentParameters;
  const permit2 = parameters.AgentMarket?.permit2;
  if (typeof permit2 !== "string") throw new InvalidInputError(`${path} must give AgentMarket.permit2 an address.`);
  return { permit2: parseAddress(permit2, `${path}: AgentMarket.permit2`), parameters };
}

/** Which of these contracts have code already. */
export async function findExisting<K extends string>(
  chain: JsonRpcProvider,
  addresses: Readonly<Record<K, string>>,
): Promise<Partial<Record<K, string>>> {
  const entries = await Promise.all(
    Object.entries<string>(addresses).map(async ([name, address]) => ({
      name,
      address,
      exists: (await chain.getCode(address)) !== "0x",
    })),
  );
  return Object.fromEntries(
    entries.filter(({ exists }) => exists).map(({ name, address }) => [name, address]),
  ) as Partial<Record<K, string>>;
}

/** Refuses a chain without what the market stands on. Nothing was sent when this throws. */
export async function requireFoundations(chain: JsonRpcProvider, network: Network, permit2: string): Promise<void> {
  if (network.chainId === LOCAL_CHAIN_ID) return; // put in place by prepareLocalChain and by Ignition itself
  if ((await chain.getCode(CREATEX_ADDRESS)) === "0x") {
    throw new InvalidInputError(
      `${network.title} has no CreateX at ${CREATEX_ADDRESS}, so the market's addresses cannot be had there: deploy CreateX first (github.com/pcaversaccio/createx).`,
    );
  }
  if ((await chain.getCode(permit2)) === "0x") {
    throw new InvalidInputError(
      `${network.title} has no Permit2 at ${permit2}: correct deploy/parameters/${network.name}.json, or have Permit2 deployed there first.`,
    );
  }
}

/** Puts the double of Permit2 on a local chain. @returns Whether it was necessary. */
export async function prepareLocalChain(chain: JsonRpcProvider, network: Network, permit2: string): Promise<boolean> {
  if (network.chainId !== LOCAL_CHAIN_ID || (await chain.getCode(permit2)) !== "0x") return false;
  await placePermit2Double(chain, await chain.getSigner(0), permit2);
  return true;
}

/** A local chain forgets everything when it stops; a journal of the chain before it would promise what is gone. */
export async function dropStaleLocalJournal(
  chain: JsonRpcProvider,
  network: Network,
  journal: string,
): Promise<boolean> {
  const path = join(journal, "deployed_addresses.json");
  if (network.chainId !== LOCAL_CHAIN_ID || !existsSync(path)) return false;
  const recorded = Object.values(JSON.parse(readFileSync(path, "utf8")) as Record<string, string>);
  const codes = await Promise.all(recorded.map((address) => chain.getCode(address)));
  if (codes.every((code) => code !== "0x")) return false;
  rmSync(journal, { recursive: true });
  return true;
}

/**
 * Sets a journal aside that ends in a transaction without its hash: one about to leave in the moment of a crash.
 * Ignition would not go on before somebody has looked for it. There is no need to look: with CREATE2 the chain shows
 * what arrived, and that is taken as it is.
 * @returns Where the journal was moved, if it was necessary.
 */
export function setBrokenJournalAside(journal: string): string | undefined {
  const sends = readJournal(journal).filter((entry) => /"type":"TRANSACTION_(PREPARE_)?SEND"/.test(entry));
  if (sends.at(-1)?.includes('"type":"TRANSACTION_PREPARE_SEND"') !== true) return undefined;
  const aside = `${journal}-broken-${Date.now()}`;
  renameSync(journal, aside);
  return aside;
}

/** Deploys what of the market is missing, or resumes what a journal says was begun. */
export async function deployMarket(options: {
  provider: Eip1193Provider;
  existing: Partial<MarketAddresses>;
  parameters: DeploymentParameters;
  journal: string;
}): Promise<void> {
  const { provider, existing, parameters, journal } = options;
  await deployModule(provider, agentMarketModule(notBegun(existing, FUTURES, journal)), journal, parameters);
}

/** The same for a court and its evaluator. */
export async function deployCourt(options: {
  provider: Eip1193Provider;
  spec: CourtSpec;
  existing: Partial<CourtAddresses>;
  journal: string;
}): Promise<void> {
  const { provider, spec, existing, journal } = options;
  await deployModule(provider, courtModule(spec, notBegun(existing, courtFutures(spec), journal)), journal);
}

/** What the journal has begun is Ignition's to finish, even if it is on the chain by now. */
function notBegun<K extends string>(
  existing: Partial<Record<K, string>>,
  futures: Record<K, string>,
  journal: string,
): Partial<Record<K, string>> {
  const history = readJournal(journal);
  return Object.fromEntries(
    Object.entries(existing).filter(([name]) => !history.some((entry) => entry.includes(futures[name as K]))),
  ) as Partial<Record<K, string>>;
}

async function deployModule(
  provider: Eip1193Provider,
  ignitionModule: IgnitionModule,
  journal?: string,
  deploymentParameters: DeploymentParameters = {},
): Promise<void> {
  requireSuccess(
    await deploy({
      ignitionModule,
      deploymentParameters,
      ...(journal === undefined ? {} : { deploymentDir: journal }),
      ...(await strategyFor(provider)),
    }),
  );
}

/** The ids that Ignition's journal knows the deployments by, as they stand there. */
const FUTURES: Record<keyof MarketAddresses, string> = {
  forwarder: '"AgentMarket#AgentMarketForwarder"',
  registry: '"AgentMarket#AgentRegistry"',
  ledger: '"AgentMarket#ReputationLedger"',
  escrow: '"AgentMarket#JobEscrow"',
  walletFactory: '"AgentMarket#AgentWalletFactory"',
};

/** The journal's entries, a JSON object each. */
function readJournal(journal: string): string[] {
  const path = join(journal, "journal.jsonl");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
}

function courtFutures(spec: CourtSpec): Record<keyof CourtAddresses, string> {
  const id = courtModuleId(spec);
  return {
    randomness: `"${id}#HeaderRandomness"`,
    court: `"${id}#SeatCourt"`,
    evaluator: `"${id}#OptimisticEvaluator"`,
  };
}

/** Gas of each deployment, and the size of its transaction in bytes. */
export type DeploymentGas<K extends string = keyof MarketAddresses> = Record<K, { gas: bigint; bytes: number }>;

/** Deploys the market with the same salt on a chain inside this process, and reads the gas off it. */
export async function measureDeployment(): Promise<DeploymentGas> {
  const { recording, measured } = await recordingChain();
  await deployModule(recording, AgentMarketModule);
  return measured(Object.keys(predictAddresses()) as (keyof MarketAddresses)[]);
}

/** The same for a court and its evaluator, on a chain that has the market. */
export async function measureCourtDeployment(spec: CourtSpec): Promise<DeploymentGas<keyof CourtAddresses>> {
  const { recording, hashes, measured } = await recordingChain();
  await deployModule(recording, AgentMarketModule);
  hashes.length = 0;
  await deployModule(recording, courtModule(spec));
  return measured(Object.keys(predictCourt(spec)) as (keyof CourtAddresses)[]);
}

/** A chain inside this process that keeps note of what is sent to it. */
async function recordingChain() {
  process.env.HARDHAT_NETWORK = "hardhat";
  const { default: hre } = await import("hardhat");
  const { provider } = hre.network;
  const hashes: string[] = [];
  const recording: Eip1193Provider = {
    request: async (args) => {
      const answer: unknown = await provider.request(args);
      if (args.method === "eth_sendTransaction") hashes.push(answer as string);
      return answer;
    },
  };
  const measured = async <K extends string>(names: K[]): Promise<DeploymentGas<K>> => {
    const entries = await Promise.all(
      names.map(async (name, index) => {
        const hash = hashes[index];
        const [receipt, transaction] = (await Promise.all([
          provider.send("eth_getTransactionReceipt", [hash]),
          provider.send("eth_getTransactionByHash", [hash]),
        ])) as [{ gasUsed: string }, { input: string }];
        return [name, { gas: BigInt(receipt.gasUsed), bytes: transaction.input.length / 2 }] as const;
      }),
    );
    return Object.fromEntries(entries) as DeploymentGas<K>;
  };
  return { recording, hashes, measured };
}

async function strategyFor(provider: Eip1193Provider) {
  return {
    provider,
    accounts: (await provider.request({ method: "eth_accounts" })) as string[],
    // Every contract of the module carries its artifact: it comes from the committed bindings.
    artifactResolver: {
      loadArtifact: (name: string) => Promise.reject(new Error(`no artifact of ${name} is needed`)),
      getBuildInfo: () => Promise.resolve(undefined),
    },
    strategy: "create2" as const,
    strategyConfig: { salt: CREATE2_SALT },
  };
}

function requireSuccess(result: DeploymentResult): void {
  switch (result.type) {
    case DeploymentResultType.SUCCESSFUL_DEPLOYMENT:
      return;
    case DeploymentResultType.EXECUTION_ERROR: {
      const failed = result.failed.map(({ futureId, error }) => `${futureId}: ${error}`);
      const waiting = [...result.timedOut.map(({ futureId }) => futureId), ...result.started];
      throw new Error(
        failed.length > 0
          ? `the deployment failed at ${failed.join("; ")}: run it again when the cause is gone, it resumes from there`
          : `the deployment is waiting for ${waiting.join(", ")}: run it again, it resumes from there`,
      );
    }
    case DeploymentResultType.VALIDATION_ERROR:
    case DeploymentResultType.RECONCILIATION_ERROR:
    case DeploymentResultType.PREVIOUS_RUN_ERROR: {
      const reasons = Object.entries(result.errors).map(([id, messages]) => `${id}: ${messages.join(", ")}`);
      throw new Error(`the journal does not fit this deployment (${reasons.join("; ")}): see docs/deploying.md`);
    }
  }
}
