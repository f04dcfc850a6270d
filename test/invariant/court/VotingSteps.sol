// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISeatCourt} from "../../../contracts/interfaces/ISeatCourt.sol";
import {CourtPhase} from "../../../contracts/types/CourtTypes.sol";
import {CourtBooks} from "./CourtBooks.sol";

/// @notice Jurors vote: honestly, by copying, twice, or garbage; leak; and reveal, what they committed to or not.
abstract contract VotingSteps is CourtBooks {
    /// @notice Somebody who has heard of a vote, or the juror itself, proves it; or somebody claims to have.
    function leak(uint256 seed) external step(seed) {
        uint256 id = _caseIn(CourtPhase.Commit);
        if (id == 0 || _lastPanel(id).slots.length == 0) return;
        ModelPanel storage panel = _lastPanel(id);
        uint256 first = _below(panel.size);
        for (uint256 i = 0; i < panel.size; ++i) {
            uint256 at = (first + i) % panel.size;
            ModelSlot storage slot = panel.slots[at];
            if (slot.state != SlotState.Committed || slot.salt == 0) continue;
            address prover = _oneIn(2) ? slot.juror : _stranger();
            uint256 vote = _oneIn(4) ? (slot.vote + 1) % 5 : slot.vote;
            _leak(id, at, slot.juror, vote, slot.salt, prover);
            return;
        }
    }

    // ─────────────────────────── a panel at work ───────────────────────────

    /// @dev Those who have not voted do so now, or not. How many are absent, and what the case is worth, is the panel's
    /// own: panels differ.
    function _commitAll(uint256 id) internal {
        uint256 index = cases[id].panels.length - 1;
        ModelPanel storage panel = cases[id].panels[index];
        uint256 fate = _fate(id, index);
        bool idle = fate % 5 == 0;
        if (panel.second && fate % 3 == 0) return; // once more nobody comes
        for (uint256 i = 0; i < panel.slots.length; ++i) {
            if (panel.slots[i].state != SlotState.Empty) continue;
            if (_oneIn(idle ? 2 : 16)) continue;
            uint256 choice = _below(24);
            if (choice == 0) _commitGarbage(id, i);
            else if (choice == 1) _commitCopy(id, i);
            else if (choice == 2) _commitAsAnother(id, i);
            else _commitHonestly(id, i, _oneIn(4) ? _below(5) : (fate / 5) % 5);
            if (_oneIn(10)) _commitHonestly(id, i, _below(5)); // again: once is enough
        }
    }

    function _revealAll(uint256 id) internal {
        ModelPanel storage panel = _lastPanel(id);
        for (uint256 i = 0; i < panel.slots.length; ++i) {
            ModelSlot storage slot = panel.slots[i];
            if (slot.state != SlotState.Committed || _oneIn(16)) continue;
            if (slot.salt == 0) {
                // A copy opens nothing, whoever gives away what the original holds.
                ModelSlot storage original = panel.slots[(i + 1) % panel.size];
                _reveal(id, i, slot.juror, original.vote, original.salt);
                continue;
            }
            if (_oneIn(10)) _reveal(id, i, slot.juror, (slot.vote + _between(1, 6)) % 8, slot.salt);
            if (_oneIn(10)) _reveal(id, i, slot.juror, slot.vote, bytes32(_word()));
            if (_oneIn(10)) _reveal(id, i, _person(), slot.vote, slot.salt);
            _reveal(id, i, slot.juror, slot.vote, slot.salt);
            if (_oneIn(10)) _reveal(id, i, slot.juror, slot.vote, slot.salt); // again: once is enough
        }
    }

    /// @dev What becomes of a panel, as far as it is not chance: fixed for each.
    function _fate(uint256 id, uint256 index) internal view returns (uint256) {
        return uint256(keccak256(abi.encode("fate", cases[id].createdAt, id, index))) >> 8;
    }

    /// @dev A live case in this phase, most of the time; 0 if there is none.
    function _caseIn(CourtPhase phase) internal returns (uint256) {
        if (live.length == 0) return 0;
        uint256 first = _below(live.length);
        if (_oneIn(8)) return live[first];
        for (uint256 i = 0; i < live.length; ++i) {
            uint256 id = live[(first + i) % live.length];
            if (_isIn(id, phase)) return id;
        }
        return 0;
    }

    // ─────────────────────────── ways to vote ───────────────────────────

    function _commitHonestly(uint256 id, uint256 at, uint256 vote) private {
        ModelSlot storage slot = _lastPanel(id).slots[at];
        bytes32 salt = bytes32(_word() | 1);
        bytes32 commitment = _commitment(id, at, slot.juror, vote, salt);
        if (_commit(id, at, slot.juror, commitment)) (slot.vote, slot.salt) = (vote, salt);
    }

    function _commitGarbage(uint256 id, uint256 at) private {
        ModelSlot storage slot = _lastPanel(id).slots[at];
        // 0 to 6 would pass for a vote.
        if (_commit(id, at, slot.juror, bytes32(_oneIn(2) ? _below(8) : _word()))) _count("garbage committed");
    }

    function _commitCopy(uint256 id, uint256 at) private {
        ModelPanel storage panel = _lastPanel(id);
        bytes32 original = panel.slots[(at + 1) % panel.size].commitment;
        if (_commit(id, at, panel.slots[at].juror, original)) _count("copy committed");
    }

    function _commitAsAnother(uint256 id, uint256 at) private {
        address sender = _person();
        bytes32 salt = bytes32(_word() | 1);
        if (!_commit(id, at, sender, _commitment(id, at, sender, 4, salt))) return;
        ModelSlot storage slot = _lastPanel(id).slots[at]; // the sender was the juror, by chance
        (slot.vote, slot.salt) = (4, salt);
    }

    /// @dev Written out here a second time, so that a wrong one in the contract cannot agree with itself.
    function _commitment(
        uint256 id,
        uint256 at,
        address juror,
        uint256 vote,
        bytes32 salt
    ) internal view returns (bytes32) {
        uint256 index = cases[id].panels.length - 1;
        return keccak256(abi.encode(block.chainid, address(court), id, index, at, juror, vote, salt));
    }

    // ─────────────────────────── verbs ───────────────────────────

    function _commit(uint256 id, uint256 at, address sender, bytes32 commitment) internal returns (bool success) {
        bool allowed = _isIn(id, CourtPhase.Commit) && at < _lastPanel(id).size && uint256(commitment) > 6;
        if (allowed) {
            ModelSlot storage slot = _lastPanel(id).slots[at];
            allowed = slot.juror == sender && slot.state == SlotState.Empty;
        }
        (success, ) = _call(sender, abi.encodeCall(ISeatCourt.commit, (id, at, commitment)));
        _expect("commit", allowed, success);
        if (!success) {
            _count("commit refused");
            return false;
        }
        ModelSlot storage voted = _lastPanel(id).slots[at];
        (voted.state, voted.commitment) = (SlotState.Committed, commitment);
    }

    function _leak(uint256 id, uint256 at, address juror, uint256 vote, bytes32 salt, address prover) internal {
        bool allowed = _isIn(id, CourtPhase.Commit) && _holds(id, at, juror, vote, salt);
        (bool success, ) = _call(prover, abi.encodeCall(ISeatCourt.proveLeak, (id, at, juror, vote, salt)));
        _expect("proveLeak", allowed, success);
        if (!success) {
            _count("leak refused");
            return;
        }
        ModelSlot storage slot = _lastPanel(id).slots[at];
        slot.state = SlotState.Leaked;
        uint256 taken = _lose(slot.seatId, seats[slot.seatId].left);
        // Nothing for a seat that has lost a part before.
        uint256 reward = taken == SEAT_PRICE ? taken / 4 : 0;
        if (reward == 0) _count("leak without a reward");
        _credit(prover, reward);
        burnable += taken - reward;
        _count(prover == juror ? "leaked to oneself" : "leak proved by a stranger");
    }

    function _reveal(uint256 id, uint256 at, address sender, uint256 vote, bytes32 salt) internal {
        bool allowed = _isIn(id, CourtPhase.Reveal) && vote < 5 && _holds(id, at, sender, vote, salt);
        (bool success, ) = _call(sender, abi.encodeCall(ISeatCourt.reveal, (id, at, vote, salt)));
        _expect("reveal", allowed, success);
        if (!success) {
            _count("reveal refused");
            return;
        }
        ModelPanel storage panel = _lastPanel(id);
        (panel.slots[at].state, panel.slots[at].vote) = (SlotState.Revealed, vote);
        ++panel.revealed;
    }

    /// @dev Whether the slot holds a commitment to exactly this.
    function _holds(uint256 id, uint256 at, address juror, uint256 vote, bytes32 salt) private view returns (bool) {
        ModelPanel storage panel = _lastPanel(id);
        if (at >= panel.slots.length || panel.slots[at].state != SlotState.Committed) return false;
        return panel.slots[at].commitment == _commitment(id, at, juror, vote, salt);
    }
}
