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
        /// Whether it is such a second panel, which rules with whoever comes.
        bool second;
        /// Whether it was paid for by an appeal.
        bool appealed;
        /// Whether there was a next round.
        bool appealedAgainst;
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
        uint256 coinToNextAppellant;
        uint256 toOwnAppellant;
        /// What seats lose; all of it is burned.
        uint256 penalties;
        /// In tokens, penalties and all.
        uint256 burned;
        uint256 coinBurned;
        /// How much of the fees that the court held for this panel is gone.
        uint256 feesUsed;
        uint256 coinFeesUsed;
        /// What was too little to be shared, in what the panel is paid in.
        uint256 rest;
        /// Slots whose seat had less left than the penalty.
        uint256 cutShort;
    }

    function isValid(Panel memory panel) internal pure returns (bool) {
        return hasQuorum(panel.size, panel.second, revealed(panel.votes).length);
    }

    /// @notice More than half of a panel; but of a second one, anybody.
    function hasQuorum(uint256 size, bool second, uint256 count) internal pure returns (bool) {
        return count > (second ? 0 : size / 2); // sizes are odd
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

    /// @notice Fees go to jurors and to the next appellant, penalties to nobody.
    function settle(Panel memory panel) internal pure returns (Outcome memory outcome) {
        uint256 slots = panel.votes.length;
        outcome.conduct = new Conduct[](slots);
        outcome.percent = new uint256[](slots);
        outcome.earned = new uint256[](slots);
        outcome.coinEarned = new uint256[](slots);
        uint256 coherent = _judge(panel, outcome);
        outcome.burned = outcome.penalties;
        if (isValid(panel)) _shareFees(panel, outcome, coherent);
        else if (!panel.redrawn) _returnFees(panel, outcome);
    }

    function _judge(Panel memory panel, Outcome memory outcome) private pure returns (uint256 coherent) {
        bool valid = isValid(panel);
        for (uint256 i = 0; i < panel.votes.length; ++i) {
            (Conduct conduct, uint256 penalty) = _conductOf(panel.votes[i], panel.ruling);
            outcome.conduct[i] = conduct;
            if (conduct == Conduct.Coherent) ++coherent;
            // Wrong votes of a panel that failed have done no harm.
            if (penalty == 0 || (conduct == Conduct.Incoherent && !valid)) continue;
            uint256 left = panel.left[i];
            for (uint256 j = 0; j < i; ++j) {
                if (panel.seats[j] == panel.seats[i]) left -= outcome.percent[j];
            }
            if (left < penalty) ++outcome.cutShort;
            outcome.percent[i] = _least(left, penalty);
            outcome.penalties += (panel.price * outcome.percent[i]) / 100;
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

    /// @dev Of a valid panel: to each coherent vote its fee. What is left of the fees belongs to whoever appealed and
    /// was right to; if nobody was, to the coherent votes in equal parts, and what cannot be divided to nobody.
    function _shareFees(Panel memory panel, Outcome memory outcome, uint256 coherent) private pure {
        uint256 fee = panel.inCoin ? panel.coinFee : panel.fee;
        uint256 pot = panel.size * fee;
        if (panel.inCoin) outcome.coinFeesUsed = pot;
        else outcome.feesUsed = pot;
        bool overturned = panel.appealedAgainst && median(revealed(panel.votes)) != panel.ruling;
        uint256 each = overturned ? fee : pot / coherent;
        for (uint256 i = 0; i < panel.votes.length; ++i) {
            if (outcome.conduct[i] != Conduct.Coherent) continue;
            if (panel.inCoin) outcome.coinEarned[i] = each;
            else outcome.earned[i] = each;
            pot -= each;
        }
        if (overturned) {
            if (panel.inCoin) outcome.coinToNextAppellant = pot;
            else outcome.toNextAppellant = pot;
        } else {
            outcome.rest = pot;
            if (panel.inCoin) outcome.coinBurned = pot;
            else outcome.burned += pot;
        }
    }

    /// @dev Of a round that never had a valid panel: to its appellant, or of the first one to nobody.
    function _returnFees(Panel memory panel, Outcome memory outcome) private pure {
        uint256 pot = panel.size * (panel.inCoin ? panel.coinFee : panel.fee);
        if (panel.inCoin) {
            (outcome.coinFeesUsed, outcome.coinBurned) = (pot, pot);
            return;
        }
        outcome.feesUsed = pot;
        if (panel.appealed) outcome.toOwnAppellant = pot;
        else outcome.burned += pot;
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
