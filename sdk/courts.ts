import type { ContractRunner } from "ethers";

import type { HeaderRandomness, OptimisticEvaluator, SeatCourt } from "../typechain-types";
import { HeaderRandomness__factory, OptimisticEvaluator__factory, SeatCourt__factory } from "./bindings";
import { courtBytecode, evaluatorBytecode, randomnessBytecode } from "./bytecode";
import { create2Address } from "./create2";
import type { CourtTier } from "./courtTiers";
import { courtTerms, disputeTerms } from "./courtTiers";
import type { MarketAddresses } from "./market";

/** Where fair settlement is on a chain: one set per tier and stablecoin. */
export interface CourtAddresses {
  readonly randomness: string;
  readonly court: string;
  readonly evaluator: string;
}

/** The contracts of fair settlement, typed, through one runner: a provider reads, a signer also writes. */
export interface CourtContracts {
  readonly randomness: HeaderRandomness;
  readonly court: SeatCourt;
  readonly evaluator: OptimisticEvaluator;
  readonly addresses: CourtAddresses;
}

/** What a court of a tier is deployed for. */
export interface CourtSpec {
  readonly tier: CourtTier;
  /** The stablecoin of jobs, bonds, seats and fees. */
  readonly token: string;
  readonly decimals: number;
  /** Wei per vote for disputes that others pay in the chain's coin; 0 refuses them. */
  readonly coinFee: bigint;
  readonly market: Pick<MarketAddresses, "forwarder" | "escrow">;
}

/** ERC-1497's file on what the court is asked in every dispute. */
const META_EVIDENCE = {
  category: "Work for hire",
  title: "Was the work delivered as agreed?",
  description:
    "A client hired a provider by a signed offer whose termsHash is the hash of their job contract. The provider " +
    "submitted a deliverable, the client objected, the provider stands by it. The evidence group is the job's id.",
  question: "What share of the deposit has the provider earned by the terms that both agreed to?",
  rulingOptions: {
    type: "single-select",
    titles: ["Nothing", "25 percent", "50 percent", "75 percent", "All of it"],
    descriptions: [
      "Nothing of what was agreed was delivered.",
      "A minor part is of use as agreed.",
      "About half is of use as agreed.",
      "It falls short in a minor part.",
      "It was delivered as agreed.",
    ],
  },
} as const;

const metaEvidenceUri = () => `data:application/json,${encodeURIComponent(JSON.stringify(META_EVIDENCE))}`;

/** The constructor arguments of the three contracts; `court` and `evaluator` take the addresses of those before. */
export function courtArguments(spec: CourtSpec) {
  const { tier, token, decimals, coinFee, market } = spec;
  return {
    court: (randomness: string) => [market.forwarder, randomness, courtTerms(tier, token, decimals, coinFee)] as const,
    evaluator: (court: string) =>
      [market.forwarder, market.escrow, court, "0x", metaEvidenceUri(), disputeTerms(tier, token, decimals)] as const,
  };
}

/** The addresses that these contracts have on a chain with CreateX: computed, without asking the chain. */
export function predictCourt(spec: CourtSpec): CourtAddresses {
  const constructors = courtArguments(spec);
  const randomness = create2Address(randomnessBytecode());
  const court = create2Address(
    courtBytecode(),
    SeatCourt__factory.createInterface().encodeDeploy(constructors.court(randomness)),
  );
  const evaluator = create2Address(
    evaluatorBytecode(),
    OptimisticEvaluator__factory.createInterface().encodeDeploy(constructors.evaluator(court)),
  );
  return { randomness, court, evaluator };
}

/** Typed handles. Asks the chain nothing. */
export function connectCourt(runner: ContractRunner, addresses: CourtAddresses): CourtContracts {
  return {
    randomness: HeaderRandomness__factory.connect(addresses.randomness, runner),
    court: SeatCourt__factory.connect(addresses.court, runner),
    evaluator: OptimisticEvaluator__factory.connect(addresses.evaluator, runner),
    addresses,
  };
}

/** The court behind an evaluator, asked from the chain. */
export async function discoverCourt(runner: ContractRunner, evaluator: string): Promise<CourtContracts> {
  const court = await OptimisticEvaluator__factory.connect(evaluator, runner).ARBITRATOR();
  const randomness = await SeatCourt__factory.connect(court, runner).RANDOMNESS();
  return connectCourt(runner, { randomness, court, evaluator });
}
