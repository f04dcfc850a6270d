import { existsSync } from "node:fs";

import { formatEther, formatUnits } from "ethers";

import { CREATEX_ADDRESS, predictAddresses } from "../sdk/create2";
import { InvalidInputError } from "../sdk/InvalidInputError";
import type { MarketAddresses } from "../sdk/market";
import { networkByName } from "../sdk/networks";
import { runCommand } from "./lib/command";
import { describeCost, describeDeployer, estimateCost } from "./lib/deploymentCost";
import {
  LOCAL_CHAIN_ID,
  deployMarket,
  dropStaleLocalJournal,
  findExisting,
  journalOf,
  measureDeployment,
  prepareLocalChain,
  readParameters,
  requireFoundations,
  setBrokenJournalAside,
} from "./lib/deployment";
import { nodeProvider, signingProvider } from "./lib/eip1193";
import { Report } from "./lib/report";
import { connectChain, env, walletFrom } from "./lib/session";

const KEY = "DEPLOYER_PRIVATE_KEY";

void runCommand({
  name: "deploy",
  summary: "Deploy the market: the same five contracts at the same five addresses on every chain.",
  options: {
    network: { value: "NAME", required: true, help: "The network; its endpoint comes from .env or is the public one." },
    "dry-run": { help: "Check everything, print addresses and cost, and send nothing." },
    yes: { help: "Needed for networks with real money." },
    journal: { value: "FOLDER", help: "Where journals are kept; by default deploy/deployments." },
  },
  example: "--network baseSepolia --dry-run",
  run: async (values) => {
    const network = networkByName(values.network);
    const { permit2, parameters } = readParameters(network);
    const dryRun = values["dry-run"];
    if (network.mainnet && !values.yes && !dryRun) {
      throw new InvalidInputError(`${network.title} is real money: look at --dry-run, then add --yes.`);
    }
    const local = network.chainId === LOCAL_CHAIN_ID;
    // A local node has accounts of its own, and a dry run asks nobody to sign.
    const wallet = env(KEY) === undefined && (local || dryRun) ? undefined : walletFrom(KEY);
    const chain = await connectChain(network);
    await requireFoundations(chain, network, permit2);

    const addresses = predictAddresses(permit2);
    const existing = await findExisting(chain, addresses);
    const missing = (Object.keys(addresses) as (keyof MarketAddresses)[]).filter(
      (name) => existing[name] === undefined,
    );
    if (missing.length > 0) console.error("Measuring the deployment on a chain inside this process.");
    const measured = missing.length > 0 ? await measureDeployment() : undefined;
    const cost = await estimateCost(
      chain,
      missing.flatMap((name) => measured?.[name] ?? []),
    );
    const journal = journalOf(network, values.journal);
    const balance = wallet === undefined ? undefined : await chain.getBalance(wallet.address);

    const report = new Report()
      .add("network", "Network", network.name, `${network.title} (chain ${network.chainId})`)
      .add("deployer", "Deployer", wallet?.address ?? null, describeDeployer(wallet, balance))
      .add("createX", "CreateX", CREATEX_ADDRESS)
      .add("permit2", "Permit2", permit2, local ? `${permit2} (a test double on local chains)` : permit2);
    for (const name of Object.keys(addresses) as (keyof MarketAddresses)[]) {
      const gas = existing[name] === undefined ? measured?.[name].gas : undefined;
      const state = gas === undefined ? "there already" : `${gas} gas to deploy`;
      report.add(name, name, addresses[name], `${addresses[name]}  ${state}`);
    }
    report
      .add("gas", "Gas", cost.gas)
      .add("gasPrice", "Gas price", cost.gasPrice, `${formatUnits(cost.gasPrice, "gwei")} gwei now`)
      .add("cost", "Cost", cost.total, describeCost(cost));
    if (dryRun) return report.add("sent", "Sent", false, "nothing: this was a dry run");

    // The plan stands on the screen before the first transaction leaves.
    console.error(report.toTable());
    if (balance !== undefined && balance < cost.total) {
      throw new InvalidInputError(
        `the deployer ${wallet?.address ?? ""} has ${formatEther(balance)}, less than the ${formatEther(cost.total)} that this costs: send it more.`,
      );
    }
    if (await dropStaleLocalJournal(chain, network, journal)) {
      console.error("The local chain was restarted since its journal was written: starting anew.");
    }
    const aside = setBrokenJournalAside(journal);
    if (aside !== undefined) {
      console.error(
        `The journal ends in a transaction without its hash: moved it to ${aside}, going on from what is on the chain.`,
      );
    }
    if (await prepareLocalChain(chain, network, permit2)) {
      console.error(`Local chain only: put a test double of Permit2 at ${permit2}. It is not Uniswap's contract.`);
    }
    if (missing.length > 0 || existsSync(journal)) {
      const provider = wallet === undefined ? nodeProvider(chain) : signingProvider(chain, wallet);
      await deployMarket({ provider, existing, parameters, journal });
    }
    const placed = Object.keys(await findExisting(chain, addresses)).length;
    const total = Object.keys(addresses).length;
    if (placed < total) {
      throw new Error(`only ${placed} of ${total} contracts are on the chain: run this again, it resumes`);
    }
    return report
      .add(
        "sent",
        "Sent",
        missing.length > 0,
        missing.length > 0 ? `deployed ${missing.join(", ")}` : "nothing: all was there",
      )
      .add("journal", "Journal", journal);
  },
});
