import type { FundingMethod, Outcome } from "../../sdk/enums";
import type { PartyName } from "./world";

/** One job of the demonstration: who hires whom, for how much, by which way of paying, and what is to come of it. */
export interface PlannedJob {
  name: string;
  story: string;
  /** File name in examples/jobs, without its ending. */
  contract: string;
  client: PartyName;
  provider: PartyName;
  /** In whole tokens. */
  price: string;
  funding: FundingMethod;
  outcome: Outcome;
  /** Who sends the hiring, if not the client. */
  sentBy?: PartyName;
  /** The client is its owner's AgentWallet, from which `sentBy`, its agent's key, hires. */
  fromWallet?: true;
  /** Afterwards the agent is talked into paying the provider this much more, in whole tokens, which its wallet refuses. */
  overreach?: string;
  /** An open offer, which leaves the input to each client: the file that this client brings. */
  clientInput?: string;
  referrer?: PartyName;
  /** The provider never delivers. */
  absent?: true;
  /** The token's issuer freezes the provider's account before it is paid; it withdraws to this one. */
  frozenThenWithdrawsTo?: PartyName;
  /** Judged not by the re-execution evaluator but by the optimistic one; and how that goes. */
  settlement?: "accepted" | "silent" | "conceded" | "fought";
  /** What each party says of the other afterwards, from 0 to 100. */
  feedback?: { byClient: number; byProvider: number };
}

export const PLAN: readonly PlannedJob[] = [
  {
    name: "lint",
    story: "lint a Solidity file with solhint",
    contract: "lint-timelock",
    client: "protocol-team",
    provider: "solidity-linter",
    price: "2.5",
    funding: "Allowance",
    outcome: "Completed",
    feedback: { byClient: 96, byProvider: 100 },
  },
  {
    name: "profile",
    story: "profile a public data set",
    contract: "profile-seattle-weather",
    client: "data-desk",
    provider: "data-profiler",
    price: "4",
    funding: "Allowance",
    fromWallet: true,
    sentBy: "data-desk-agent",
    overreach: "500",
    outcome: "Completed",
  },
  {
    name: "compile",
    story: "compile a contract, report size and gas",
    contract: "compile-timelock",
    client: "protocol-team",
    provider: "contract-compiler",
    price: "12",
    funding: "Allowance",
    fromWallet: true,
    sentBy: "protocol-team-agent",
    referrer: "directory",
    outcome: "Completed",
  },
  {
    name: "wrong work",
    story: "the provider profiled a sample and called it the file",
    contract: "profile-birdstrikes",
    client: "data-desk",
    provider: "sampling-profiler",
    price: "3",
    funding: "Permit",
    outcome: "Rejected",
    feedback: { byClient: 5, byProvider: 60 },
  },
  {
    name: "never delivered",
    story: "nothing comes; after the deadline a stranger triggers the refund",
    contract: "profile-airports",
    client: "data-desk",
    provider: "overnight-profiler",
    price: "1.75",
    funding: "Allowance",
    fromWallet: true,
    sentBy: "data-desk-agent",
    absent: true,
    outcome: "Undelivered",
  },
  {
    name: "gasless",
    story: "the client has no ETH: it signs once, a relayer sends it",
    contract: "lint-any-file",
    client: "walk-in",
    provider: "solidity-linter",
    price: "2.5",
    funding: "Authorization",
    sentBy: "relayer",
    clientInput: "npm:@openzeppelin/contracts@5.7.0/finance/VestingWallet.sol",
    outcome: "Completed",
  },
  {
    name: "blacklisted",
    story: "the issuer freezes the provider's account before it is paid",
    contract: "compile-vesting-wallet",
    client: "protocol-team",
    provider: "contract-compiler",
    price: "8",
    funding: "Permit2",
    frozenThenWithdrawsTo: "compiler-treasury",
    outcome: "Completed",
  },
  {
    name: "accepted",
    story: "no evaluator to trust: the client accepts, and that pays",
    contract: "lint-access-manager",
    client: "protocol-team",
    provider: "solidity-linter",
    price: "20",
    funding: "Allowance",
    settlement: "accepted",
    outcome: "Completed",
  },
  {
    name: "silent",
    story: "the client says nothing, which pays after the review",
    contract: "columns-flights",
    client: "data-desk",
    provider: "data-profiler",
    price: "30",
    funding: "Permit",
    settlement: "silent",
    outcome: "Completed",
  },
  {
    name: "conceded",
    story: "the client objects with a bond, the provider gives in",
    contract: "columns-weather",
    client: "data-desk",
    provider: "sampling-profiler",
    price: "40",
    funding: "Permit",
    settlement: "conceded",
    outcome: "Rejected",
  },
  {
    name: "fought",
    story: "both stand by what they say: the court divides the price",
    contract: "columns-airports",
    client: "data-desk",
    provider: "overnight-profiler",
    price: "100",
    funding: "Permit",
    settlement: "fought",
    outcome: "Partial",
  },
];
