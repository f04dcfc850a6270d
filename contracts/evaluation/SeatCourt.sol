// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IArbitrable} from "../interfaces/IArbitrable.sol";
import {IArbitrator} from "../interfaces/IArbitrator.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {ISeatCourt} from "../interfaces/ISeatCourt.sol";
import {Tally} from "../libraries/Tally.sol";
import {Conduct, CourtPhase, CourtTerms, Dispute, Panel} from "../types/CourtTypes.sol";
import {CourtCases} from "./court/CourtCases.sol";

// What is compared by equality below are numbers and phases; the structs that they stand in also hold times, which is
// what the detector sees.
// slither-disable-start incorrect-equality

/// @title SeatCourt
/// @notice Drawn, staked, secret voters with appeal. See ISeatCourt.
/// @dev Liveness: no phase waits for anybody. Each has an end, and what follows it is computed from the time, so that
/// `maxDisputeDuration` after its creation every dispute is Decided, and calls that anyone may make give its ruling
/// and settle its panels. A panel's settlement and the delivery of the ruling do not depend on each other.
contract SeatCourt is CourtCases, Multicall {
    using Tally for uint40;

    /// @dev What a leaked vote is stored as; no hash is that small.
    uint256 private constant LEAKED = 6;
    /// @dev Votes two steps of 25 percent from the ruling, or more, are wrong.
    uint256 private constant WRONG_DISTANCE = 2;

    // Percent of a seat. A leak costs a whole one, of which a quarter can come back: dearer than being absent.
    uint256 private constant INCOHERENT_PENALTY = 50;
    uint256 private constant ABSENT_PENALTY = 60;

    /// @dev What settling a panel's slots adds up to.
    struct Settling {
        uint256 ruling;
        bool valid;
        /// How many slots earned, and whose they are; zero for the others.
        uint256 coherent;
        address[] earners;
        /// Base units of seats.
        uint256 taken;
    }

    /// @notice Everything is fixed here, for good.
    /// @param trustedForwarder ERC-2771 forwarder whose senders are believed.
    /// @param randomness Where the seeds of draws come from.
    /// @param courtTerms Stakes, fees and periods.
    constructor(
        address trustedForwarder,
        IRandomness randomness,
        CourtTerms memory courtTerms
    ) ERC2771Context(trustedForwarder) CourtCases(randomness, courtTerms) {}

    // ─────────────────────────── a dispute's life ───────────────────────────

    /// @inheritdoc IArbitrator
    /// @dev In the coin. `extraData` means nothing here.
    function createDispute(uint256 choices, bytes calldata) external payable nonReentrant returns (uint256 disputeID) {
        if (COIN_FEE == 0) revert SeatCourt_UnknownToken(address(0));
        uint256 cost = COIN_FEE * _sizeOf(0);
        if (msg.value != cost) revert SeatCourt_IncorrectPayment(address(0), cost, msg.value);
        return _createDispute(choices, true);
    }

    /// @inheritdoc IArbitrator
    /// @dev In TOKEN. `extraData` means nothing here.
    function createDispute(
        uint256 choices,
        bytes calldata,
        IERC20 feeToken,
        uint256 feeAmount
    ) external nonReentrant returns (uint256 disputeID) {
        if (address(feeToken) != TOKEN) revert SeatCourt_UnknownToken(address(feeToken));
        uint256 cost = FEE * _sizeOf(0);
        if (feeAmount != cost) revert SeatCourt_IncorrectPayment(TOKEN, cost, feeAmount);
        disputeID = _createDispute(choices, false);
        _collect(_msgSender(), cost);
    }

    /// @inheritdoc ISeatCourt
    function seed(uint256 disputeID, bytes calldata proof) external nonReentrant {
        // Checks
        (Dispute memory dispute, Panel storage panel) = _inPhase(disputeID, _bit(CourtPhase.Seeding));
        bytes32 word = IRandomness(RANDOMNESS).randomnessAt(panel.seedTime, proof);

        // Effects
        uint256 panelIndex = dispute.panels - 1;
        // Disputes that draw at the same moment draw differently.
        bytes32 panelSeed = keccak256(abi.encode(word, disputeID, panelIndex));
        panel.seed = panelSeed;
        panel.seededAt = uint40(block.timestamp);
        emit PanelDrawn(disputeID, panelIndex, panelSeed, block.timestamp + COMMIT_PERIOD);
    }

    /// @inheritdoc ISeatCourt
    function commit(uint256 disputeID, uint256 slot, bytes32 commitment) external {
        // Checks
        (Dispute memory dispute, Panel storage panel) = _inPhase(disputeID, _bit(CourtPhase.Commit));
        uint256 panelIndex = dispute.panels - 1;
        address juror = _msgSender();
        if (slot >= panel.size) revert SeatCourt_NoSuchSlot(disputeID, panelIndex, slot);
        uint256 places = _placesFor(dispute);
        if (_ownerOf(_drawnSeat(dispute, panel.seed, slot, places)) != juror) {
            revert SeatCourt_NotDrawn(disputeID, panelIndex, slot, juror);
        }
        if (panel.votes[slot] != 0) revert SeatCourt_AlreadyVoted(disputeID, panelIndex, slot);
        if (uint256(commitment) <= LEAKED) revert SeatCourt_InvalidCommitment(commitment);

        // Effects
        panel.votes[slot] = uint256(commitment);
        emit VoteCommitted(disputeID, panelIndex, slot, juror, commitment);
    }

    /// @inheritdoc ISeatCourt
    function proveLeak(
        uint256 disputeID,
        uint256 slot,
        address juror,
        uint256 vote,
        bytes32 salt
    ) external nonReentrant {
        // Checks
        (Dispute memory dispute, Panel storage panel) = _inPhase(disputeID, _bit(CourtPhase.Commit));
        uint256 panelIndex = dispute.panels - 1;
        _requireCommitted(panel, disputeID, panelIndex, slot, juror, vote, salt);

        // Effects
        panel.votes[slot] = LEAKED;
        uint256 seatId = _drawnSeat(dispute, panel.seed, slot, _placesFor(dispute));
        uint256 reward = _seizeForLeak(seatId, _msgSender());
        emit VoteLeaked(disputeID, panelIndex, slot, juror, _msgSender(), reward);
    }

    /// @inheritdoc ISeatCourt
    function reveal(uint256 disputeID, uint256 slot, uint256 vote, bytes32 salt) external {
        // Checks
        (Dispute memory dispute, Panel storage panel) = _inPhase(disputeID, _bit(CourtPhase.Reveal));
        uint256 panelIndex = dispute.panels - 1;
        if (vote >= Tally.CHOICES) revert SeatCourt_InvalidVote(vote);
        _requireCommitted(panel, disputeID, panelIndex, slot, _msgSender(), vote, salt);

        // Effects
        panel.votes[slot] = vote + 1;
        panel.tally = panel.tally.add(vote);
        emit VoteRevealed(disputeID, panelIndex, slot, _msgSender(), vote);
    }

    /// @inheritdoc ISeatCourt
    function appeal(uint256 disputeID) external nonReentrant {
        // Checks
        (Dispute memory dispute, Panel storage panel) = _inPhase(disputeID, _bit(CourtPhase.Appeal));
        address appellant = _msgSender();

        // Effects
        dispute.ruling = _rulingOf(panel);
        ++dispute.round;
        dispute.redrawn = false;
        _closeSlots(panel);
        _openPanel(disputeID, dispute, appellant);

        // Interactions
        _collect(appellant, FEE * _sizeOf(dispute.round));
    }

    /// @inheritdoc ISeatCourt
    function redraw(uint256 disputeID) external nonReentrant {
        (Dispute memory dispute, Panel storage panel) = _inPhase(disputeID, _bit(CourtPhase.Redraw));
        dispute.redrawn = true;
        _closeSlots(panel);
        _openPanel(disputeID, dispute, panel.appellant);
    }

    /// @inheritdoc ISeatCourt
    function releaseSlots(uint256 disputeID) external nonReentrant {
        uint256 afterReveal = _bit(CourtPhase.Appeal) | _bit(CourtPhase.Redraw) | _bit(CourtPhase.Decided);
        (Dispute memory dispute, Panel storage panel) = _inPhase(disputeID, afterReveal);
        if (!panel.open) revert SeatCourt_SlotsReleased(disputeID, dispute.panels - 1);
        _closeSlots(panel);
    }

    /// @inheritdoc ISeatCourt
    function conclude(uint256 disputeID) external nonReentrant {
        // slither-disable-next-line unused-return: only the check is wanted
        _inPhase(disputeID, _bit(CourtPhase.Decided));
        _concluded(disputeID);
    }

    /// @inheritdoc ISeatCourt
    function deliverRuling(uint256 disputeID) external nonReentrant {
        // Checks
        Dispute memory dispute = _concluded(disputeID);
        if (dispute.ending == CourtPhase.Ruled) {
            revert SeatCourt_UnexpectedPhase(
                disputeID,
                CourtPhase.Ruled,
                _bit(CourtPhase.Decided) | _bit(CourtPhase.Concluded)
            );
        }

        // Effects
        _disputes[disputeID].ending = CourtPhase.Ruled;
        emit RulingDelivered(disputeID, dispute.arbitrable, dispute.ruling);

        // Interactions. All of the remaining gas: if that is too little, this call fails with it and can be repeated.
        IArbitrable(dispute.arbitrable).rule(disputeID, dispute.ruling);
    }

    /// @inheritdoc ISeatCourt
    function execute(uint256 disputeID, uint256 panelIndex) external nonReentrant {
        // Checks
        Dispute memory dispute = _concluded(disputeID);
        if (panelIndex >= dispute.panels) revert SeatCourt_NoSuchSlot(disputeID, panelIndex, 0);
        Panel storage panel = _panels[disputeID][panelIndex];
        if (panel.executed) revert SeatCourt_AlreadyExecuted(disputeID, panelIndex);

        // Effects
        panel.executed = true;
        // slither-disable-next-line uninitialized-local: counts start at zero
        Settling memory settling;
        settling.ruling = dispute.ruling;
        settling.valid = _hasQuorum(panel);
        if (panel.seededAt != 0) _settleSlots(disputeID, panelIndex, dispute, panel, settling);
        _distribute(disputeID, panelIndex, dispute, panel, settling);
    }

    // ─────────────────────────── opening and closing ───────────────────────────

    function _createDispute(uint256 choices, bool paidInCoin) private returns (uint256 disputeID) {
        // Checks
        if (choices != Tally.CHOICES) revert SeatCourt_InvalidChoices(choices);
        // The draws are made from those of the past, who answer for them even if they have left since: leaving closes
        // no case that is contested already. Seats bought since then count towards MIN_SEATS, but half of it must have been there.
        uint256 seats = seatCountAt(block.timestamp - SEAT_MATURITY);
        uint256 least = Math.max(MIN_SEATS / 2, 2 * _sizeOf(LAST_ROUND));
        if (seats < least) revert SeatCourt_TooFewSeats(seats, least);
        uint256 most = Math.max(seats, _totals.places);
        if (most < MIN_SEATS) revert SeatCourt_TooFewSeats(most, MIN_SEATS);
        uint256 open = _totals.openSlots + _sizeOf(0);
        if (open > seats / 2) revert SeatCourt_TooManyOpenSlots(open, seats / 2);

        // Effects
        disputeID = ++_totals.disputes;
        // slither-disable-next-line uninitialized-local: what is not set is zero
        Dispute memory dispute;
        dispute.arbitrable = _msgSender();
        dispute.createdAt = uint40(block.timestamp);
        dispute.paidInCoin = paidInCoin;
        emit DisputeCreation(disputeID, dispute.arbitrable);
        _openPanel(disputeID, dispute, address(0));
    }

    /// @dev Stores the dispute with its next panel. The caller has decided that there is one.
    function _openPanel(uint256 disputeID, Dispute memory dispute, address appellant) private {
        uint256 size = _sizeOf(dispute.round);
        uint256 panelIndex = dispute.panels++;
        _disputes[disputeID] = dispute;
        Panel storage panel = _panels[disputeID][panelIndex];
        uint256 seedTime = block.timestamp + EVIDENCE_PERIOD;
        panel.seedTime = uint40(seedTime);
        panel.size = uint8(size);
        panel.round = dispute.round;
        panel.open = true;
        panel.redrawn = dispute.redrawn;
        if (appellant != address(0)) panel.appellant = appellant;
        _totals.openSlots += uint40(size);
        emit PanelOpened(disputeID, panelIndex, dispute.round, size, seedTime, appellant);
    }

    function _closeSlots(Panel storage panel) private {
        if (!panel.open) return;
        panel.open = false;
        _totals.openSlots -= panel.size;
    }

    /// @dev The dispute with its final ruling, which is fixed now if it was not before.
    function _concluded(uint256 disputeID) private returns (Dispute memory dispute) {
        dispute = _disputes[disputeID];
        if (dispute.ending != CourtPhase.None) return dispute;
        Panel storage panel = _currentPanel(disputeID, dispute);
        _requirePhase(
            disputeID,
            dispute,
            panel,
            _bit(CourtPhase.Decided) | _bit(CourtPhase.Concluded) | _bit(CourtPhase.Ruled)
        );
        if (_hasQuorum(panel)) dispute.ruling = _rulingOf(panel);
        dispute.ending = CourtPhase.Concluded;
        _disputes[disputeID] = dispute;
        _closeSlots(panel);
        emit DisputeConcluded(disputeID, dispute.ruling);
    }

    // ─────────────────────────── settling a panel ───────────────────────────

    /// @dev Takes penalties, and finds out who earned. A failed panel's wrong votes ruled nothing and cost nothing.
    function _settleSlots(
        uint256 disputeID,
        uint256 panelIndex,
        Dispute memory dispute,
        Panel storage panel,
        Settling memory settling
    ) private {
        uint256 size = panel.size;
        bytes32 panelSeed = panel.seed;
        uint256 places = _placesFor(dispute);
        settling.earners = new address[](size);
        for (uint256 slot = 0; slot < size; ++slot) {
            uint256 seatId = _drawnSeat(dispute, panelSeed, slot, places);
            address juror = _ownerOf(seatId);
            Conduct conduct = _conduct(panel.votes[slot], settling.ruling);
            if (conduct == Conduct.Coherent) {
                settling.earners[slot] = juror;
                ++settling.coherent;
                continue;
            }
            uint256 taken = 0;
            // A leaked vote's seat is lost already.
            if (conduct == Conduct.Absent || (conduct == Conduct.Incoherent && settling.valid)) {
                taken = _penalise(seatId, conduct == Conduct.Absent ? ABSENT_PENALTY : INCOHERENT_PENALTY);
                settling.taken += taken;
            }
            _reward(juror, conduct, 0);
            emit SlotSettled(disputeID, panelIndex, slot, juror, conduct, taken);
        }
    }

    /// @dev Pays out at most what was paid in for this panel, so that nobody gains by cases against themselves, whatever
    /// their share of the seats: a coherent vote earns its fee; what nobody earned goes to the appellant whose appeal
    /// against this panel succeeded, or else to the coherent jurors. Penalties and what rounding leaves are burned.
    function _distribute(
        uint256 disputeID,
        uint256 panelIndex,
        Dispute memory dispute,
        Panel storage panel,
        Settling memory settling
    ) private {
        bool coin = dispute.paidInCoin && panel.round == 0;
        uint256 wage = 0;
        uint256 repaid = 0;
        uint256 burned = settling.taken;
        if (settling.valid) {
            wage = coin ? COIN_FEE : FEE;
            uint256 unearned = (panel.size - settling.coherent) * wage;
            // An appeal succeeded if the final ruling is another one.
            if (panelIndex + 1 < dispute.panels && settling.ruling != _rulingOf(panel)) {
                repaid = unearned; // of a smaller panel than the one that it paid for
                _creditIn(coin, _panels[disputeID][panelIndex + 1].appellant, repaid);
            } else {
                // Its own median was the ruling, so that there is a coherent vote.
                wage += unearned / settling.coherent;
                // slither-disable-next-line weak-prng: what a division leaves, nothing drawn
                uint256 rest = unearned % settling.coherent;
                if (coin) _addBurnableCoin(rest);
                else burned += rest;
            }
        } else if (!_isRedrawn(disputeID, panelIndex, dispute, panel)) {
            // A round that never had a valid panel: an appeal is paid back, a first round's fees belong to nobody.
            if (coin) _addBurnableCoin(COIN_FEE * panel.size);
            else if (panel.round == 0) burned += FEE * panel.size;
            else _credit(panel.appellant, FEE * panel.size);
        }
        _addBurnable(burned);
        for (uint256 slot = 0; slot < settling.earners.length; ++slot) {
            address juror = settling.earners[slot];
            if (juror == address(0)) continue;
            _reward(juror, Conduct.Coherent, coin ? 0 : wage);
            if (coin && wage != 0) _creditCoin(juror, wage);
            emit SlotSettled(disputeID, panelIndex, slot, juror, Conduct.Coherent, wage);
        }
        emit PanelExecuted(disputeID, panelIndex, repaid, burned);
    }

    // ─────────────────────────── inside ───────────────────────────

    function _requireCommitted(
        Panel storage panel,
        uint256 disputeID,
        uint256 panelIndex,
        uint256 slot,
        address juror,
        uint256 vote,
        bytes32 salt
    ) private view {
        bytes32 commitment = commitmentOf(disputeID, panelIndex, slot, juror, vote, salt);
        if (panel.votes[slot] != uint256(commitment)) {
            revert SeatCourt_CommitmentMismatch(disputeID, panelIndex, slot, commitment);
        }
    }

    function _conduct(uint256 vote, uint256 ruling) private pure returns (Conduct) {
        if (vote == LEAKED) return Conduct.Leaked;
        if (vote == 0 || vote > LEAKED) return Conduct.Absent;
        // Both count from 1. Without any ruling, whoever came was right.
        uint256 distance = vote > ruling ? vote - ruling : ruling - vote;
        return ruling == 0 || distance < WRONG_DISTANCE ? Conduct.Coherent : Conduct.Incoherent;
    }

    function _isRedrawn(
        uint256 disputeID,
        uint256 panelIndex,
        Dispute memory dispute,
        Panel storage panel
    ) private view returns (bool) {
        return panelIndex + 1 < dispute.panels && _panels[disputeID][panelIndex + 1].round == panel.round;
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }
}

// slither-disable-end incorrect-equality
