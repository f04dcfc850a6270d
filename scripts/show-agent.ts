import { ZeroAddress } from "ethers";

import type { Role } from "../sdk/enums";
import { InvalidInputError } from "../sdk/InvalidInputError";
import type { SettlementFacts } from "../sdk/records";
import { jobCount, readRecord } from "../sdk/records";
import { agentRegistryId, parseRegistrationDataUri } from "../sdk/registration";
import { formatTime } from "../sdk/units";
import { runCommand } from "./lib/command";
import { parseAddress, parseAgentId, parseNumber } from "./lib/input";
import { Report } from "./lib/report";
import type { Token } from "./lib/session";
import { CHAIN_OPTIONS, openSession, readToken } from "./lib/session";

void runCommand({
  name: "show-agent",
  summary: "Show an agent: who owns it, what its file says, and its record of settled jobs in a token.",
  options: {
    agent: { value: "ID", required: true, help: "The agent." },
    token: { value: "ADDRESS", help: "The token of the record; without it no record is shown." },
    source: { value: "ADDRESS", help: "The escrow that reported the record; by default the market's own." },
    epoch: { value: "NUMBER", help: "An earlier ownership epoch; by default the current one." },
    ...CHAIN_OPTIONS,
  },
  example: "--agent 2 --token 0x…",
  run: async (values) => {
    const agentId = parseAgentId(values.agent, "--agent", 1n);
    const tokenAddress = values.token === undefined ? undefined : parseAddress(values.token, "--token");
    const source = values.source === undefined ? undefined : parseAddress(values.source, "--source");
    const epoch = values.epoch === undefined ? undefined : parseNumber(values.epoch, "--epoch", 0n, (1n << 32n) - 1n);
    if (tokenAddress === undefined && (source ?? epoch) !== undefined) {
      throw new InvalidInputError("--source and --epoch choose a record: add --token.");
    }
    const session = await openSession(values);
    const { market, network } = session;
    const [owner, wallet, uri, currentEpoch] = await Promise.all([
      market.registry.ownerOf(agentId),
      market.registry.getAgentWallet(agentId),
      market.registry.tokenURI(agentId),
      market.registry.ownershipEpoch(agentId),
    ]);
    const report = new Report()
      .add("agentId", "Agent", agentId)
      .add("agentRegistry", "Registry", agentRegistryId(network.chainId, market.addresses.registry))
      .add("owner", "Owner", owner)
      .add("wallet", "Verified wallet", wallet, wallet === ZeroAddress ? "none" : wallet)
      .add("ownershipEpoch", "Ownership epoch", currentEpoch)
      .add("uri", "URI", uri, uri.length > 100 ? `${uri.slice(0, 60)}… (${uri.length} characters)` : uri || "none");
    if (uri.startsWith("data:")) addFile(report, uri);
    if (tokenAddress === undefined) return report;

    const token = await readToken(session, tokenAddress);
    report.add("token", "Token", token.address, `${token.symbol} ${token.address}`);
    for (const role of ["Provider", "Client"] satisfies Role[]) {
      const facts = await readRecord(market, {
        agentId,
        token: token.address,
        role,
        ...(source === undefined ? {} : { source }),
        ...(epoch === undefined ? {} : { epoch }),
      });
      report.add(`as${role}`, `As ${role.toLowerCase()}`, facts, describe(facts, token));
    }
    return report;
  },
});

/** The registration file, if it is on the chain itself. Anybody can write anything there: a bad one is said, not fatal. */
function addFile(report: Report, uri: string): void {
  try {
    const file = parseRegistrationDataUri(uri);
    report.add("registration", "Registration", file, `${file.name}: ${file.description}`);
  } catch (error) {
    const reason = (error as Error).message;
    report.add("registrationError", "Registration", reason);
  }
}

function describe(facts: SettlementFacts, token: Token): string {
  if (jobCount(facts) === 0n) return "no settled jobs";
  const counts = (["completed", "partiallyCompleted", "rejected", "undelivered", "unjudged", "declined"] as const)
    .filter((name) => facts[name] !== 0n)
    .map((name) => `${facts[name]} ${name === "partiallyCompleted" ? "partially completed" : name}`);
  return [
    `${counts.join(", ")}; ${facts.counterparties} counterparties`,
    `paid ${token.format(facts.volumePaid)} (fees to others ${token.format(facts.fees)}), refunded ${token.format(facts.volumeRefunded)}`,
    `disputes won ${facts.disputesWon}, lost ${facts.disputesLost}; from ${formatTime(facts.firstAt)} to ${formatTime(facts.lastAt)}`,
  ].join("\n");
}
