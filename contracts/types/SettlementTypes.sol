// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

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
struct Settlement {
    uint256 jobId;
    address token;
    address client;
    uint40 clientAgentId;
    uint32 clientEpoch;
    /// Zero, like its agentId, if the provider never consented to the job.
    address provider;
    uint40 providerAgentId;
    uint32 providerEpoch;
    Outcome outcome;
    DisputeOutcome dispute;
    /// Base units of `token` that went to the provider's side, fees included.
    uint96 paid;
    /// Base units of `token` that went back to the client.
    uint96 refunded;
    /// Part of `paid` that went to an evaluator or referrer other than the two parties.
    uint96 fees;
}

/// @notice All that happened to one agent in one role, under one source, token and ownership epoch.
/// @dev Counters saturate instead of wrapping or reverting, so that no record can ever block a settlement.
struct SettlementFacts {
    // slot 0: what a paid job changes
    /// Base units paid to the provider's side, fees included.
    uint128 volumePaid;
    /// Sum over paid jobs of WEIGHT_UNIT / k, where the job was the k-th between the same two parties.
    uint64 weight;
    uint32 completed;
    /// How many different parties stood on the other side.
    uint32 counterparties;
    // slot 1: what every job changes
    /// Part of `volumePaid` that went to third parties.
    uint96 fees;
    /// Unix times in seconds of the first and the latest settlement.
    uint40 firstAt;
    uint40 lastAt;
    uint32 rejected;
    uint32 undelivered;
    // slot 2: what is rarely non-zero
    /// Base units refunded to the client.
    uint96 volumeRefunded;
    uint32 partiallyCompleted;
    uint32 unjudged;
    uint32 declined;
    uint32 disputesWon;
    uint32 disputesLost;
}
