// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Conduct} from "../../contracts/types/CourtTypes.sol";

/// @notice How a panel is to be settled, written from the court's rules and not from its code: plain arrays, nothing
/// packed, the median by sorting, and every unit that came in followed until it is somebody's.
library CourtReference {
    uint256 internal constant ABSENT = 0;
    uint256 internal constant LEAKED = 6;

    /// @notice A panel that is to be settled.
    struct Panel {
        uint256 price;
        uint256 fee;
        uint256 coinFee;
        uint256 size;
        /// Whether its jurors are paid in coin: the first round of a dispute that was.
        bool inCoin;
        /// Whether its fees went over to a second panel of the same round.
        bool redrawn;
        /// Whether it was paid for by an appeal.
        bool appealed;
        /// What the next round's appellant paid; 0 if there was no next round.
        uint256 nextAppeal;
        /// The final ruling, 1 to 5, or 0.
        uint256 ruling;
        /// Per slot: ABSENT, 1 to 5, or LEAKED. Empty if the panel was never drawn.
        uint256[] votes;
        /// Per slot: the seat, and what percent of it were left before.
        uint256[] seats;
        uint256[] left;
    }

    /// @notice What settling it has to come to.
    struct Outcome {
        Conduct[] conduct;
        /// Per slot: percent of the price that are taken, and what the juror earns in token and coin.
        uint256[] percent;
        uint256[] earned;
        uint256[] coinEarned;
        uint256 toNextAppellant;
        uint256 toOwnAppellant;
        uint256 burned;
        uint256 coinBurned;
        /// How much of the fees that the court held for this panel is gone.
        uint256 feesUsed;
        uint256 coinFeesUsed;
        /// Slots whose seat had less left than the penalty.
        uint256 cutShort;
    }

    function isValid(Panel memory panel) internal pure returns (bool) {
        return revealed(panel.votes).length > panel.size / 2; // sizes are odd
    }

    /// @notice The votes that were revealed, from the lowest to the highest.
    function revealed(uint256[] memory votes) internal pure returns (uint256[] memory sorted) {
        sorted = new uint256[](votes.length);
        uint256 count = 0;
        for (uint256 i = 0; i < votes.length; ++i) {
            if (votes[i] == ABSENT || votes[i] == LEAKED) continue;
            uint256 at = count++;
            for (; at != 0 && sorted[at - 1] > votes[i]; --at) sorted[at] = sorted[at - 1];
            sorted[at] = votes[i];
        }
        assembly ("memory-safe") {
            mstore(sorted, count)
        }
    }

    /// @notice The lower of the two in the middle, or the one.
    function median(uint256[] memory sorted) internal pure returns (uint256) {
        return sorted[(sorted.length - 1) / 2];
    }

    function settle(Panel memory panel) internal pure returns (Outcome memory outcome) {
        uint256 slots = panel.votes.length;
        outcome.conduct = new Conduct[](slots);
        outcome.percent = new uint256[](slots);
        outcome.earned = new uint256[](slots);
        outcome.coinEarned = new uint256[](slots);
        (uint256 penalties, uint256 penalised, uint256 coherent) = _judge(panel, outcome);
        uint256 pool = _payWages(panel, outcome, coherent, penalties);
        if (isValid(panel) && median(revealed(panel.votes)) != panel.ruling) {
            outcome.toNextAppellant = _least(pool, panel.nextAppeal);
            pool -= outcome.toNextAppellant;
        }
        if (coherent != 0) {
            uint256 share = _least(pool, 2 * panel.fee * penalised) / coherent;
            for (uint256 i = 0; i < slots; ++i) {
                if (outcome.conduct[i] != Conduct.Coherent) continue;
                outcome.earned[i] += share;
                pool -= share;
            }
        }
        outcome.burned += pool;
    }

    function _judge(
        Panel memory panel,
        Outcome memory outcome
    ) private pure returns (uint256 penalties, uint256 penalised, uint256 coherent) {
        bool valid = isValid(panel);
        for (uint256 i = 0; i < panel.votes.length; ++i) {
            (Conduct conduct, uint256 penalty) = _conductOf(panel.votes[i], panel.ruling);
            outcome.conduct[i] = conduct;
            if (conduct == Conduct.Coherent) ++coherent;
            else if (conduct == Conduct.Leaked) ++penalised;
            // Wrong votes of a panel that failed have done no harm.
            if (penalty == 0 || (conduct == Conduct.Incoherent && !valid)) continue;
            ++penalised;
            uint256 left = panel.left[i];
            for (uint256 j = 0; j < i; ++j) {
                if (panel.seats[j] == panel.seats[i]) left -= outcome.percent[j];
            }
            if (left < penalty) ++outcome.cutShort;
            outcome.percent[i] = _least(left, penalty);
            penalties += (panel.price * outcome.percent[i]) / 100;
        }
    }

    /// @dev What the conduct costs, if the seat has that much. A leak was paid for when it was proved.
    function _conductOf(uint256 vote, uint256 ruling) private pure returns (Conduct, uint256 penalty) {
        if (vote == LEAKED) return (Conduct.Leaked, 0);
        if (vote == ABSENT) return (Conduct.Absent, 60);
        if (ruling == 0) return (Conduct.Coherent, 0);
        int256 points = (int256(vote) - int256(ruling)) * 25;
        if (points >= 50 || points <= -50) return (Conduct.Incoherent, 50);
        return (Conduct.Coherent, 0);
    }

    /// @dev Returns the pool: penalties and fees that nobody earned.
    function _payWages(
        Panel memory panel,
        Outcome memory outcome,
        uint256 coherent,
        uint256 penalties
    ) private pure returns (uint256 pool) {
        pool = penalties;
        if (!isValid(panel) && panel.redrawn) return pool;
        uint256 fees = panel.size * (panel.inCoin ? panel.coinFee : panel.fee);
        if (panel.inCoin) outcome.coinFeesUsed = fees;
        else outcome.feesUsed = fees;
        if (!isValid(panel)) {
            if (panel.inCoin) outcome.coinBurned = fees;
            else if (panel.appealed) outcome.toOwnAppellant = fees;
            else outcome.burned = fees;
            return pool;
        }
        for (uint256 i = 0; i < panel.votes.length; ++i) {
            if (outcome.conduct[i] != Conduct.Coherent) continue;
            if (panel.inCoin) outcome.coinEarned[i] = panel.coinFee;
            else outcome.earned[i] = panel.fee;
        }
        if (panel.inCoin) outcome.coinBurned = fees - coherent * panel.coinFee;
        else pool += fees - coherent * panel.fee;
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
