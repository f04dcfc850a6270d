// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CourtPhase} from "../../../contracts/types/CourtTypes.sol";
import {CourtParty} from "../../forge/CourtParty.sol";
import {CaseSteps} from "./CaseSteps.sol";
import {EndingSteps} from "./EndingSteps.sol";
import {PoolSteps} from "./PoolSteps.sol";
import {VotingSteps} from "./VotingSteps.sol";

/// @notice The one contract that a campaign calls: time, moods, intruders, and the end of all things.
contract CourtHandler is PoolSteps, CaseSteps, VotingSteps, EndingSteps {
    constructor() {
        for (uint256 i = 0; i < JURORS; ++i) _join(people[i], 5);
        parties[1].setMood(CourtParty.Mood.Refusing);
        parties[2].setMood(CourtParty.Mood.Reentering);
        _setClock(clock + SEAT_MATURITY);
    }

    // ─────────────────────────── steps ───────────────────────────

    /// @notice Each case takes its course, as far as somebody cares; then, mostly, time passes until something else can
    /// be done.
    function proceed(uint256 seed) external step(seed) {
        // From the last to the first: a case that closes gives its place to the last.
        for (uint256 i = live.length; i != 0; --i) _takeCourse(live[i - 1]);
        if (!_oneIn(3)) _passTime();
        _compareSome();
    }

    function changeMood(uint256 seed) external step(seed) {
        parties[_below(PARTIES)].setMood(CourtParty.Mood(_below(3)));
        _count("mood changed");
    }

    /// @notice Anybody tries anything, at any time. If it works, it had to.
    function intrude(uint256 seed) external step(seed) {
        uint256 id = live.length == 0 || _oneIn(6) ? _below(cases.length + 1) : live[_below(live.length)];
        address sender = _person();
        bool exists = id != 0 && id < cases.length;
        uint256 choice = _below(exists ? 10 : 7);
        if (choice == 0) _draw(id, sender);
        else if (choice == 1) _appeal(id, sender);
        else if (choice == 2) _redraw(id, sender);
        else if (choice == 3) _releaseSlots(id, sender);
        else if (choice == 4) _fix(id, sender);
        else if (choice == 5) _rule(id, sender);
        else if (choice == 6) _execute(id, _below(4), sender);
        else if (choice == 7) _commit(id, _below(16), sender, bytes32(_word()));
        else if (choice == 8) _intrudeOnVote(id, sender, true);
        else _intrudeOnVote(id, sender, false);
        _compareSome();
    }

    /// @dev A vote that was really given, shown at a time that is not the time for it, or to the wrong slot.
    function _intrudeOnVote(uint256 id, address sender, bool asLeak) private {
        ModelPanel storage panel = _lastPanel(id);
        uint256 at = _below(panel.size);
        if (panel.slots.length == 0) return;
        ModelSlot storage slot = panel.slots[at];
        if (_oneIn(4)) at = _below(16);
        if (asLeak) _leak(id, at, slot.juror, slot.vote, slot.salt, sender);
        else _reveal(id, at, slot.juror, slot.vote, slot.salt);
    }

    // ─────────────────────────── a case's course ───────────────────────────

    function _takeCourse(uint256 id) private {
        (CourtPhase phase, ) = _phaseOf(id);
        uint256 index = cases[id].panels.length - 1;
        uint256 care = (_fate(id, index) >> 8) % 10;
        if (phase == CourtPhase.Seeding) {
            if (care == 0) return; // nobody hands in a seed
            if (care == 1) randomness.withhold(_lastPanel(id).seedTime);
            _draw(id, _stranger());
        } else if (phase == CourtPhase.Commit) _commitAll(id);
        else if (phase == CourtPhase.Reveal) _revealAll(id);
        else if (phase == CourtPhase.Appeal) {
            if (_oneIn(3)) _releaseSlots(id, _stranger());
            if (care < 7) _appeal(id, _oneIn(2) ? _stranger() : _person());
        } else if (phase == CourtPhase.Redraw) {
            if (_oneIn(4)) _releaseSlots(id, _stranger());
            if (!_oneIn(4)) _redraw(id, _stranger());
        } else if (phase >= CourtPhase.Decided) _wrapUp(id);
    }

    /// @dev One thing or another, in any order.
    function _wrapUp(uint256 id) private {
        if (_oneIn(4)) _fix(id, _stranger());
        if (_oneIn(2)) _rule(id, _stranger());
        // Settled from any panel on, and some of them now, others later.
        uint256 count = cases[id].panels.length;
        uint256 first = _below(count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 index = (first + i) % count;
            if (!_oneIn(cases[id].panels[index].executed ? 8 : 4)) continue;
            _execute(id, index, _stranger());
        }
    }

    // ─────────────────────────── time ───────────────────────────

    /// @dev Mostly to where the next phase of a case begins, the second before or after it; sometimes far.
    function _passTime() private {
        uint256 time = clock + _between(1, 12 hours);
        uint256 next = _nextEdge();
        if (next != 0 && !_oneIn(16)) {
            time = _oneIn(3) ? next - 1 + _below(3) : next;
            if (time <= clock) time = next;
        } else if (_oneIn(4)) {
            time = clock + _between(1, UNBONDING);
        }
        _setClock(time);
        _count("time passed");
    }

    function _nextEdge() private view returns (uint256 next) {
        for (uint256 i = 0; i < live.length; ++i) {
            (, uint256 until) = _phaseOf(live[i]);
            if (until != 0 && (next == 0 || until < next)) next = until;
        }
    }

    /// @dev A live case, any case, and some seats.
    function _compareSome() private {
        _compareSeats(4);
        if (live.length != 0) _compare(live[_below(live.length)]);
        if (cases.length > 1) _compare(_between(1, cases.length - 1));
    }

    // ─────────────────────────── the end ───────────────────────────

    /// @notice Nobody does anything more but strangers, and all that can be hostile is. At the end of its time every
    /// case is decided; then its panels can be settled and, in a better world, its ruling given; at the end of theirs
    /// all seats are free, all credits paid, and the court is empty.
    function everybodyLeaves(uint256 seed) external override step(seed) {
        for (uint256 i = 0; i < PARTIES; ++i) parties[i].setMood(CourtParty.Mood(_between(1, 2)));
        for (uint256 i = 0; i < live.length; ++i) {
            uint256 end = cases[live[i]].createdAt + DECIDED_AFTER;
            if (end > clock) _setClock(end);
        }
        for (uint256 i = live.length; i != 0; --i) _end(live[i - 1]);
        if (openSlots != 0 || court.openSlots() != 0) _fail("slots stay open after all disputes");
        for (uint256 i = 0; i < PARTIES; ++i) parties[i].setMood(CourtParty.Mood.Calm);
        for (uint256 i = live.length; i != 0; --i) _rule(live[i - 1], _stranger());
        if (live.length != 0) _fail("a dispute does not end");
        for (uint256 id = 1; id < cases.length; ++id) _compare(id);
        _compareSeats(seats.length);
        _empty();
    }

    function _end(uint256 id) private {
        if (!_isOver(id)) _fail("a dispute is not decided in time");
        uint256 count = cases[id].panels.length;
        if (_oneIn(2)) _rule(id, _stranger());
        for (uint256 i = 0; i < count; ++i) {
            if (!cases[id].panels[i].executed) _execute(id, i, _stranger());
        }
    }

    function _empty() private {
        for (uint256 id = 1; id < seats.length; ++id) {
            if (seats[id].leftAt == 0) _leave(seats[id].owner, _one(id));
        }
        if (court.seatCount() != 0) _fail("a seat cannot leave");
        _setClock(clock + UNBONDING);
        for (uint256 id = 1; id < seats.length; ++id) {
            if (seats[id].left != 0) _release(seats[id].owner, _one(id));
        }
        for (uint256 i = 0; i < people.length; ++i) {
            if (records[people[i]].credit != 0) _deliver(address(token), people[i]);
            if (records[people[i]].coinCredit != 0) _withdraw(COIN, people[i], _stranger());
        }
        _burn(address(token));
        _burn(COIN);
        if (stakes + credits + fees + coinCredits + coinFees != 0) _fail("something cannot be paid out");
        if (token.balanceOf(address(court)) != 0 || address(court).balance != 0) _fail("the court is not empty");
    }

    function _one(uint256 id) private pure returns (uint256[] memory ids) {
        ids = new uint256[](1);
        ids[0] = id;
    }
}
