// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CourtPhase} from "../../contracts/types/CourtTypes.sol";
import {ISeatCourt} from "../../contracts/interfaces/ISeatCourt.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzCourt} from "./FuzzCourt.sol";

/// @notice When each phase begins and ends, to the second, and what can be done in it.
contract CourtPhasesFuzz is FuzzCourt {
    /// @dev Where a phase ends, and which one it is.
    struct Edge {
        uint256 time;
        CourtPhase phase;
    }

    /// @notice At any moment after a draw that came at any moment of its window.
    function testFuzz_PhasesOfADrawnPanel(uint256 delay, uint256 elapsed, uint256 voters) external {
        voters %= 4;
        uint256 id = _create(false);
        uint256 seedTime = vm.getBlockTimestamp() + terms.evidencePeriod;
        uint256 seededAt = seedTime + (delay % terms.seedWindow);
        _checkPhase(id, seedTime - 1, CourtPhase.Evidence, seedTime);
        vm.warp(seededAt);
        _checkPhase(id, seededAt, CourtPhase.Seeding, seedTime + terms.seedWindow);
        court.seed(id, "");
        Edge[5] memory edges;
        edges[0] = Edge(seededAt + terms.commitPeriod, CourtPhase.Commit);
        edges[1] = Edge(edges[0].time + terms.revealGap, CourtPhase.Gap);
        edges[2] = Edge(edges[1].time + terms.revealPeriod, CourtPhase.Reveal);
        edges[3] = Edge(edges[2].time + terms.appealPeriod, voters > 1 ? CourtPhase.Appeal : CourtPhase.Redraw);
        edges[4] = Edge(0, CourtPhase.Decided);
        uint256[] memory votes = new uint256[](3);
        for (uint256 i = 0; i < voters; ++i) votes[i] = 1;
        _vote(id, votes);
        vm.assertEq(vm.getBlockTimestamp(), edges[2].time, "reveals end at another time");

        // At a moment by chance, and around each edge.
        _checkAt(id, edges, bound(elapsed, 0, 4 days) + seededAt);
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = 0; j < 3; ++j) _checkAt(id, edges, edges[i].time - 1 + j);
        }
    }

    /// @notice Without a seed, the panel can be drawn again until APPEAL_PERIOD after its window, once.
    function testFuzz_PhasesWithoutASeed(uint256 elapsed) external {
        uint256 id = _create(false);
        for (uint256 panel = 0; panel < 2; ++panel) {
            uint256 opened = vm.getBlockTimestamp();
            Edge[4] memory edges;
            edges[0] = Edge(opened + terms.evidencePeriod, CourtPhase.Evidence);
            edges[1] = Edge(edges[0].time + terms.seedWindow, CourtPhase.Seeding);
            edges[2] = Edge(panel == 0 ? edges[1].time + terms.appealPeriod : 0, CourtPhase.Redraw);
            edges[3] = Edge(0, CourtPhase.Decided);
            uint256 at = opened + (elapsed % (terms.evidencePeriod + terms.seedWindow + terms.appealPeriod + 1 days));
            uint256 i = 0;
            while (i < 3 && at >= edges[i].time) ++i;
            _checkPhase(id, at, edges[i].phase, edges[i].time);
            for (uint256 k = 0; k < 2; ++k) {
                _checkPhase(id, edges[k].time - 1, edges[k].phase, edges[k].time);
                CourtPhase next = k == 1 && panel == 1 ? CourtPhase.Decided : edges[k + 1].phase;
                _checkPhase(id, edges[k].time, next, edges[k + 1].time);
            }
            vm.warp(edges[1].time);
            if (panel == 0) court.redraw(id);
        }
        vm.expectRevert(
            abi.encodeWithSelector(
                ISeatCourt.SeatCourt_UnexpectedPhase.selector,
                id,
                CourtPhase.Decided,
                1 << uint8(CourtPhase.Redraw)
            )
        );
        court.redraw(id);
        court.conclude(id);
        vm.assertEq(court.currentRuling(id), 0, "a ruling without a panel");
    }

    /// @notice However late everybody is, the ruling is fixed within the published bound, less the day to give it.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_DisputesEndInTime(uint256 chance) external {
        uint256 id = _create(true);
        uint256 decidedBy = vm.getBlockTimestamp() + court.maxDisputeDuration() - 1 days;
        // The first panel of a round fails, the second rules: six panels, as many as there can be.
        for (uint256 panel = 0; panel < 6; ++panel) {
            _pass(id); // to the seeding
            _late(id, uint256(keccak256(abi.encode(chance, panel, "seed"))));
            court.seed(id, "");
            uint256[] memory votes = new uint256[](court.panelOf(id, panel).size);
            if (panel % 2 == 1) for (uint256 i = 0; i < votes.length; ++i) votes[i] = (panel + 1) / 2;
            _vote(id, votes);
            if (panel == 5) break;
            _late(id, uint256(keccak256(abi.encode(chance, panel, "next"))));
            if (panel % 2 == 0) {
                court.redraw(id);
            } else {
                vm.prank(appellants[0]);
                court.appeal(id);
            }
        }
        vm.assertLe(vm.getBlockTimestamp(), decidedBy, "a dispute lasts on");
        court.conclude(id);
        vm.assertEq(court.currentRuling(id), 3, "another ruling than the last panel's");
        vm.assertEq(court.openSlots(), 0, "slots stay open");
    }

    /// @dev To any moment of the present phase: to its last second, half of the time.
    function _late(uint256 id, uint256 chance) private {
        (, uint256 until) = court.phaseOf(id);
        vm.warp(chance % 2 == 0 ? until - 1 : bound(chance, vm.getBlockTimestamp(), until - 1));
    }

    function _checkAt(uint256 id, Edge[5] memory edges, uint256 time) private {
        uint256 i = 0;
        while (i < 4 && time >= edges[i].time) ++i;
        _checkPhase(id, time, edges[i].phase, edges[i].time);
    }

    function _checkPhase(uint256 id, uint256 time, CourtPhase phase, uint256 until) private {
        vm.warp(time);
        (CourtPhase toldPhase, uint256 toldUntil) = court.phaseOf(id);
        vm.assertEq(uint8(toldPhase), uint8(phase), "another phase");
        vm.assertEq(toldUntil, phase == CourtPhase.Decided ? 0 : until, "it ends at another time");
    }
}
