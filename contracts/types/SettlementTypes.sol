// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice How a funded job ended.
enum Outcome {
    /// The provider was paid all: by verdict, or by silence where both had signed for that.
    Completed,
    /// The evaluator divided the money.
    Partial,
    /// The evaluator refused; the client was refunded.
    Rejected,
    /// Nothing was submitted in time; the client was refunded.
    Undelivered,
    /// Submitted work was not judged in time; the client was refunded.
    Unjudged,
    /// The provider gave the job back before submitting. Neutral.
    Declined
}

/// @notice What a verdict says about a dispute that preceded it.
enum DisputeOutcome {
    None,
    ProviderWon,
    ClientWon,
    /// Neither side won: counted for neither.
    Split
}

/// @notice In which role an agent took part in a job.
enum Role {
    Provider,
    Client
}

/// @notice One settlement as an escrow reports it. An agentId of 0 leaves that side unrecorded.
/// @dev Plain 256-bit numbers: what is too large for the ledger's own widths saturates there.
struct Settlement {
    uint256 jobId;
    address token;
    address client;
    uint256 clientAgentId;
    /// Ownership epoch of the client's identity when the job was funded.
    uint256 clientEpoch;
    /// Zero, like its agentId, if the provider never consented to the job.
    address provider;
    uint256 providerAgentId;
    /// Ownership epoch of the provider's identity when the job was funded.
    uint256 providerEpoch;
    Outcome outcome;
    DisputeOutcome dispute;
    /// Base units of `token` that went to the provider's side, fees included.
    uint256 paid;
    /// Base units of `token` that went back to the client.
    uint256 refunded;
    /// Part of `paid` that went to an evaluator or referrer other than the two parties.
    uint256 fees;
}

/// @notice All that happened to one agent in one role, under one source, token and ownership epoch.
/// @dev Nothing here can revert, so that no record can ever block a settlement. Amounts and refusals stop at their
/// width's end; weight, completed and counterparties count calls and are not held, since 2^32 calls cannot be paid for.
struct SettlementFacts {
    /// Base units paid to the provider's side, fees included. 128 bits.
    uint256 volumePaid;
    /// Sum over paid jobs of WEIGHT_UNIT / k, where the job was the k-th paid one between its two parties. 64 bits.
    uint256 weight;
    /// Jobs paid in full. This and all counts below: 32 bits.
    uint256 completed;
    /// How many different parties stood on the other side of paid jobs.
    uint256 counterparties;
    /// Part of `volumePaid` that went to third parties. 96 bits.
    uint256 fees;
    /// Unix times in seconds of the first and the latest settlement. 40 bits.
    uint256 firstAt;
    uint256 lastAt;
    uint256 rejected;
    uint256 undelivered;
    /// Base units refunded to the client. 96 bits.
    uint256 volumeRefunded;
    uint256 partiallyCompleted;
    uint256 unjudged;
    uint256 declined;
    uint256 disputesWon;
    uint256 disputesLost;
}
