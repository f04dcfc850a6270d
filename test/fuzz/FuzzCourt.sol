// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

import {SeatCourt} from "../../contracts/evaluation/SeatCourt.sol";
import {PlainToken} from "../../contracts/mocks/tokens/PlainToken.sol";
import {CourtPhase, CourtTerms} from "../../contracts/types/CourtTypes.sol";
import {CourtReference} from "../forge/CourtReference.sol";
import {RandomnessDouble} from "../forge/RandomnessDouble.sol";
import {vm} from "../forge/Vm.sol";

/// @notice A court with a pool of seats that are old enough, and panels that vote as they are told.
abstract contract FuzzCourt {
    uint256 internal constant NOW = 1_800_000_000;
    uint256 internal constant SEATS = 64;
    uint256 internal constant JURORS = 4;
    /// @dev Fees that do not divide evenly show rounding.
    uint256 internal constant FEE = 1e6 + 3;
    uint256 internal constant COIN_FEE = 1e15 + 1;

    SeatCourt internal court;
    PlainToken internal token;
    RandomnessDouble internal randomness;
    CourtTerms internal terms;

    address internal stranger = address(0x5742);
    address internal arbitrable = address(0xa4b1);
    address[2] internal appellants = [address(0xa1), address(0xa2)];

    function setUp() public virtual {
        vm.warp(NOW);
        token = new PlainToken("Plain", "PLN", 6);
        randomness = new RandomnessDouble();
        terms = CourtTerms({
            token: address(token),
            seatPrice: 25e6,
            fee: FEE,
            coinFee: COIN_FEE,
            minSeats: 60,
            evidencePeriod: 6 hours,
            seedWindow: 2 hours,
            commitPeriod: 12 hours,
            revealGap: 10 minutes,
            revealPeriod: 6 hours,
            appealPeriod: 24 hours,
            seatMaturity: 14 days,
            unbonding: 35 days
        });
        court = new SeatCourt(address(0xf0), randomness, terms);
        for (uint256 i = 0; i < JURORS; ++i) {
            _endow(_juror(i));
            vm.prank(_juror(i));
            court.join(SEATS / JURORS);
        }
        _endow(arbitrable);
        _endow(appellants[0]);
        _endow(appellants[1]);
        vm.warp(NOW + terms.seatMaturity);
    }

    function _juror(uint256 index) internal pure returns (address) {
        return address(uint160(0x1000 + index));
    }

    function _endow(address account) private {
        token.mint(account, 1e30);
        vm.deal(account, 1e30);
        vm.prank(account);
        token.approve(address(court), type(uint256).max);
    }

    // ─────────────────────────── a dispute's life ───────────────────────────

    function _create(bool inCoin) internal returns (uint256 id) {
        vm.prank(arbitrable);
        if (inCoin) return court.createDispute{value: 3 * COIN_FEE}(5, "");
        return court.createDispute(5, "", IERC20(address(token)), 3 * FEE);
    }

    /// @dev Draws the panel, at the first moment that it can be.
    function _draw(uint256 id) internal {
        (, uint256 until) = court.phaseOf(id);
        vm.warp(until);
        court.seed(id, "");
    }

    /// @dev The panel votes: per slot ABSENT (every other time by a commitment that is not revealed), 1 to 5, or
    /// LEAKED. Ends when reveals do.
    function _vote(uint256 id, uint256[] memory votes) internal {
        uint256 panel = court.disputeOf(id).panels - 1;
        for (uint256 slot = 0; slot < votes.length; ++slot) {
            (, address juror) = court.slotOf(id, panel, slot);
            if (votes[slot] == CourtReference.ABSENT && slot % 2 == 0) continue;
            bytes32 commitment = court.commitmentOf(id, panel, slot, juror, _choice(votes[slot]), bytes32(slot));
            vm.prank(juror);
            court.commit(id, slot, commitment);
            if (votes[slot] != CourtReference.LEAKED) continue;
            vm.prank(stranger);
            court.proveLeak(id, slot, juror, _choice(votes[slot]), bytes32(slot));
        }
        _pass(id); // to the gap
        _pass(id); // to the reveals
        for (uint256 slot = 0; slot < votes.length; ++slot) {
            if (votes[slot] == CourtReference.ABSENT || votes[slot] == CourtReference.LEAKED) continue;
            (, address juror) = court.slotOf(id, panel, slot);
            vm.prank(juror);
            court.reveal(id, slot, _choice(votes[slot]), bytes32(slot));
        }
        _pass(id);
    }

    /// @dev To the end of the present phase, if nobody acts.
    function _pass(uint256 id) internal {
        (, uint256 until) = court.phaseOf(id);
        vm.warp(until);
    }

    function _phase(uint256 id) internal view returns (CourtPhase phase) {
        (phase, ) = court.phaseOf(id);
    }

    /// @dev Votes count from 0, what is revealed from 1. Whoever leaks or stays away has voted for nothing, or 0.
    function _choice(uint256 vote) internal pure returns (uint256) {
        return vote == CourtReference.ABSENT || vote == CourtReference.LEAKED ? 0 : vote - 1;
    }
}
