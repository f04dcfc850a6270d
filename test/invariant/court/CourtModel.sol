// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CourtPhase} from "../../../contracts/types/CourtTypes.sol";
import {CourtReference} from "../../forge/CourtReference.sol";
import {CourtWorld} from "./CourtWorld.sol";

/// @notice The court as its rules describe it, kept from the calls that were made and never read from the contract.
abstract contract CourtModel is CourtWorld {
    enum SlotState {
        Empty,
        Committed,
        Revealed,
        Leaked
    }

    /// @dev When it was in the pool is the history that draws are checked against.
    struct ModelSeat {
        address owner;
        uint40 joinedAt;
        /// 0 while it is in the pool.
        uint40 leftAt;
        /// Percent.
        uint8 left;
    }

    /// @dev From when on a seat stood at a place.
    struct Sitting {
        uint40 since;
        uint40 seatId;
    }

    struct ModelSlot {
        uint256 seatId;
        address juror;
        SlotState state;
        /// What was really committed to, unless it was a copy or garbage; or what was revealed.
        uint256 vote;
        bytes32 salt;
        bytes32 commitment;
    }

    struct ModelPanel {
        uint256 size;
        uint256 round;
        uint256 seedTime;
        uint256 seededAt;
        bool open;
        /// Whether it is the second of its round.
        bool second;
        bool executed;
        address appellant;
        uint256 revealed;
        ModelSlot[] slots;
    }

    struct ModelCase {
        address arbitrable;
        uint256 createdAt;
        bool inCoin;
        bool redrawn;
        bool concluded;
        bool ruled;
        uint256 ruling;
        /// Seats in the pool at the snapshot.
        uint256 places;
        ModelPanel[] panels;
    }

    ModelSeat[] internal seats;
    uint256 internal poolSize;
    ModelCase[] internal cases;
    /// @dev Cases in which something is still to be done.
    uint256[] internal live;
    mapping(uint256 place => Sitting[]) private _sittings;
    /// @dev Where a seat stands, or stood last.
    mapping(uint256 seatId => uint256 place) internal placeOf;
    mapping(uint256 id => mapping(uint256 seatId => bool)) private _wasDrawn;

    uint256 internal openSlots;

    constructor() {
        seats.push(); // seats and cases count from 1
        cases.push();
    }

    // ─────────────────────────── seats ───────────────────────────

    function _inPoolAt(ModelSeat memory seat, uint256 time) internal pure returns (bool) {
        return seat.joinedAt != 0 && seat.joinedAt <= time && (seat.leftAt == 0 || seat.leftAt > time);
    }

    function _poolSizeAt(uint256 time) internal view returns (uint256 size) {
        for (uint256 id = 1; id < seats.length; ++id) {
            if (_inPoolAt(seats[id], time)) ++size;
        }
    }

    function _takeIn(address owner) internal {
        seats.push(ModelSeat(owner, uint40(clock), 0, 100));
        _seat(seats.length - 1, ++poolSize);
    }

    /// @dev The last seat takes the place that becomes free.
    function _takeOut(uint256 seatId) internal {
        if (seats[seatId].leftAt != 0) return;
        seats[seatId].leftAt = uint40(clock);
        uint256 last = _seatAt(poolSize, clock);
        if (last != seatId) _seat(last, placeOf[seatId]);
        --poolSize;
    }

    function _seat(uint256 seatId, uint256 place) private {
        _sittings[place].push(Sitting(uint40(clock), uint40(seatId)));
        placeOf[seatId] = place;
    }

    function _seatAt(uint256 place, uint256 time) private view returns (uint256) {
        Sitting[] storage sittings = _sittings[place];
        uint256 i = sittings.length;
        while (sittings[i - 1].since > time) --i;
        return sittings[i - 1].seatId;
    }

    /// @dev Whether it can be drawn, or was, for a dispute that is not over.
    function _isLiable(uint256 seatId) internal view returns (bool) {
        for (uint256 i = 0; i < live.length; ++i) {
            ModelCase storage dispute = cases[live[i]];
            if (dispute.concluded || clock >= dispute.createdAt + DECIDED_AFTER) continue;
            if (_inPoolAt(seats[seatId], dispute.createdAt - SEAT_MATURITY)) return true;
        }
        return false;
    }

    // ─────────────────────────── cases ───────────────────────────

    function _sizeOf(uint256 round) internal pure returns (uint256) {
        return [3, 7, 15][round];
    }

    function _lastPanel(uint256 id) internal view returns (ModelPanel storage) {
        ModelPanel[] storage panels = cases[id].panels;
        return panels[panels.length - 1];
    }

    function _enterPanel(uint256 id, uint256 round, address appellant) internal {
        ModelPanel storage panel = cases[id].panels.push();
        panel.size = _sizeOf(round);
        panel.round = round;
        panel.seedTime = clock + EVIDENCE_PERIOD;
        panel.open = true;
        panel.second = cases[id].redrawn;
        panel.appellant = appellant;
        openSlots += panel.size;
    }

    function _closePanel(ModelPanel storage panel) internal {
        if (panel.open) openSlots -= panel.size;
        panel.open = false;
    }

    /// @dev The panel is drawn: from its seed and the model's own history of the pool follows every seat.
    function _enterDraw(uint256 id) internal {
        ModelCase storage dispute = cases[id];
        ModelPanel storage panel = _lastPanel(id);
        uint256 index = dispute.panels.length - 1;
        panel.seededAt = clock;
        bytes32 seed = keccak256(abi.encode(randomness.wordAt(panel.seedTime), id, index));
        if (court.panelOf(id, index).seed != seed) _fail("another seed");
        for (uint256 i = 0; i < panel.size; ++i) {
            uint256 seatId = _drawnSeat(dispute, seed, i);
            ModelSlot storage slot = panel.slots.push();
            (slot.seatId, slot.juror) = (seatId, seats[seatId].owner);
            (uint256 toldSeat, address toldJuror) = court.slotOf(id, index, i);
            if (toldSeat != seatId) _fail("another seat was drawn");
            if (toldJuror != slot.juror) _fail("a slot is not its seat's owner's");
            if (!_inPoolAt(seats[seatId], dispute.createdAt - SEAT_MATURITY)) _fail("a late seat was drawn");
            if (seats[seatId].leftAt != 0) _count("seat drawn that has left");
            if (_wasDrawn[id][seatId]) _count("seat drawn again");
            _wasDrawn[id][seatId] = true;
        }
    }

    /// @dev The first of up to eight places whose seat had not left when the dispute arose; or else the last of them.
    function _drawnSeat(ModelCase storage dispute, bytes32 seed, uint256 slot) private returns (uint256 seatId) {
        for (uint256 probe = 0; probe < 8; ++probe) {
            uint256 place = (uint256(keccak256(abi.encode(seed, slot, probe))) % dispute.places) + 1;
            seatId = _seatAt(place, dispute.createdAt - SEAT_MATURITY);
            uint256 leftAt = seats[seatId].leftAt;
            if (leftAt == 0 || leftAt > dispute.createdAt) return seatId;
            _count("seat passed over that had left");
            if (seats[seatId].left < 100) _count("seat passed over that was not whole or was released");
        }
    }

    function _hasQuorum(ModelPanel storage panel) internal view returns (bool) {
        return CourtReference.hasQuorum(panel.size, panel.second, panel.revealed);
    }

    function _hasSecondPanel(uint256 id, uint256 index) internal view returns (bool) {
        ModelPanel[] storage panels = cases[id].panels;
        return index + 1 < panels.length && panels[index + 1].round == panels[index].round;
    }

    /// @dev The last valid panel's, of the first `count`; 0 if none is.
    function _rulingOf(uint256 id, uint256 count) internal view returns (uint256) {
        ModelPanel[] storage panels = cases[id].panels;
        for (uint256 i = count; i != 0; --i) {
            if (!_hasQuorum(panels[i - 1])) continue;
            return CourtReference.median(CourtReference.revealed(_votesOf(panels[i - 1])));
        }
        return 0;
    }

    function _votesOf(ModelPanel storage panel) internal view returns (uint256[] memory votes) {
        votes = new uint256[](panel.slots.length);
        for (uint256 i = 0; i < votes.length; ++i) {
            ModelSlot storage slot = panel.slots[i];
            if (slot.state == SlotState.Revealed) votes[i] = slot.vote + 1;
            else if (slot.state == SlotState.Leaked) votes[i] = CourtReference.LEAKED;
        }
    }

    function _phaseOf(uint256 id) internal view returns (CourtPhase phase, uint256 until) {
        if (id == 0 || id >= cases.length) return (CourtPhase.None, 0);
        ModelCase storage dispute = cases[id];
        if (dispute.ruled) return (CourtPhase.Ruled, 0);
        if (dispute.concluded) return (CourtPhase.Concluded, 0);
        ModelPanel storage panel = _lastPanel(id);
        uint256 time = clock;
        uint256 ended = panel.seedTime + SEED_WINDOW; // of all that can be done for this panel
        if (time < panel.seedTime) return (CourtPhase.Evidence, panel.seedTime);
        if (panel.seededAt == 0) {
            if (time < ended) return (CourtPhase.Seeding, ended);
        } else {
            uint256 commitsEnd = panel.seededAt + COMMIT_PERIOD;
            ended = commitsEnd + REVEAL_GAP + REVEAL_PERIOD;
            if (time < commitsEnd) return (CourtPhase.Commit, commitsEnd);
            if (time < commitsEnd + REVEAL_GAP) return (CourtPhase.Gap, commitsEnd + REVEAL_GAP);
            if (time < ended) return (CourtPhase.Reveal, ended);
        }
        uint256 windowEnd = ended + APPEAL_PERIOD;
        if (time >= windowEnd) return (CourtPhase.Decided, 0);
        if (_hasQuorum(panel)) {
            if (panel.round < 2) return (CourtPhase.Appeal, windowEnd);
        } else if (!dispute.redrawn) {
            return (CourtPhase.Redraw, windowEnd);
        }
        return (CourtPhase.Decided, 0);
    }

    function _isIn(uint256 id, CourtPhase phase) internal view returns (bool) {
        (CourtPhase now_, ) = _phaseOf(id);
        return now_ == phase;
    }

    function _isOver(uint256 id) internal view returns (bool) {
        (CourtPhase now_, ) = _phaseOf(id);
        return now_ >= CourtPhase.Decided;
    }
}
