// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {DisputeOutcome, Outcome, Role, Settlement, SettlementFacts} from "../types/SettlementTypes.sol";

/// @title Facts
/// @notice Adds one settlement to what is known of one agent in one role. Nothing here can revert: all sums saturate.
library Facts {
    /// @notice What a pair's first paid job adds to the weight; the k-th adds 1/k of it.
    uint256 internal constant WEIGHT_UNIT = 1_000_000;

    /// @notice Adds a settlement. Touches the third slot only if something in it changes.
    /// @param facts The agent's facts.
    /// @param settlement What happened.
    /// @param role The agent's role in it.
    /// @param k The job was the k-th between its two parties; 0 if it counts for no pair.
    /// @param firstMeeting Whether the other side is a new counterparty.
    function add(
        SettlementFacts storage facts,
        Settlement calldata settlement,
        Role role,
        uint256 k,
        bool firstMeeting
    ) internal {
        Outcome outcome = settlement.outcome;
        if (settlement.paid != 0 || firstMeeting) {
            facts.volumePaid = uint128(Math.min(uint256(facts.volumePaid) + settlement.paid, type(uint128).max));
            if (settlement.paid != 0 && k != 0) {
                facts.weight = uint64(Math.min(facts.weight + WEIGHT_UNIT / k, type(uint64).max));
            }
            if (outcome == Outcome.Completed) facts.completed = _next(facts.completed);
            if (firstMeeting) facts.counterparties = _next(facts.counterparties);
        }

        if (facts.firstAt == 0) facts.firstAt = uint40(block.timestamp); // 40 bits last until the year 36,812
        facts.lastAt = uint40(block.timestamp);
        if (settlement.fees != 0) facts.fees = _sum(facts.fees, settlement.fees);
        if (outcome == Outcome.Rejected) facts.rejected = _next(facts.rejected);
        if (outcome == Outcome.Undelivered) facts.undelivered = _next(facts.undelivered);

        if (settlement.refunded != 0) facts.volumeRefunded = _sum(facts.volumeRefunded, settlement.refunded);
        if (outcome == Outcome.Partial) facts.partiallyCompleted = _next(facts.partiallyCompleted);
        if (outcome == Outcome.Unjudged) facts.unjudged = _next(facts.unjudged);
        if (outcome == Outcome.Declined) facts.declined = _next(facts.declined);
        if (settlement.dispute == DisputeOutcome.ProviderWon || settlement.dispute == DisputeOutcome.ClientWon) {
            bool won = (settlement.dispute == DisputeOutcome.ProviderWon) == (role == Role.Provider);
            if (won) facts.disputesWon = _next(facts.disputesWon);
            else facts.disputesLost = _next(facts.disputesLost);
        }
    }

    function _next(uint32 count) private pure returns (uint32) {
        return count == type(uint32).max ? count : count + 1;
    }

    function _sum(uint96 a, uint96 b) private pure returns (uint96) {
        return uint96(Math.min(uint256(a) + b, type(uint96).max));
    }
}
