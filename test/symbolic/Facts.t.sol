// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Facts} from "../../contracts/libraries/Facts.sol";
import {DisputeOutcome, Outcome, Role, Settlement, SettlementFacts} from "../../contracts/types/SettlementTypes.sol";

/// @notice Proofs about what the ledger counts, for every state and every report rather than for drawn ones.
contract FactsSymbolic {
    using Facts for Facts.Packed;

    Facts.Packed private _facts;

    /// @notice Whatever an unpaid settlement without a dispute reports, each number grows by what is its own, none
    /// touches a neighbour, and none gets smaller.
    function check_RefundsTouchOnlyTheirNumbers(Facts.Packed calldata start, uint8 outcome, uint256 refunded) external {
        if (outcome > uint8(type(Outcome).max) || refunded == 0) return;
        _facts = start;
        SettlementFacts memory before = _facts.unpack();
        Settlement memory settlement;
        settlement.outcome = Outcome(outcome);
        settlement.refunded = refunded;
        this.add(settlement, Role.Provider, 0, false);
        SettlementFacts memory later = _facts.unpack();

        assert(later.volumePaid == before.volumePaid && later.weight == before.weight);
        assert(later.completed == before.completed && later.counterparties == before.counterparties);
        assert(later.fees == before.fees);
        assert(later.firstAt == (before.firstAt == 0 ? block.timestamp : before.firstAt));
        assert(later.lastAt == block.timestamp);
        assert(later.volumeRefunded == _sum(before.volumeRefunded, refunded, type(uint96).max));
        assert(later.rejected == _next(before.rejected, outcome, Outcome.Rejected));
        assert(later.undelivered == _next(before.undelivered, outcome, Outcome.Undelivered));
        assert(later.partiallyCompleted == _next(before.partiallyCompleted, outcome, Outcome.Partial));
        assert(later.unjudged == _next(before.unjudged, outcome, Outcome.Unjudged));
        assert(later.declined == _next(before.declined, outcome, Outcome.Declined));
        assert(later.disputesWon == before.disputesWon && later.disputesLost == before.disputesLost);
    }

    /// @notice Fees add up, a dispute counts once, for one side or for neither, and they touch nothing else.
    function check_FeesAndDisputesTouchOnlyTheirNumbers(
        Facts.Packed calldata start,
        uint8 dispute,
        bool asClient,
        uint256 fees
    ) external {
        if (dispute > uint8(type(DisputeOutcome).max)) return;
        _facts = start;
        SettlementFacts memory before = _facts.unpack();
        Settlement memory settlement;
        settlement.dispute = DisputeOutcome(dispute);
        settlement.fees = fees;
        this.add(settlement, asClient ? Role.Client : Role.Provider, 0, false);
        SettlementFacts memory later = _facts.unpack();

        DisputeOutcome won = asClient ? DisputeOutcome.ClientWon : DisputeOutcome.ProviderWon;
        DisputeOutcome lost = asClient ? DisputeOutcome.ProviderWon : DisputeOutcome.ClientWon;
        assert(later.disputesWon == _sum(before.disputesWon, dispute == uint8(won) ? 1 : 0, type(uint32).max));
        assert(later.disputesLost == _sum(before.disputesLost, dispute == uint8(lost) ? 1 : 0, type(uint32).max));
        assert(later.fees == _sum(before.fees, fees, type(uint96).max));
        assert(later.volumeRefunded == before.volumeRefunded && later.firstAt >= before.firstAt);
        assert(later.partiallyCompleted == before.partiallyCompleted && later.declined == before.declined);
        assert(later.volumePaid == before.volumePaid && later.completed == before.completed);
    }

    /// @notice A paid job between parties that never met: the same, for the numbers that count payments. With room for
    /// the calls that 32 bits can count.
    function check_PaidReportsTouchOnlyTheirNumbers(
        Facts.Packed calldata start,
        uint8 outcome,
        uint256 paid,
        bool firstMeeting
    ) external {
        if (outcome > uint8(type(Outcome).max) || paid == 0) return;
        _facts = start;
        SettlementFacts memory before = _facts.unpack();
        if (before.completed == type(uint32).max || before.counterparties == type(uint32).max) return;
        if (before.weight > type(uint64).max - Facts.WEIGHT_UNIT) return;
        Settlement memory settlement;
        settlement.outcome = Outcome(outcome);
        settlement.paid = paid;
        this.add(settlement, Role.Provider, 1, firstMeeting);
        SettlementFacts memory later = _facts.unpack();

        assert(later.volumePaid == _sum(before.volumePaid, paid, type(uint128).max));
        assert(later.weight == before.weight + Facts.WEIGHT_UNIT);
        assert(later.completed == before.completed + (outcome == uint8(Outcome.Completed) ? 1 : 0));
        assert(later.counterparties == before.counterparties + (firstMeeting ? 1 : 0));
        assert(later.fees == before.fees);
        assert(later.volumeRefunded == before.volumeRefunded);
        assert(later.partiallyCompleted == before.partiallyCompleted);
        assert(later.disputesWon == before.disputesWon && later.disputesLost == before.disputesLost);
    }

    /// @dev From memory to calldata.
    function add(Settlement calldata settlement, Role role, uint256 k, bool firstMeeting) external {
        _facts.add(settlement, role, k, firstMeeting);
    }

    function _next(uint256 count, uint8 outcome, Outcome counted) private pure returns (uint256) {
        return outcome == uint8(counted) ? _sum(count, 1, type(uint32).max) : count;
    }

    function _sum(uint256 left, uint256 right, uint256 highest) private pure returns (uint256) {
        return right > highest - left ? highest : left + right;
    }
}
