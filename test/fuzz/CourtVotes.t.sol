// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISeatCourt} from "../../contracts/interfaces/ISeatCourt.sol";
import {SeatCourt} from "../../contracts/evaluation/SeatCourt.sol";
import {vm} from "../forge/Vm.sol";
import {FuzzCourt} from "./FuzzCourt.sol";

/// @notice What a commitment binds, and whom a draw falls on.
contract CourtVotesFuzz is FuzzCourt {
    /// @dev What a commitment is made of, but for chain and court.
    struct Vote {
        uint256 id;
        uint256 panel;
        uint256 slot;
        address juror;
        uint256 vote;
        bytes32 salt;
    }

    /// @notice Another value in any one field, another chain or another court: another commitment.
    function testFuzz_CommitmentBindsEveryField(Vote memory a, Vote memory b, uint64 chain) external {
        bytes32 commitment = _commitmentOf(court, a);
        bytes32 written = keccak256(
            abi.encode(block.chainid, address(court), a.id, a.panel, a.slot, a.juror, a.vote, a.salt)
        );
        vm.assertEq(commitment, written, "not what is documented");
        for (uint256 field = 0; field < 6; ++field) {
            Vote memory changed = Vote(a.id, a.panel, a.slot, a.juror, a.vote, a.salt);
            if (field == 0) changed.id = b.id;
            else if (field == 1) changed.panel = b.panel;
            else if (field == 2) changed.slot = b.slot;
            else if (field == 3) changed.juror = b.juror;
            else if (field == 4) changed.vote = b.vote;
            else changed.salt = b.salt;
            if (keccak256(abi.encode(changed)) == keccak256(abi.encode(a))) continue;
            vm.assertNotEq(_commitmentOf(court, changed), commitment, "a field is not bound");
        }
        SeatCourt other = new SeatCourt(address(0xf0), randomness, terms);
        vm.assertNotEq(_commitmentOf(other, a), commitment, "the court is not bound");
        if (chain == 0 || chain == block.chainid) return;
        vm.chainId(chain);
        vm.assertNotEq(_commitmentOf(court, a), commitment, "the chain is not bound");
    }

    /// @notice A commitment opens to nothing but what it was made from, for its slot.
    function testFuzz_RevertWhen_RevealIsNotWhatWasCommitted(
        uint256 vote,
        bytes32 salt,
        uint256 shownVote,
        bytes32 shownSalt
    ) external {
        (vote, shownVote) = (vote % 5, shownVote % 5);
        if (vote == shownVote && salt == shownSalt) shownSalt = ~salt;
        uint256 id = _create(false);
        _draw(id);
        (, address juror) = court.slotOf(id, 0, 0);
        bytes32 commitment = court.commitmentOf(id, 0, 0, juror, vote, salt);
        vm.prank(juror);
        court.commit(id, 0, commitment);
        _pass(id);
        _pass(id);
        _expectMismatch(id, 0, juror, shownVote, shownSalt);
        vm.prank(juror);
        court.reveal(id, 0, shownVote, shownSalt);
        // What fits is accepted, and only once.
        vm.prank(juror);
        court.reveal(id, 0, vote, salt);
        vm.assertEq(court.voteOf(id, 0, 0), vote + 1, "another vote");
        _expectMismatch(id, 0, juror, vote, salt);
        vm.prank(juror);
        court.reveal(id, 0, vote, salt);
        vm.assertEq(court.panelOf(id, 0).tally[vote], 1, "a vote counted twice");
    }

    /// @notice A copied commitment can be committed, as nobody can tell; nobody can open it.
    function testFuzz_RevertWhen_CopyIsRevealed(uint256 vote, bytes32 salt, uint256 from) external {
        vote %= 5;
        uint256 id = _create(false);
        _draw(id);
        from %= 3;
        uint256 to = (from + 1) % 3;
        (, address author) = court.slotOf(id, 0, from);
        (, address copyist) = court.slotOf(id, 0, to);
        bytes32 commitment = court.commitmentOf(id, 0, from, author, vote, salt);
        vm.prank(author);
        court.commit(id, from, commitment);
        vm.prank(copyist);
        court.commit(id, to, commitment);
        _expectMismatch(id, to, copyist, vote, salt);
        vm.prank(stranger);
        court.proveLeak(id, to, copyist, vote, salt);
        _pass(id);
        _pass(id);
        _expectMismatch(id, to, copyist, vote, salt);
        vm.prank(copyist);
        court.reveal(id, to, vote, salt);
        vm.prank(author);
        court.reveal(id, from, vote, salt);
    }

    /// @notice The draw gives every seat its share. Pearson's measure over 600 slots of 64 seats has the mean 63; a
    /// fair draw comes to 160 once in 10^9 runs.
    /// forge-config: default.fuzz.runs = 24
    function testFuzz_DrawIsSpreadEvenly(uint256 start) external {
        vm.warp(vm.getBlockTimestamp() + (start % (100 * 365 days)));
        uint256[] memory hits = new uint256[](SEATS + 1);
        for (uint256 round = 0; round < 200; ++round) {
            uint256 id = _create(round % 2 == 0);
            _draw(id);
            for (uint256 slot = 0; slot < 3; ++slot) {
                (uint256 seatId, address juror) = court.slotOf(id, 0, slot);
                vm.assertEq(juror, court.seatOf(seatId).owner, "a slot is not its seat's owner's");
                ++hits[seatId];
            }
            vm.warp(vm.getBlockTimestamp() + 4 days);
            court.conclude(id); // unsettled, so that nobody leaves the pool
        }
        vm.assertEq(hits[0], 0, "a slot without a seat");
        uint256 squares = 0;
        for (uint256 id = 1; id <= SEATS; ++id) squares += hits[id] * hits[id];
        // The sum of (hits - 600/64)^2 / (600/64) is squares * 64/600 - 600.
        vm.assertLe(squares * SEATS, (160 + 600) * 600, "some seats are drawn too often");
    }

    /// @notice Of seats that leave before a dispute, in its second and after it, the draw passes over the first two,
    /// eight times at the most. All may leave: the court stays open.
    /// @param early How many leave before, in the second of the dispute, and after it.
    function testFuzz_DrawPassesOverSeatsThatHadLeft(uint256 early, uint256 sameTime, uint256 late) external {
        early %= SEATS + 1;
        sameTime %= SEATS + 1 - early;
        late %= SEATS + 1 - early - sameTime;
        _leave(0, early);
        vm.warp(vm.getBlockTimestamp() + 1);
        _leave(early, sameTime / 2);
        uint256 id = _create(false);
        _leave(early + sameTime / 2, sameTime - sameTime / 2);
        vm.warp(vm.getBlockTimestamp() + 1);
        _leave(early + sameTime, late);
        vm.assertEq(court.seatCount(), SEATS - early - sameTime - late, "other seats have left");
        _draw(id);
        bytes32 seed = court.panelOf(id, 0).seed;
        vm.assertEq(
            seed,
            keccak256(abi.encode(randomness.wordAt(court.panelOf(id, 0).seedTime), id, 0)),
            "another seed"
        );
        for (uint256 slot = 0; slot < 3; ++slot) {
            // Two weeks before, each seat stood at the place of its own number.
            uint256 expected = 0;
            for (uint256 probe = 0; probe < 8; ++probe) {
                expected = (uint256(keccak256(abi.encode(seed, slot, probe))) % SEATS) + 1;
                if (_rank(expected) >= early + sameTime) break;
            }
            (uint256 seatId, address juror) = court.slotOf(id, 0, slot);
            vm.assertEq(seatId, expected, "another seat was drawn");
            vm.assertEq(juror, court.seatOf(expected).owner, "a slot is not its seat's owner's");
        }
    }

    /// @dev Those of the ranks from `first` on leave, one by one.
    function _leave(uint256 first, uint256 count) private {
        for (uint256 seatId = 1; seatId <= SEATS; ++seatId) {
            if (_rank(seatId) < first || _rank(seatId) >= first + count) continue;
            uint256[] memory ids = new uint256[](1);
            ids[0] = seatId;
            vm.prank(court.seatOf(seatId).owner);
            court.leave(ids);
        }
    }

    /// @dev In which order seats leave: from all over the pool.
    function _rank(uint256 seatId) private pure returns (uint256) {
        return (seatId * 27) % SEATS;
    }

    function _expectMismatch(uint256 id, uint256 slot, address juror, uint256 vote, bytes32 salt) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ISeatCourt.SeatCourt_CommitmentMismatch.selector,
                id,
                0,
                slot,
                court.commitmentOf(id, 0, slot, juror, vote, salt)
            )
        );
    }

    function _commitmentOf(SeatCourt of_, Vote memory vote) private view returns (bytes32) {
        return of_.commitmentOf(vote.id, vote.panel, vote.slot, vote.juror, vote.vote, vote.salt);
    }
}
