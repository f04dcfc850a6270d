import { AbiCoder, keccak256 } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

/** The shares a court can rule, in percent to the provider. A vote is an index into them, a ruling that plus one. */
export const SHARES = [0, 25, 50, 75, 100] as const;

/** What a vote is committed with: all that tells it from any other vote anywhere. */
export interface Ballot {
  readonly chainId: bigint;
  readonly court: string;
  readonly disputeId: bigint;
  /** Which of the dispute's panels, from 0. */
  readonly panel: bigint;
  /** Which of the panel's slots, from 0. */
  readonly slot: bigint;
  readonly juror: string;
  /** Index into SHARES. */
  readonly vote: number;
  /** 32 random bytes that nobody else knows. */
  readonly salt: string;
}

/** The commitment to a ballot, as SeatCourt's `commitmentOf` computes it. */
export function commitmentOf(ballot: Ballot): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["uint256", "address", "uint256", "uint256", "uint256", "address", "uint256", "bytes32"],
      [
        ballot.chainId,
        ballot.court,
        ballot.disputeId,
        ballot.panel,
        ballot.slot,
        ballot.juror,
        ballot.vote,
        ballot.salt,
      ],
    ),
  );
}

/** The vote for a share. @throws InvalidInputError if it is none of the five. */
export function voteForShare(share: number): number {
  const vote = SHARES.findIndex((known) => known === share);
  if (vote < 0) throw new InvalidInputError(`${String(share)} is no share: vote for 0, 25, 50, 75 or 100 percent.`);
  return vote;
}

/** The share that a ruling gives the provider; undefined for 0, "refused to rule". */
export function shareOfRuling(ruling: bigint): number | undefined {
  return SHARES[Number(ruling) - 1];
}
