import { predictAddresses } from "../sdk/create2";
import type { MarketAddresses } from "../sdk/market";
import { networkByName } from "../sdk/networks";
import { runCommand } from "./lib/command";
import { readParameters } from "./lib/deployment";
import { parseAddress } from "./lib/input";
import { recompile } from "./lib/recompile";
import { Report } from "./lib/report";
import type { VerifiedContract } from "./lib/runtimeCode";
import { compareRuntimeCode, expectedImmutables, verifiedAddresses } from "./lib/runtimeCode";
import { connectChain } from "./lib/session";

const CONTRACTS: Record<VerifiedContract, string> = {
  forwarder: "AgentMarketForwarder",
  registry: "AgentRegistry",
  ledger: "ReputationLedger",
  escrow: "JobEscrow",
  walletFactory: "AgentWalletFactory",
  wallet: "AgentWallet",
};

void runCommand({
  name: "verify-deployment",
  summary: "Recompile the sources and compare: the chain's code byte by byte, and every immutable with the parameters.",
  options: {
    network: { value: "NAME", required: true, help: "The network." },
    forwarder: { value: "ADDRESS", help: "The forwarder to examine, if not at its CREATE2 address." },
    registry: { value: "ADDRESS", help: "The registry, likewise." },
    ledger: { value: "ADDRESS", help: "The ledger, likewise." },
    escrow: { value: "ADDRESS", help: "The escrow, likewise." },
    "wallet-factory": { value: "ADDRESS", help: "The factory of wallets, likewise. It tells where their code is." },
  },
  example: "--network base",
  run: async (values) => {
    const network = networkByName(values.network);
    const { permit2 } = readParameters(network);
    const predicted = predictAddresses(permit2);
    const chosen = (option: "forwarder" | "registry" | "ledger" | "escrow" | "wallet-factory", otherwise: string) =>
      values[option] === undefined ? otherwise : parseAddress(values[option], `--${option}`);
    const market: MarketAddresses = {
      forwarder: chosen("forwarder", predicted.forwarder),
      registry: chosen("registry", predicted.registry),
      ledger: chosen("ledger", predicted.ledger),
      escrow: chosen("escrow", predicted.escrow),
      walletFactory: chosen("wallet-factory", predicted.walletFactory),
    };
    const addresses = verifiedAddresses(market);
    const chain = await connectChain(network);
    console.error("Recompiling, which takes about a minute.");
    const compiled = await recompile(Object.values(CONTRACTS));

    const report = new Report().add("network", "Network", network.name, `${network.title} (chain ${network.chainId})`);
    const differences: string[] = [];
    for (const [contract, name] of Object.entries(CONTRACTS) as [VerifiedContract, string][]) {
      const source = compiled[name];
      if (source === undefined) throw new Error(`${name} was not compiled: check out the version that was deployed`);
      const code = await chain.getCode(addresses[contract]);
      const expected = expectedImmutables(contract, market, permit2, network.chainId);
      const { codeMatches, immutables } = compareRuntimeCode(code, source, expected);
      const wrong = immutables.filter((immutable) => immutable.actual !== immutable.expected);
      if (code === "0x") differences.push(`${name} is not there`);
      else if (!codeMatches) differences.push(`the code of ${name} differs`);
      else differences.push(...wrong.map((immutable) => `${name}.${immutable.name} differs`));
      report.add(
        contract,
        name,
        { address: addresses[contract], codeMatches, immutables },
        [
          `${addresses[contract]}  ${code === "0x" ? "NOT THERE" : codeMatches ? "code matches" : "CODE DIFFERS"}`,
          ...immutables.map((immutable) =>
            immutable.actual === immutable.expected
              ? `  ${immutable.name} ${immutable.actual} as it should be`
              : `  ${immutable.name} ${immutable.actual} SHOULD BE ${immutable.expected ?? "known to this script"}`,
          ),
        ].join("\n"),
      );
    }
    report.add("matches", "Matches", differences.length === 0);
    if (differences.length > 0) {
      report.failWith(`${network.title} does not have what these sources compile to: ${differences.join(", ")}.`);
    }
    return report;
  },
});
