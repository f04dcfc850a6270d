// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DisputeOutcome, Outcome, Role, Settlement, SettlementFacts} from "../types/SettlementTypes.sol";

/// @title Facts
/// @notice Keeps what is known of one agent in one role, in three packed slots, and adds settlements to it. Nothing
/// here can revert. Amounts and rare counts saturate; the three that count paid calls have more room than calls can be
/// paid for.
/// @dev Packed by hand, because the compiler reads and writes a slot once per member. Lowest bits first:
///
///   slot     |   0..127        128..191    192..223       224..255
///   paid     |   volumePaid    weight      completed      counterparties
///
///   slot     |   0..95             96..135    136..175   176..207     208..239
///   common   |   fees              firstAt    lastAt     rejected     undelivered
///
///   slot     |   0..95             96..127               128..159   160..191   192..223      224..255
///   rare     |   volumeRefunded    partiallyCompleted    unjudged   declined   disputesWon   disputesLost
library Facts {
    /// @notice A job paid in full touches `paid` and `common` only; `rare` is mostly never written.
    struct Packed {
        uint256 paid;
        uint256 common;
        uint256 rare;
    }

    /// @notice What a pair's first paid job adds to the weight; the k-th adds 1/k of it.
    uint256 internal constant WEIGHT_UNIT = 1_000_000;

    /// @notice Adds a settlement.
    /// @param facts The agent's facts.
    /// @param settlement What happened.
    /// @param role The agent's role in it.
    /// @param k The job was the k-th paid one between its two parties; 0 if nothing was paid.
    /// @param firstMeeting Whether the other side is a new counterparty.
    function add(
        Packed storage facts,
        Settlement calldata settlement,
        Role role,
        uint256 k,
        bool firstMeeting
    ) internal {
        Outcome outcome = settlement.outcome;
        uint256 amount = settlement.paid;
        if (amount != 0) {
            uint256 paid = _add(facts.paid, 0, 128, amount);
            // Unlike amounts, these count calls: 2^32 jobs (or 2^44 for the weight) cannot be paid for.
            unchecked {
                paid += (WEIGHT_UNIT / k) << 128;
                if (outcome == Outcome.Completed) paid += 1 << 192;
                if (firstMeeting) paid += 1 << 224;
            }
            facts.paid = paid;
        }

        uint256 common = facts.common;
        if (_get(common, 96, 40) == 0) common |= block.timestamp << 96; // 40 bits last until the year 36,812
        common = (common & ~(uint256(type(uint40).max) << 136)) | (block.timestamp << 136);
        amount = settlement.fees;
        if (amount != 0) common = _add(common, 0, 96, amount);
        if (outcome == Outcome.Rejected) common = _add(common, 176, 32, 1);
        else if (outcome == Outcome.Undelivered) common = _add(common, 208, 32, 1);
        facts.common = common;

        amount = settlement.refunded;
        DisputeOutcome dispute = settlement.dispute;
        if (amount != 0 || dispute != DisputeOutcome.None) {
            uint256 rare = facts.rare;
            rare = _add(rare, 0, 96, amount);
            if (outcome == Outcome.Partial) rare = _add(rare, 96, 32, 1);
            else if (outcome == Outcome.Unjudged) rare = _add(rare, 128, 32, 1);
            else if (outcome == Outcome.Declined) rare = _add(rare, 160, 32, 1);
            if (dispute == DisputeOutcome.ProviderWon || dispute == DisputeOutcome.ClientWon) {
                bool won = (dispute == DisputeOutcome.ProviderWon) == (role == Role.Provider);
                rare = _add(rare, won ? 192 : 224, 32, 1);
            }
            facts.rare = rare;
        }
    }

    /// @notice The facts with a name for each number.
    function unpack(Packed storage facts) internal view returns (SettlementFacts memory) {
        (uint256 paid, uint256 common, uint256 rare) = (facts.paid, facts.common, facts.rare);
        return
            SettlementFacts({
                volumePaid: _get(paid, 0, 128),
                weight: _get(paid, 128, 64),
                completed: _get(paid, 192, 32),
                counterparties: _get(paid, 224, 32),
                fees: _get(common, 0, 96),
                firstAt: _get(common, 96, 40),
                lastAt: _get(common, 136, 40),
                rejected: _get(common, 176, 32),
                undelivered: _get(common, 208, 32),
                volumeRefunded: _get(rare, 0, 96),
                partiallyCompleted: _get(rare, 96, 32),
                unjudged: _get(rare, 128, 32),
                declined: _get(rare, 160, 32),
                disputesWon: _get(rare, 192, 32),
                disputesLost: _get(rare, 224, 32)
            });
    }

    function _get(uint256 slot, uint256 offset, uint256 width) private pure returns (uint256) {
        return (slot >> offset) & ((1 << width) - 1);
    }

    /// @dev Adds to one number of a slot, up to the largest it can hold.
    function _add(uint256 slot, uint256 offset, uint256 width, uint256 amount) private pure returns (uint256) {
        // Unchecked: width is below 256, and the sum never exceeds the mask, so nothing spills into the next number.
        unchecked {
            uint256 mask = (1 << width) - 1;
            uint256 current = (slot >> offset) & mask;
            uint256 room = mask - current;
            return slot + ((amount < room ? amount : room) << offset);
        }
    }
}
