// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISeatCourt} from "../../../contracts/interfaces/ISeatCourt.sol";
import {CourtPhase, Dispute, PanelView} from "../../../contracts/types/CourtTypes.sol";
import {CourtBooks} from "./CourtBooks.sol";

/// @notice Disputes begin, panels are drawn, appealed against and drawn again; and every case is compared with the
/// court's.
abstract contract CaseSteps is CourtBooks {
    uint256 private constant SOME_CASES = 5;

    function openDispute(uint256 seed) external step(seed) {
        if (live.length >= SOME_CASES && !_oneIn(3)) return;
        address sender = _oneIn(3) ? plain[_below(2)] : address(parties[_below(PARTIES)]);
        uint256 choices = _oneIn(10) ? _below(8) : 5;
        uint256 votes = _oneIn(10) ? _below(5) : 3;
        _create(sender, _oneIn(3), choices, votes);
    }

    // ─────────────────────────── verbs ───────────────────────────

    /// @param votes For how many votes the sender pays: three are right.
    function _create(address sender, bool inCoin, uint256 choices, uint256 votes) internal {
        uint256 places = _poolSizeAt(clock - SEAT_MATURITY);
        (bytes memory refusal, string memory why) = _refusalOf(places);
        bool termsAreRight = choices == 5 && votes == 3;
        (bool success, bytes memory result) = inCoin
            ? _call(sender, abi.encodeWithSignature("createDispute(uint256,bytes)", choices, ""), votes * COIN_FEE)
            : _call(
                sender,
                abi.encodeWithSignature("createDispute(uint256,bytes,address,uint256)", choices, "", token, votes * FEE)
            );
        _expect("createDispute", refusal.length == 0 && termsAreRight, success);
        if (success) {
            _enterCase(sender, inCoin, places);
        } else if (termsAreRight) {
            _count(why);
            if (keccak256(result) != keccak256(refusal)) _fail("a dispute was refused for another reason");
        } else {
            _count("dispute on wrong terms refused");
        }
    }

    /// @dev With what the court has to refuse a dispute for want of seats; nothing if it must take it.
    function _refusalOf(uint256 places) private view returns (bytes memory, string memory why) {
        bytes4 tooFew = ISeatCourt.SeatCourt_TooFewSeats.selector;
        if (places < MIN_OLD_SEATS) {
            return (abi.encodeWithSelector(tooFew, places, MIN_OLD_SEATS), "too few old seats");
        }
        if (places < MIN_SEATS && poolSize < MIN_SEATS) {
            uint256 most = places > poolSize ? places : poolSize;
            return (abi.encodeWithSelector(tooFew, most, MIN_SEATS), "too few seats, then and now");
        }
        if ((openSlots + 3) * 2 <= places) return ("", "");
        bytes4 tooMany = ISeatCourt.SeatCourt_TooManyOpenSlots.selector;
        return (abi.encodeWithSelector(tooMany, openSlots + 3, places / 2), "court full");
    }

    function _enterCase(address sender, bool inCoin, uint256 places) private {
        uint256 id = cases.length;
        ModelCase storage dispute = cases.push();
        dispute.arbitrable = sender;
        dispute.createdAt = clock;
        dispute.inCoin = inCoin;
        dispute.places = places;
        live.push(id);
        _enterPanel(id, 0, address(0));
        if (inCoin) coinFees += 3 * COIN_FEE;
        else fees += 3 * FEE;
        // Invariant 8: whoever asks for the first panel of a dispute finds half of the seats free, of those that it is
        // drawn from.
        uint256 drawable = court.seatCountAt(clock - SEAT_MATURITY);
        if (drawable != places) _fail("other seats are old enough");
        if (court.openSlots() * 2 > drawable) _fail("a dispute filled the court beyond the half");
        _count(inCoin ? "dispute in coin" : "dispute in token");
        if (address(_partyOf(sender)) == address(0)) _count("dispute of an account without code");
        if (places != poolSize) _count("dispute with another snapshot than the present");
        if (places < MIN_SEATS) _count("dispute after a dip");
        if (poolSize < MIN_SEATS) _count("dispute though seats have left");
    }

    function _draw(uint256 id, address sender) internal {
        bool due = _isIn(id, CourtPhase.Seeding);
        bool known = due && !randomness.isWithheld(_lastPanel(id).seedTime);
        (bool success, ) = _call(sender, abi.encodeCall(ISeatCourt.seed, (id, "")));
        _expect("seed", known, success);
        if (success) _enterDraw(id);
        else _count(due ? "seed withheld" : "seed out of time refused");
    }

    function _appeal(uint256 id, address sender) internal {
        bool allowed = _isIn(id, CourtPhase.Appeal);
        (bool success, ) = _call(sender, abi.encodeCall(ISeatCourt.appeal, (id)));
        _expect("appeal", allowed, success);
        if (!success) return;
        ModelCase storage dispute = cases[id];
        uint256 round = _lastPanel(id).round + 1;
        _closePanel(_lastPanel(id));
        dispute.redrawn = false;
        _enterPanel(id, round, sender);
        fees += FEE * _sizeOf(round);
        _count(round == 1 ? "first appeal" : "second appeal");
        if (openSlots * 2 > dispute.places) _count("appeal to a full court");
    }

    function _redraw(uint256 id, address sender) internal {
        bool allowed = _isIn(id, CourtPhase.Redraw);
        (bool success, ) = _call(sender, abi.encodeCall(ISeatCourt.redraw, (id)));
        _expect("redraw", allowed, success);
        if (!success) return;
        ModelPanel storage panel = _lastPanel(id);
        _count(panel.seededAt == 0 ? "redrawn for want of a seed" : "redrawn for want of a quorum");
        _closePanel(panel);
        cases[id].redrawn = true;
        _enterPanel(id, panel.round, panel.appellant);
    }

    function _releaseSlots(uint256 id, address sender) internal {
        (CourtPhase phase, ) = _phaseOf(id);
        bool afterwards = phase >= CourtPhase.Appeal && phase <= CourtPhase.Decided;
        (bool success, ) = _call(sender, abi.encodeCall(ISeatCourt.releaseSlots, (id)));
        _expect("releaseSlots", afterwards && _lastPanel(id).open, success);
        if (success) _closePanel(_lastPanel(id));
        else if (afterwards) _count("slots released before");
    }

    // ─────────────────────────── comparison ───────────────────────────

    /// @dev The case, its last panel and one of those before, chosen by chance.
    function _compare(uint256 id) internal {
        ModelCase storage dispute = cases[id];
        _compareCase(id, dispute);
        uint256 last = dispute.panels.length - 1;
        _comparePanel(id, last);
        if (last != 0) _comparePanel(id, _below(last));
    }

    function _compareCase(uint256 id, ModelCase storage dispute) private {
        Dispute memory told = court.disputeOf(id);
        if (
            told.arbitrable != dispute.arbitrable ||
            told.createdAt != dispute.createdAt ||
            told.paidInCoin != dispute.inCoin ||
            told.panels != dispute.panels.length ||
            told.round != _lastPanel(id).round ||
            told.redrawn != dispute.redrawn
        ) _fail("a dispute is not what it was made");
        (CourtPhase phase, uint256 until) = _phaseOf(id);
        (CourtPhase toldPhase, uint256 toldUntil) = court.phaseOf(id);
        if (toldPhase != phase || toldUntil != until) _fail("a dispute is in another phase");
        // Invariant 2: a day before the published bound, nothing can change the ruling any more.
        if (clock >= dispute.createdAt + DECIDED_AFTER && toldPhase < CourtPhase.Decided) _fail("a dispute lasts on");
        if (court.currentRuling(id) != _currentRuling(id, phase)) _fail("another ruling");
        uint256 cost = phase == CourtPhase.Appeal ? FEE * _sizeOf(_lastPanel(id).round + 1) : 0;
        if (court.appealCost(id) != cost) _fail("an appeal costs another amount");
    }

    /// @dev A panel counts when it has finished.
    function _currentRuling(uint256 id, CourtPhase phase) private view returns (uint256) {
        if (cases[id].concluded) return cases[id].ruling;
        uint256 count = cases[id].panels.length;
        return _rulingOf(id, phase == CourtPhase.Appeal || phase == CourtPhase.Decided ? count : count - 1);
    }

    /// @dev Invariants 3 and 4: who was drawn never changes, and nothing is counted but what was revealed.
    function _comparePanel(uint256 id, uint256 index) private {
        ModelPanel storage panel = cases[id].panels[index];
        PanelView memory told = court.panelOf(id, index);
        if (
            told.size != panel.size ||
            told.round != panel.round ||
            told.seedTime != panel.seedTime ||
            told.seededAt != panel.seededAt ||
            told.executed != panel.executed ||
            told.appellant != panel.appellant
        ) _fail("a panel is not what it was made");
        uint256[5] memory tally;
        for (uint256 i = 0; i < panel.slots.length; ++i) {
            ModelSlot storage slot = panel.slots[i];
            (uint256 seatId, address juror) = court.slotOf(id, index, i);
            if (seatId != slot.seatId || juror != slot.juror) _fail("a slot has another juror than was drawn");
            if (court.voteOf(id, index, i) != _stored(slot)) _fail("a vote is not what was given");
            if (slot.state == SlotState.Revealed) ++tally[slot.vote];
        }
        if (keccak256(abi.encode(told.tally)) != keccak256(abi.encode(tally)))
            _fail("the tally is not what was revealed");
    }

    function _stored(ModelSlot storage slot) private view returns (uint256) {
        if (slot.state == SlotState.Empty) return 0;
        if (slot.state == SlotState.Committed) return uint256(slot.commitment);
        return slot.state == SlotState.Revealed ? slot.vote + 1 : 6;
    }
}
