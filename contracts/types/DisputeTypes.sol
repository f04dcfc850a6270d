// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice How far the review of a job has come. No phase comes back once it is over.
enum Phase {
    /// Nobody has objected.
    Review,
    /// The client has objected; the provider has to answer.
    Disputed,
    /// Both stand by what they say; one of them has to call the arbitrator.
    Contested,
    /// The arbitrator has the case.
    Escalated,
    /// The arbitrator has ruled; anyone can carry it out.
    Ruled,
    /// The dispute has ended and its bonds are divided.
    Closed
}

/// @notice A dispute as it stands; all zero while nobody has objected.
/// @dev Widths: time 40 and fee 96 as in StoredJob (a bond is held to 96 bits, and a fee to a bond); shares are
/// percentages; evidence is counted up to 16.
struct DisputeState {
    // slot 0: all that phases change
    Phase phase;
    /// Unix time in seconds from which the phase is over for want of anything happening.
    uint40 deadline;
    /// Percent to the provider's side, if ruled.
    uint8 share;
    /// How often each side has put evidence forward.
    uint8 clientEvidence;
    uint8 providerEvidence;
    /// What the arbitrator was paid out of the bonds, in base units of the bonds' token.
    uint96 fee;
    // slot 1
    /// The arbitrator's number of the case, if escalated. May be 0.
    uint256 disputeID;
}

/// @notice A division that one side would take. One slot.
struct SplitOffer {
    /// Percent of the deposit to the provider's side.
    uint8 share;
    /// Last second of its validity; 0 if there is no offer.
    uint40 validUntil;
    /// The phase that it was made in, and ends with.
    Phase phase;
}

/// @notice What an OptimisticEvaluator is deployed with; none of it can change.
struct DisputeTerms {
    /// Seconds that the client has to object, from submission on.
    uint256 reviewPeriod;
    /// Seconds that the provider has to contest.
    uint256 responsePeriod;
    /// Seconds that both have to call the arbitrator.
    uint256 escalationPeriod;
    /// Seconds that the arbitrator has to rule.
    uint256 arbitrationPeriod;
    /// What bonds and the arbitrator's fee are paid in; zero for the chain's coin.
    address bondToken;
    /// Each side's bond, in base units of `bondToken`.
    uint256 bond;
    /// Basis points of what the fee leaves of the loser's bond that go to the winner.
    uint256 penaltyBps;
    /// The token of jobs that can be disputed.
    address jobToken;
    /// The least deposit worth a dispute, in base units of `jobToken`.
    uint256 minAmount;
    /// Percent of a smaller deposit that the provider gets if the client objects; with 100 it cannot object.
    uint256 smallJobShare;
}
