// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

import {IArbitrator} from "../../interfaces/IArbitrator.sol";
import {IBoundedArbitrator} from "../../interfaces/IBoundedArbitrator.sol";
import {IRandomness} from "../../interfaces/IRandomness.sol";
import {ISeatCourt} from "../../interfaces/ISeatCourt.sol";
import {Tally} from "../../libraries/Tally.sol";
import {CourtPhase, CourtTerms, Dispute, Panel, PanelView} from "../../types/CourtTypes.sol";
import {SeatPool} from "./SeatPool.sol";

// What is compared by equality below are numbers and phases; the structs that they stand in also hold times, which is
// what the detector sees.
// slither-disable-start incorrect-equality

/// @title CourtCases
/// @notice What is stored of disputes and their panels, where they stand in time, and who was drawn. Changes nothing.
abstract contract CourtCases is SeatPool {
    using Tally for uint40;

    uint256 internal constant LAST_ROUND = 2;
    /// @dev Two panels per round at the most.
    uint256 private constant MAX_PANELS = 6;
    /// @dev How often a draw is made anew for a seat that had left.
    uint256 private constant MAX_PROBES = 8;
    /// @dev Time in seconds to conclude a decided dispute and to give its ruling.
    uint256 private constant GRACE = 1 days;
    /// @inheritdoc ISeatCourt
    address public immutable RANDOMNESS;
    uint256 internal immutable FEE;
    uint256 internal immutable COIN_FEE;
    uint256 internal immutable MIN_SEATS;
    uint256 internal immutable EVIDENCE_PERIOD;
    uint256 private immutable SEED_WINDOW;
    uint256 internal immutable COMMIT_PERIOD;
    uint256 private immutable REVEAL_GAP;
    uint256 private immutable REVEAL_PERIOD;
    uint256 private immutable APPEAL_PERIOD;

    mapping(uint256 disputeID => Dispute) internal _disputes;
    mapping(uint256 disputeID => mapping(uint256 panel => Panel)) internal _panels;

    constructor(IRandomness randomness, CourtTerms memory courtTerms) SeatPool(courtTerms) {
        RANDOMNESS = address(randomness);
        FEE = courtTerms.fee;
        COIN_FEE = courtTerms.coinFee;
        MIN_SEATS = courtTerms.minSeats;
        EVIDENCE_PERIOD = courtTerms.evidencePeriod;
        SEED_WINDOW = courtTerms.seedWindow;
        COMMIT_PERIOD = courtTerms.commitPeriod;
        REVEAL_GAP = courtTerms.revealGap;
        REVEAL_PERIOD = courtTerms.revealPeriod;
        APPEAL_PERIOD = courtTerms.appealPeriod;
        _checkTerms(courtTerms);
    }

    // ─────────────────────────── views ───────────────────────────

    /// @inheritdoc IArbitrator
    function arbitrationCost(bytes calldata) external view returns (uint256 cost) {
        // As ERC-792 says it: what cannot be paid.
        return COIN_FEE == 0 ? type(uint256).max : COIN_FEE * _sizeOf(0);
    }

    /// @inheritdoc IArbitrator
    function arbitrationCost(bytes calldata, IERC20 feeToken) external view returns (uint256 cost) {
        return address(feeToken) == TOKEN ? FEE * _sizeOf(0) : type(uint256).max;
    }

    /// @inheritdoc IBoundedArbitrator
    function maxDisputeDuration() public view returns (uint256) {
        return
            MAX_PANELS * (EVIDENCE_PERIOD + SEED_WINDOW + COMMIT_PERIOD + REVEAL_GAP + REVEAL_PERIOD + APPEAL_PERIOD) +
            GRACE;
    }

    /// @inheritdoc ISeatCourt
    function phaseOf(uint256 disputeID) external view returns (CourtPhase phase, uint256 until) {
        Dispute memory dispute = _disputes[disputeID];
        return _phase(dispute, _currentPanel(disputeID, dispute));
    }

    /// @inheritdoc ISeatCourt
    function disputeOf(uint256 disputeID) external view returns (Dispute memory) {
        return _disputes[disputeID];
    }

    /// @inheritdoc ISeatCourt
    function panelOf(uint256 disputeID, uint256 panelIndex) external view returns (PanelView memory told) {
        Panel storage panel = _panels[disputeID][panelIndex];
        told.seed = panel.seed;
        told.seedTime = panel.seedTime;
        told.seededAt = panel.seededAt;
        told.size = panel.size;
        told.round = panel.round;
        for (uint256 vote = 0; vote < Tally.CHOICES; ++vote) told.tally[vote] = panel.tally.count(vote);
        told.executed = panel.executed;
        told.appellant = panel.appellant;
    }

    /// @inheritdoc ISeatCourt
    function slotOf(
        uint256 disputeID,
        uint256 panelIndex,
        uint256 slot
    ) external view returns (uint256 seatId, address juror) {
        Panel storage panel = _panels[disputeID][panelIndex];
        if (panel.seededAt == 0 || slot >= panel.size) revert SeatCourt_NoSuchSlot(disputeID, panelIndex, slot);
        Dispute memory dispute = _disputes[disputeID];
        seatId = _drawnSeat(dispute, panel.seed, slot, _placesFor(dispute));
        juror = _ownerOf(seatId);
    }

    /// @inheritdoc ISeatCourt
    function voteOf(uint256 disputeID, uint256 panelIndex, uint256 slot) external view returns (uint256) {
        return _panels[disputeID][panelIndex].votes[slot];
    }

    /// @inheritdoc ISeatCourt
    function commitmentOf(
        uint256 disputeID,
        uint256 panelIndex,
        uint256 slot,
        address juror,
        uint256 vote,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), disputeID, panelIndex, slot, juror, vote, salt));
    }

    /// @inheritdoc ISeatCourt
    function currentRuling(uint256 disputeID) external view returns (uint256 ruling) {
        Dispute memory dispute = _disputes[disputeID];
        Panel storage panel = _currentPanel(disputeID, dispute);
        (CourtPhase phase, ) = _phase(dispute, panel);
        bool counted = phase == CourtPhase.Appeal || phase == CourtPhase.Decided;
        return counted && _hasQuorum(panel) ? _rulingOf(panel) : dispute.ruling;
    }

    /// @inheritdoc ISeatCourt
    function appealCost(uint256 disputeID) external view returns (uint256 cost) {
        Dispute memory dispute = _disputes[disputeID];
        (CourtPhase phase, ) = _phase(dispute, _currentPanel(disputeID, dispute));
        return phase == CourtPhase.Appeal ? FEE * _sizeOf(dispute.round + 1) : 0;
    }

    /// @inheritdoc ISeatCourt
    function disputeCount() external view returns (uint256) {
        return _totals.disputes;
    }

    /// @inheritdoc ISeatCourt
    function terms() external view returns (CourtTerms memory) {
        return
            CourtTerms({
                token: TOKEN,
                seatPrice: SEAT_PRICE,
                fee: FEE,
                coinFee: COIN_FEE,
                minSeats: MIN_SEATS,
                evidencePeriod: EVIDENCE_PERIOD,
                seedWindow: SEED_WINDOW,
                commitPeriod: COMMIT_PERIOD,
                revealGap: REVEAL_GAP,
                revealPeriod: REVEAL_PERIOD,
                appealPeriod: APPEAL_PERIOD,
                seatMaturity: SEAT_MATURITY,
                unbonding: UNBONDING
            });
    }

    // ─────────────────────────── for the court ───────────────────────────

    function _phase(Dispute memory dispute, Panel storage panel) internal view returns (CourtPhase, uint256 until) {
        if (dispute.panels == 0) return (CourtPhase.None, 0);
        if (dispute.ending != CourtPhase.None) return (dispute.ending, 0);
        until = panel.seedTime;
        if (block.timestamp < until) return (CourtPhase.Evidence, until);
        uint256 seededAt = panel.seededAt;
        bool quorum = false;
        if (seededAt == 0) {
            until += SEED_WINDOW;
            if (block.timestamp < until) return (CourtPhase.Seeding, until);
        } else {
            until = seededAt + COMMIT_PERIOD;
            if (block.timestamp < until) return (CourtPhase.Commit, until);
            until += REVEAL_GAP;
            if (block.timestamp < until) return (CourtPhase.Gap, until);
            until += REVEAL_PERIOD;
            if (block.timestamp < until) return (CourtPhase.Reveal, until);
            quorum = _hasQuorum(panel);
        }
        bool another = quorum ? dispute.round < LAST_ROUND : !dispute.redrawn;
        until += APPEAL_PERIOD;
        if (another && block.timestamp < until) return (quorum ? CourtPhase.Appeal : CourtPhase.Redraw, until);
        return (CourtPhase.Decided, 0);
    }

    function _inPhase(
        uint256 disputeID,
        uint256 allowed
    ) internal view returns (Dispute memory dispute, Panel storage panel) {
        dispute = _disputes[disputeID];
        panel = _currentPanel(disputeID, dispute);
        _requirePhase(disputeID, dispute, panel, allowed);
    }

    function _requirePhase(
        uint256 disputeID,
        Dispute memory dispute,
        Panel storage panel,
        uint256 allowed
    ) internal view {
        // slither-disable-next-line unused-return: the time does not matter here
        (CourtPhase phase, ) = _phase(dispute, panel);
        if (_bit(phase) & allowed == 0) revert SeatCourt_UnexpectedPhase(disputeID, phase, allowed);
    }

    /// @dev Of a dispute that does not exist, an empty one.
    function _currentPanel(uint256 disputeID, Dispute memory dispute) internal view returns (Panel storage) {
        return _panels[disputeID][dispute.panels == 0 ? 0 : dispute.panels - 1];
    }

    /// @dev Of the seats that the dispute's draws are made from: never changes, as it lies in the past.
    function _placesFor(Dispute memory dispute) internal view returns (uint256) {
        return seatCountAt(dispute.createdAt - SEAT_MATURITY);
    }

    /// @dev With replacement: a seat may fill several slots, and answers for each with what it has left. A seat that had
    /// left the pool when the dispute arose is passed over, so that neither a lost stake nor a departed juror is drawn.
    /// The last of MAX_PROBES counts in any case: that it meets such a seat is likely only if half of the pool has left.
    function _drawnSeat(
        Dispute memory dispute,
        bytes32 panelSeed,
        uint256 slot,
        uint256 places
    ) internal view returns (uint256 seatId) {
        uint256 snapshot = dispute.createdAt - SEAT_MATURITY;
        for (uint256 probe = 0; probe < MAX_PROBES; ++probe) {
            uint256 place = (uint256(keccak256(abi.encode(panelSeed, slot, probe))) % places) + 1;
            seatId = _seatAtPlace(place, snapshot);
            if (!_hasLeftBy(seatId, dispute.createdAt)) break;
        }
    }

    /// @dev More than half of the panel; in a panel that was drawn again, whoever comes: else a party with two seats of
    /// three could have the case refused by staying away, and no appeal would mend it.
    function _hasQuorum(Panel storage panel) internal view returns (bool) {
        uint256 revealed = panel.tally.total();
        return revealed * 2 > panel.size || (panel.redrawn && revealed != 0);
    }

    function _rulingOf(Panel storage panel) internal view returns (uint8) {
        return uint8(panel.tally.median() + 1); // at most 5
    }

    /// @dev 3, 7, 15: each one more than twice the last, so that a majority of it outvotes the whole panel before.
    function _sizeOf(uint256 round) internal pure returns (uint256) {
        return (4 << round) - 1;
    }

    function _bit(CourtPhase phase) internal pure returns (uint256) {
        return 1 << uint8(phase);
    }

    function _checkTerms(CourtTerms memory courtTerms) private view {
        if (courtTerms.token == address(0)) revert SeatCourt_InvalidTerms("token");
        bool divisible = courtTerms.seatPrice % PERCENT == 0 && courtTerms.seatPrice <= type(uint96).max;
        // What a vote puts at risk must outweigh what it earns.
        if (!divisible || courtTerms.seatPrice < 10 * courtTerms.fee) revert SeatCourt_InvalidTerms("seatPrice");
        if (courtTerms.fee == 0) revert SeatCourt_InvalidTerms("fee");
        // The largest panel must find half of the seats unoccupied by itself.
        if (courtTerms.minSeats < 2 * _sizeOf(LAST_ROUND)) revert SeatCourt_InvalidTerms("minSeats");
        if (
            courtTerms.evidencePeriod == 0 ||
            courtTerms.seedWindow == 0 ||
            courtTerms.commitPeriod == 0 ||
            courtTerms.revealGap == 0 ||
            courtTerms.revealPeriod == 0 ||
            courtTerms.appealPeriod == 0 ||
            courtTerms.seatMaturity == 0
        ) revert SeatCourt_InvalidTerms("period");
        // Longer than every other period, so that all of them fit where times are stored.
        bool tooLong = courtTerms.unbonding > type(uint32).max;
        if (tooLong || courtTerms.unbonding <= courtTerms.seatMaturity + maxDisputeDuration()) {
            revert SeatCourt_InvalidTerms("unbonding");
        }
    }
}

// slither-disable-end incorrect-equality
