import { existsSync } from "node:fs";

import { formatEther, formatUnits } from "ethers";

import { marketAddresses } from "../sdk/addresses";
import type { CourtAddresses, CourtSpec } from "../sdk/courts";
import { predictCourt } from "../sdk/courts";
import { COURT_TIERS, tierByName } from "../sdk/courtTiers";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { connectMarket, requireDeployed } from "../sdk/market";
import { networkByName } from "../sdk/networks";
import { parseAmount } from "../sdk/units";
import { runCommand } from "./lib/command";
import { describeCost, describeDeployer, estimateCost } from "./lib/deploymentCost";
import {
  LOCAL_CHAIN_ID,
  deployCourt,
  findExisting,
  journalOf,
  measureCourtDeployment,
  setBrokenJournalAside,
} from "./lib/deployment";
import { nodeProvider, signingProvider } from "./lib/eip1193";
import { parseAddress } from "./lib/input";
import { Report } from "./lib/report";
import { connectChain, env, readToken, walletFrom } from "./lib/session";

const KEY = "DEPLOYER_PRIVATE_KEY";
const COIN_DECIMALS = 18;

void runCommand({
  name: "deploy-court",
  summary: "Deploy fair settlement for a stablecoin beside the market: a court of one tier, and its evaluator.",
  options: {
    network: { value: "NAME", required: true, help: "The network; its endpoint comes from .env or is the public one." },
    token: { value: "ADDRESS", required: true, help: "The stablecoin of jobs, bonds, seats and fees." },
    tier: { value: "NAME", required: true, help: `One of ${COURT_TIERS.map(({ name }) => name).join(", ")}.` },
    "coin-fee": {
      value: "AMOUNT",
      default: "0",
      help: "Fee per vote in the chain's coin, for others' disputes that are paid in it; 0 refuses them.",
    },
    "dry-run": { help: "Check everything, print addresses and cost, and send nothing." },
    yes: { help: "Needed for networks with real money." },
    journal: { value: "FOLDER", help: "Where journals are kept; by default deploy/deployments." },
  },
  example: "--network baseSepolia --token 0x… --tier small --dry-run",
  run: async (values) => {
    const network = networkByName(values.network);
    const tier = tierByName(values.tier);
    const token = parseAddress(values.token, "--token");
    const coinFee = parseAmount(values["coin-fee"], COIN_DECIMALS);
    const dryRun = values["dry-run"];
    if (network.mainnet && !values.yes && !dryRun) {
      throw new InvalidInputError(`${network.title} is real money: look at --dry-run, then add --yes.`);
    }
    const local = network.chainId === LOCAL_CHAIN_ID;
    const wallet = env(KEY) === undefined && (local || dryRun) ? undefined : walletFrom(KEY);
    const chain = await connectChain(network);
    const market = connectMarket(chain, marketAddresses(network.chainId));
    await requireDeployed(chain, market.addresses);
    const { decimals, symbol } = await readToken({ chain, network }, token);

    const spec: CourtSpec = { tier, token, decimals, coinFee, market: market.addresses };
    const addresses = predictCourt(spec);
    const existing = await findExisting(chain, addresses);
    const names = Object.keys(addresses) as (keyof CourtAddresses)[];
    const missing = names.filter((name) => existing[name] === undefined);
    if (missing.length > 0) console.error("Measuring the deployment on a chain inside this process.");
    const measured = missing.length > 0 ? await measureCourtDeployment(spec) : undefined;
    const cost = await estimateCost(
      chain,
      missing.flatMap((name) => measured?.[name] ?? []),
    );
    const balance = wallet === undefined ? undefined : await chain.getBalance(wallet.address);
    const report = new Report()
      .add("network", "Network", network.name, `${network.title} (chain ${network.chainId})`)
      .add("deployer", "Deployer", wallet?.address ?? null, describeDeployer(wallet, balance))
      .add("token", "Token", token, `${token} (${symbol})`)
      .add(
        "tier",
        "Tier",
        tier.name,
        `${tier.name}: jobs up to ${tier.maxJob}, seats ${tier.seatPrice}, bonds ${tier.bond}, ${tier.fee} per vote`,
      );
    for (const name of names) {
      const gas = existing[name] === undefined ? measured?.[name].gas : undefined;
      const state = gas === undefined ? "there already" : `${gas} gas to deploy`;
      report.add(name, name, addresses[name], `${addresses[name]}  ${state}`);
    }
    report
      .add("gas", "Gas", cost.gas)
      .add("gasPrice", "Gas price", cost.gasPrice, `${formatUnits(cost.gasPrice, "gwei")} gwei now`)
      .add("cost", "Cost", cost.total, describeCost(cost));
    if (dryRun) return report.add("sent", "Sent", false, "nothing: this was a dry run");

    console.error(report.toTable());
    if (balance !== undefined && balance < cost.total) {
      throw new InvalidInputError(
        `the deployer ${wallet?.address ?? ""} has ${formatEther(balance)}, less than the ${formatEther(cost.total)} that this costs: send it more.`,
      );
    }
    const journal = journalOf(network, values.journal);
    const aside = setBrokenJournalAside(journal);
    if (aside !== undefined)
      console.error(`The journal was broken off: moved it to ${aside}, going on from the chain.`);
    if (missing.length > 0 || existsSync(journal)) {
      const provider = wallet === undefined ? nodeProvider(chain) : signingProvider(chain, wallet);
      await deployCourt({ provider, spec, existing, journal });
    }
    const placed = Object.keys(await findExisting(chain, addresses)).length;
    if (placed < names.length) {
      throw new Error(`only ${placed} of ${names.length} contracts are on the chain: run this again, it resumes`);
    }
    return report.add(
      "sent",
      "Sent",
      missing.length > 0,
      missing.length > 0 ? `deployed ${missing.join(", ")}` : "nothing: all was there",
    );
  },
});
