// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Conduct, JurorAccount, Seat} from "../../../contracts/types/CourtTypes.sol";
import {CourtReference} from "../../forge/CourtReference.sol";
import {CourtModel} from "./CourtModel.sol";

/// @notice The model's money: whose each unit is that the court holds, and the records of jurors. Asked after each step
/// whether the court says the same.
abstract contract CourtBooks is CourtModel {
    struct Record {
        uint256 credit;
        uint256 coinCredit;
        uint256[4] conduct;
    }

    /// @dev What the court says to have for whom.
    struct Money {
        uint256 credits;
        uint256 coinCredits;
        uint256 burnable;
        uint256 coinBurnable;
        /// In the seats of a panel.
        uint256 inSeats;
    }

    mapping(address account => Record) internal records;

    /// @dev What the court has to have, by what it is for.
    uint256 internal stakes;
    uint256 internal credits;
    uint256 internal coinCredits;
    uint256 internal burnable;
    uint256 internal coinBurnable;
    uint256 internal fees;
    uint256 internal coinFees;

    /// @notice Invariants 1 and 8 in numbers: the first that differs from the court's, empty if none does.
    function mismatch() external view override returns (string memory) {
        if (token.balanceOf(address(court)) != stakes + credits + burnable + fees) return "the court's balance";
        if (address(court).balance != coinCredits + coinBurnable + coinFees) return "the court's coin";
        if (court.burnable(address(token)) != burnable || court.burnable(COIN) != coinBurnable) return "burnable";
        if (court.openSlots() != openSlots) return "open slots";
        if (court.seatCount() != poolSize) return "seats in the pool";
        if (court.disputeCount() != cases.length - 1) return "the number of disputes";
        for (uint256 i = 0; i < people.length; ++i) {
            if (!_hasRecord(people[i])) return "an account's credit or record";
        }
        return "";
    }

    /// @dev Invariant 5, for some seats after each step and all of them at the end: that there is left of each what no
    /// penalty took and nobody took home, and that these add up to what the court must have for them.
    function _compareSeats(uint256 howMany) internal {
        uint256 first = _below(seats.length);
        uint256 inSeats = 0;
        for (uint256 i = 0; i < howMany; ++i) {
            uint256 id = (first + i) % seats.length;
            if (id == 0) continue;
            Seat memory seat = court.seatOf(id);
            if (!_isSeat(id, seat)) _fail("a seat is not what it should be");
            inSeats += (SEAT_PRICE * seat.left) / 100;
        }
        if (howMany == seats.length && inSeats != stakes) _fail("seats do not add up");
    }

    function _hasRecord(address account) private view returns (bool) {
        JurorAccount memory told = court.accountOf(account);
        Record storage record = records[account];
        return
            told.credit == record.credit &&
            told.coherent == record.conduct[uint8(Conduct.Coherent)] &&
            told.incoherent == record.conduct[uint8(Conduct.Incoherent)] &&
            told.absent == record.conduct[uint8(Conduct.Absent)] &&
            told.leaked == record.conduct[uint8(Conduct.Leaked)] &&
            court.withdrawable(COIN, account) == record.coinCredit;
    }

    function _isSeat(uint256 id, Seat memory told) private view returns (bool) {
        ModelSeat memory seat = seats[id];
        uint256 releasableAt = seat.leftAt == 0 ? 0 : seat.leftAt + UNBONDING;
        return
            told.owner == seat.owner &&
            told.left == seat.left &&
            told.place == (seat.leftAt == 0 ? placeOf[id] : 0) &&
            told.releasableAt == releasableAt;
    }

    // ─────────────────────────── what changes them ───────────────────────────

    function _credit(address account, uint256 amount) internal {
        records[account].credit += amount;
        credits += amount;
    }

    function _creditCoin(address account, uint256 amount) internal {
        records[account].coinCredit += amount;
        coinCredits += amount;
    }

    /// @dev A penalty. Reverts by underflow if the seat has not that much: the reference must never take more.
    function _lose(uint256 seatId, uint256 percent) internal returns (uint256 amount) {
        amount = (SEAT_PRICE * percent) / 100;
        seats[seatId].left -= uint8(percent);
        stakes -= amount;
        if (seats[seatId].leftAt == 0) _count("penalised seat left the pool");
        _takeOut(seatId);
    }

    function _conclude(uint256 id) internal {
        ModelCase storage dispute = cases[id];
        if (dispute.concluded) return;
        dispute.concluded = true;
        dispute.ruling = _rulingOf(id, dispute.panels.length);
        _closePanel(_lastPanel(id));
        _countEnd(id);
    }

    /// @dev Settles a panel as the rules have it.
    function _settle(uint256 id, uint256 index) internal {
        ModelPanel[] storage panels = cases[id].panels;
        ModelPanel storage panel = panels[index];
        panel.executed = true;
        CourtReference.Panel memory described = _described(id, index);
        CourtReference.Outcome memory outcome = CourtReference.settle(described);
        for (uint256 i = 0; i < panel.slots.length; ++i) {
            ModelSlot storage slot = panel.slots[i];
            ++records[slot.juror].conduct[uint8(outcome.conduct[i])];
            if (outcome.percent[i] != 0) _lose(slot.seatId, outcome.percent[i]);
            _credit(slot.juror, outcome.earned[i]);
            _creditCoin(slot.juror, outcome.coinEarned[i]);
        }
        if (outcome.toNextAppellant != 0) _credit(panels[index + 1].appellant, outcome.toNextAppellant);
        if (outcome.coinToNextAppellant != 0) _creditCoin(panels[index + 1].appellant, outcome.coinToNextAppellant);
        if (outcome.toOwnAppellant != 0) _credit(panel.appellant, outcome.toOwnAppellant);
        burnable += outcome.burned;
        coinBurnable += outcome.coinBurned;
        fees -= outcome.feesUsed;
        coinFees -= outcome.coinFeesUsed;
        _countSettled(described, outcome);
    }

    function _described(uint256 id, uint256 index) private view returns (CourtReference.Panel memory described) {
        ModelCase storage dispute = cases[id];
        ModelPanel storage panel = dispute.panels[index];
        described.price = SEAT_PRICE;
        described.fee = FEE;
        described.coinFee = COIN_FEE;
        described.size = panel.size;
        described.inCoin = dispute.inCoin && panel.round == 0;
        described.redrawn = _hasSecondPanel(id, index);
        described.second = panel.second;
        described.appealed = panel.round != 0;
        described.appealedAgainst = index + 1 < dispute.panels.length && !described.redrawn;
        described.ruling = dispute.ruling;
        described.votes = _votesOf(panel);
        described.seats = new uint256[](panel.slots.length);
        described.left = new uint256[](panel.slots.length);
        for (uint256 i = 0; i < panel.slots.length; ++i) {
            described.seats[i] = panel.slots[i].seatId;
            described.left[i] = seats[panel.slots[i].seatId].left;
        }
    }

    // ─────────────────────────── what settling did to the court's money ───────────────────────────

    /// @dev As the court tells it, and not the model. Nobody in the campaigns has credit who is not among the people.
    function _toldMoney(ModelPanel storage panel) internal view returns (Money memory told) {
        for (uint256 i = 0; i < people.length; ++i) {
            told.credits += court.accountOf(people[i]).credit;
            told.coinCredits += court.withdrawable(COIN, people[i]);
        }
        told.burnable = court.burnable(address(token));
        told.coinBurnable = court.burnable(COIN);
        for (uint256 i = 0; i < panel.slots.length; ++i) {
            bool before = false;
            for (uint256 j = 0; j < i; ++j) if (panel.slots[j].seatId == panel.slots[i].seatId) before = true;
            if (!before) told.inSeats += (SEAT_PRICE * court.seatOf(panel.slots[i].seatId).left) / 100;
        }
    }

    /// @dev Invariant 9.
    function _comparePayout(ModelPanel storage panel, bool inCoin, Money memory before) internal {
        Money memory told = _toldMoney(panel);
        uint256 penalties = before.inSeats - told.inSeats;
        uint256 credited = told.credits - before.credits;
        uint256 coinCredited = told.coinCredits - before.coinCredits;
        uint256 burned = told.burnable - before.burnable;
        uint256 coinBurned = told.coinBurnable - before.coinBurnable;
        uint256 fee = inCoin ? 0 : FEE * panel.size;
        uint256 coinFee = inCoin ? COIN_FEE * panel.size : 0;
        if (credited > fee || coinCredited > coinFee) _fail("a panel paid out more than was paid in for it");
        if (burned < penalties) _fail("a penalty was not burned");
        if (credited + burned > fee + penalties) _fail("a panel used more than it had");
        if (coinCredited + coinBurned > coinFee) _fail("a panel used more coin than it had");
    }

    // ─────────────────────────── what was reached ───────────────────────────

    function _countEnd(uint256 id) private {
        ModelPanel[] storage panels = cases[id].panels;
        _count(cases[id].ruling == 0 ? "ended: refused to rule" : "ended: with a ruling");
        for (uint256 i = 0; i < panels.length; ++i) {
            if (_hasQuorum(panels[i])) {
                if (_rulingOf(id, i + 1) != cases[id].ruling) _count("ruling overturned");
            } else if (_hasSecondPanel(id, i)) {
                ModelPanel storage second = panels[i + 1];
                if (panels[i].seededAt == 0 && second.seededAt == 0) _count("no seed twice");
                if (panels[i].seededAt != 0 && second.seededAt != 0 && !_hasQuorum(second)) _count("no quorum twice");
                if (_hasQuorum(second)) _count("second panel ruled");
                if (_hasQuorum(second) && second.revealed * 2 < second.size) _count("ruled by less than half");
            }
        }
    }

    function _countSettled(CourtReference.Panel memory panel, CourtReference.Outcome memory outcome) private {
        bool valid = CourtReference.isValid(panel);
        _count(
            valid
                ? "settled: valid panel"
                : panel.votes.length == 0
                    ? "settled: no seed"
                    : "settled: no quorum"
        );
        if (panel.inCoin) _count("settled: paid in coin");
        if (outcome.cutShort != 0) _count("depleted seat");
        if (outcome.toNextAppellant != 0) _count("appellant paid what was not earned");
        if (outcome.coinToNextAppellant != 0) _count("appellant paid what was not earned in coin");
        if (outcome.toOwnAppellant != 0) _count("failed appeal's fees given back");
        if (outcome.penalties != 0) _count("penalties burned");
        if (outcome.rest != 0) _count(panel.inCoin ? "rest of coin burned" : "rest of fees burned");
        if (!valid && outcome.burned > outcome.penalties) _count("first round's fees burned");
        if (outcome.coinBurned > outcome.rest) _count("first round's coin burned");
        for (uint256 i = 0; i < panel.votes.length; ++i) {
            _count(["coherent", "incoherent", "absent", "leaked"][uint8(outcome.conduct[i])]);
            if (!valid && outcome.conduct[i] == Conduct.Coherent) _count("came to a failed panel for nothing");
            if (outcome.earned[i] > FEE || outcome.coinEarned[i] > COIN_FEE)
                _count("got a share of what was not earned");
            for (uint256 j = 0; j < i; ++j) {
                if (panel.seats[j] == panel.seats[i]) _count("seat in two slots of a panel");
            }
        }
    }
}
