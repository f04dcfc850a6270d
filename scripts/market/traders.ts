import type { Task } from "../../examples/client/agent";
import { parsePackageUri, readPackageFile } from "../../examples/workers/inputs";
import { profileSample } from "../../examples/workers/sampling";
import type { Worker } from "../../examples/workers/work";
import type { OfferPreferences } from "../../sdk/negotiation";
import type { PartyName } from "./world";

/*
 * Who trades by itself in the market of `npm start`, with what, and for how much.
 */

export interface Seller {
  readonly party: PartyName;
  readonly name: string;
  readonly description: string;
  /** Whose catalogue it sells by: a file name in examples/agents, without its ending. */
  readonly catalogue: string;
  /** In whole tokens. Below 30 the court of the small tier does not protect a client. */
  readonly price: string;
  readonly lowestBps: bigint;
  /** By default that of the catalogue. */
  readonly work?: Worker;
}

export const SELLERS: readonly Seller[] = [
  {
    party: "solid-lint",
    name: "Solid Lint",
    description: "Lints Solidity files, one at a time.",
    catalogue: "solidity-linter",
    price: "38",
    lowestBps: 9_000n,
  },
  {
    party: "lint-express",
    name: "Lint Express",
    description: "Lints Solidity files at a fixed price.",
    catalogue: "solidity-linter",
    price: "36",
    lowestBps: 10_000n,
  },
  {
    party: "column-works",
    name: "Column Works",
    description: "Profiles every column of a table, over all of its rows.",
    catalogue: "data-profiler",
    price: "45",
    lowestBps: 8_500n,
  },
  {
    party: "quick-columns",
    name: "Quick Columns",
    description: "Profiles tables fast: it looks at the first thousand rows.",
    catalogue: "data-profiler",
    price: "32",
    lowestBps: 10_000n,
    work: profileSample,
  },
];

export interface Buyer {
  readonly party: PartyName;
  readonly name: string;
  readonly description: string;
  /** The job contract, a file name in examples/jobs without its ending. */
  readonly contract: string;
  /** The files that it wants to know of, one after the other. */
  readonly inputs: readonly string[];
  /** In whole tokens. */
  readonly budget: string;
  readonly preferences: OfferPreferences;
  readonly haggleBps: bigint;
}

const OPENZEPPELIN = "npm:@openzeppelin/contracts@5.7.0/";
const SOURCES = [
  "access/Ownable.sol",
  "utils/Nonces.sol",
  "utils/Pausable.sol",
  "token/ERC20/ERC20.sol",
  "governance/TimelockController.sol",
  "access/AccessControl.sol",
  "finance/VestingWallet.sol",
  "token/ERC721/ERC721.sol",
  "utils/structs/Checkpoints.sol",
  "proxy/Clones.sol",
].map((path) => OPENZEPPELIN + path);

const TABLES = [
  "seattle-weather.csv",
  "airports.csv",
  "stocks.csv",
  "flights-airport.csv",
  "co2-concentration.csv",
  "us-employment.csv",
].map((name) => `npm:vega-datasets@2.11.0/data/${name}`);

export const BUYERS: readonly Buyer[] = [
  {
    party: "release-desk",
    name: "Release Desk",
    description: "Has contracts linted before they are released. Looks for a good record.",
    contract: "lint-any-file",
    inputs: SOURCES,
    budget: "40",
    preferences: { price: 3, time: 1, record: 6 },
    haggleBps: 9_000n,
  },
  {
    party: "audit-desk",
    name: "Audit Desk",
    description: "Has contracts linted, by whoever is the cheapest.",
    contract: "lint-any-file",
    inputs: SOURCES.toReversed(),
    budget: "40",
    preferences: { price: 1 },
    haggleBps: 10_000n,
  },
  {
    party: "research-desk",
    name: "Research Desk",
    description: "Has tables profiled, and pays for work that is right.",
    contract: "profile-any-file",
    inputs: TABLES,
    budget: "50",
    preferences: { price: 4, time: 1, record: 5 },
    haggleBps: 9_000n,
  },
];

/** What a buyer wants the round after `round` others. */
export function inputOf({ inputs }: Buyer, round: number): { name: string; bytes: NonNullable<Task["input"]> } {
  const uri = inputs[round % inputs.length] ?? "";
  const file = parsePackageUri(uri);
  return { name: file.path, bytes: readPackageFile(file) };
}
