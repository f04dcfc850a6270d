// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";

import {IArbitrable} from "../interfaces/IArbitrable.sol";
import {IBoundedArbitrator} from "../interfaces/IBoundedArbitrator.sol";
import {IEvaluator} from "../interfaces/IEvaluator.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IOptimisticEvaluator} from "../interfaces/IOptimisticEvaluator.sol";
import {ISettlementSource} from "../interfaces/ISettlementSource.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {DisputeState, DisputeTerms, Phase, SplitOffer} from "../types/DisputeTypes.sol";
import {Job, JobStatus} from "../types/JobTypes.sol";
import {DisputeOutcome} from "../types/SettlementTypes.sol";
import {BondVault} from "./BondVault.sol";

/// @title OptimisticEvaluator
/// @notice Pays honest work without asking anyone, and has an arbitrator divide what is contested. See
/// IOptimisticEvaluator.
/// @dev Liveness: each phase ends by `finalise` from its deadline on, whoever disappears; the longest way fits into what
/// the escrow allows, with GRACE left to carry it out. The escrow's own claims end a job that nobody finalised, and
/// `releaseBonds` then ends its dispute.
contract OptimisticEvaluator is BondVault {
    uint256 private constant BPS = 10_000;
    uint256 private constant ALL = 100;
    uint256 private constant HALF = 50;
    /// @dev Rulings beside 0: 0, 25, 50, 75 and 100 percent to the provider.
    uint256 private constant CHOICES = 5;
    uint256 private constant STEP = 25;
    /// @dev Time in seconds to carry out what has been decided, before the escrow's own deadline.
    uint256 private constant GRACE = 1 days;
    uint256 private constant MAX_EVIDENCE = 16;
    /// @dev Gas for asking an arbitrator for its bound: a few cold reads.
    uint256 private constant BOUND_GAS = 50_000;

    /// @inheritdoc IOptimisticEvaluator
    address public immutable ARBITRATOR;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable REVIEW_PERIOD;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable RESPONSE_PERIOD;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable ESCALATION_PERIOD;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable ARBITRATION_PERIOD;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable PENALTY_BPS;
    /// @inheritdoc IOptimisticEvaluator
    address public immutable JOB_TOKEN;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable MIN_AMOUNT;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable SMALL_JOB_SHARE;

    /// @inheritdoc IOptimisticEvaluator
    bytes public arbitratorExtraData;
    /// @inheritdoc IOptimisticEvaluator
    mapping(uint256 disputeID => uint256 jobId) public jobOf;

    mapping(uint256 jobId => DisputeState) private _disputes;
    mapping(uint256 jobId => mapping(address party => SplitOffer)) private _splitOffers;

    /// @notice Everything is fixed here, for good.
    /// @param trustedForwarder ERC-2771 forwarder whose senders are believed.
    /// @param escrow The escrow whose jobs are judged here.
    /// @param arbitrator Who decides what is contested.
    /// @param extraData What the arbitrator is told with each dispute.
    /// @param metaEvidence URI of the ERC-1497 file that says what the arbitrator is asked.
    /// @param terms Periods, bonds and bounds.
    constructor(
        address trustedForwarder,
        IJobEscrow escrow,
        address arbitrator,
        bytes memory extraData,
        string memory metaEvidence,
        DisputeTerms memory terms
    ) ERC2771Context(trustedForwarder) BondVault(address(escrow), terms.bondToken, terms.bond) {
        _checkPeriods(terms, escrow.limits().maxEvaluation, arbitrator);
        // Below the width's end, which some tokens take for an allowance without end.
        if (terms.bond == 0 || terms.bond >= type(uint96).max || terms.penaltyBps > BPS) {
            revert OptimisticEvaluator_InvalidBond(terms.bond, terms.penaltyBps);
        }
        // Nobody should have to lock more than the job is worth for a case that costs a bond.
        uint256 least = terms.jobToken == terms.bondToken ? 2 * terms.bond : 1;
        if (terms.minAmount < least) revert OptimisticEvaluator_InvalidMinimum(terms.minAmount, least);
        if (terms.smallJobShare > ALL) revert OptimisticEvaluator_InvalidShare(terms.smallJobShare);
        // Asked now, so that an arbitrator that is not there yet, or takes another token, cannot be deployed for.
        uint256 cost = _arbitrationCost(arbitrator, extraData);
        if (cost > terms.bond) revert OptimisticEvaluator_FeeAboveBond(cost, terms.bond);
        ARBITRATOR = arbitrator;
        REVIEW_PERIOD = terms.reviewPeriod;
        RESPONSE_PERIOD = terms.responsePeriod;
        ESCALATION_PERIOD = terms.escalationPeriod;
        ARBITRATION_PERIOD = terms.arbitrationPeriod;
        PENALTY_BPS = terms.penaltyBps;
        JOB_TOKEN = terms.jobToken;
        MIN_AMOUNT = terms.minAmount;
        SMALL_JOB_SHARE = terms.smallJobShare;
        arbitratorExtraData = extraData;
        emit MetaEvidence(0, metaEvidence);
    }

    // ─────────────────────────── without a dispute ───────────────────────────

    /// @inheritdoc IOptimisticEvaluator
    /// @dev Every honest job pays for this call, so it reads no more than it must: that the job is submitted, in time
    /// and to be judged here, the escrow checks itself.
    function accept(uint256 jobId) external nonReentrant {
        // Checks
        IJobEscrow escrow = IJobEscrow(ESCROW);
        // slither-disable-next-line unused-return: whether it is settled does not matter
        (, ISettlementSource.SettledJob memory job) = escrow.settledJob(jobId);
        _requireSender(jobId, job.client);
        _requirePhase(jobId, _disputes[jobId].phase, Phase.Review);

        // Effects
        _oweFee(job.token, job.provider, _feeOf(job.amount, job.evaluatorFeeBps));

        // Interactions
        escrow.complete(jobId, bytes32(0), "");
    }

    /// @inheritdoc IOptimisticEvaluator
    function finalise(uint256 jobId) external nonReentrant {
        Job memory job = _underReview(jobId);
        DisputeState storage state = _disputes[jobId];
        Phase phase = state.phase;
        if (phase == Phase.Ruled) {
            uint256 share = state.share;
            _endDispute(job, state, share, true, _winnerOf(share));
            return;
        }
        uint256 deadline = _deadlineOf(job, state);
        if (block.timestamp < deadline) revert OptimisticEvaluator_DeadlineNotReached(jobId, deadline);
        if (phase == Phase.Review) _judge(job, ALL, DisputeOutcome.None);
        else if (phase == Phase.Disputed) _endDispute(job, state, 0, false, DisputeOutcome.ClientWon);
        else _endDispute(job, state, HALF, false, DisputeOutcome.Split);
    }

    /// @inheritdoc IOptimisticEvaluator
    function secureReview(uint256 jobId) external nonReentrant {
        Job memory job = _underReview(jobId);
        _requirePhase(jobId, _disputes[jobId].phase, Phase.Review);
        _extend(job, job.submittedAt + REVIEW_PERIOD);
    }

    // ─────────────────────────── with one ───────────────────────────

    /// @inheritdoc IOptimisticEvaluator
    function dispute(uint256 jobId) external payable nonReentrant {
        // Checks
        Job memory job = _underReview(jobId);
        _requireSender(jobId, job.client);
        DisputeState storage state = _disputes[jobId];
        _requirePhase(jobId, state.phase, Phase.Review);
        _requireBefore(jobId, job.submittedAt + REVIEW_PERIOD);
        bool small = job.budget < MIN_AMOUNT;
        if (job.paymentToken != JOB_TOKEN || (small && SMALL_JOB_SHARE == ALL)) {
            revert OptimisticEvaluator_NotDisputable(jobId, job.paymentToken, job.budget);
        }
        if (small) {
            _requireNoCoin();
            _judge(job, SMALL_JOB_SHARE, DisputeOutcome.Split);
            return;
        }

        // Effects
        uint256 deadline = _enter(state, Phase.Disputed, RESPONSE_PERIOD);
        emit Disputed(jobId, job.client, deadline);

        // Interactions
        _takeBond(job.client);
        _extend(job, deadline);
    }

    /// @inheritdoc IOptimisticEvaluator
    function contest(uint256 jobId) external payable nonReentrant {
        // Checks
        Job memory job = _underReview(jobId);
        _requireSender(jobId, job.provider);
        DisputeState storage state = _disputes[jobId];
        _requirePhase(jobId, state.phase, Phase.Disputed);
        _requireBefore(jobId, state.deadline);

        // Effects
        uint256 deadline = _enter(state, Phase.Contested, ESCALATION_PERIOD);
        emit Contested(jobId, job.provider, deadline);

        // Interactions
        _takeBond(job.provider);
        _extend(job, deadline);
    }

    /// @inheritdoc IOptimisticEvaluator
    function escalate(uint256 jobId) external nonReentrant returns (uint256 disputeID) {
        // Checks
        (Job memory job, DisputeState storage state, ) = _openToSender(jobId);
        _requirePhase(jobId, state.phase, Phase.Contested);

        // Effects
        uint256 deadline = _enter(state, Phase.Escalated, ARBITRATION_PERIOD);

        // Interactions
        _extend(job, deadline);
        uint256 fee;
        // slither-disable-next-line reentrancy-eth: the number is known only afterwards; all that moves money is guarded
        (disputeID, fee) = _createDispute(ARBITRATOR, CHOICES, arbitratorExtraData);
        if (jobOf[disputeID] != 0) revert OptimisticEvaluator_DisputeExists(disputeID);

        // Effects that only the arbitrator could tell. Until here no ruling could have been meant for this job.
        jobOf[disputeID] = jobId;
        (state.fee, state.disputeID) = (uint96(fee), disputeID); // no more than a bond, which fits
        emit Escalated(jobId, disputeID, fee, deadline);
        emit Dispute(ARBITRATOR, disputeID, 0, jobId);
    }

    /// @inheritdoc IArbitrable
    /// @dev Never reverts for what the ruling says or when it comes: that must not stop a court. Not guarded against
    /// reentrancy: whoever is about to lose could otherwise have the court rule from inside a guarded call, where the
    /// ruling would fail for good. It only writes, and only while nothing else has ended the dispute.
    function rule(uint256 disputeID, uint256 ruling) external {
        if (msg.sender != ARBITRATOR) revert OptimisticEvaluator_OnlyArbitrator(msg.sender);
        emit Ruling(msg.sender, disputeID, ruling);
        uint256 jobId = jobOf[disputeID];
        DisputeState storage state = _disputes[jobId];
        if (state.phase != Phase.Escalated || block.timestamp >= state.deadline) return;
        uint256 share = ruling == 0 || ruling > CHOICES ? HALF : (ruling - 1) * STEP;
        (state.phase, state.share) = (Phase.Ruled, uint8(share)); // a percentage
        emit Ruled(jobId, disputeID, share);
    }

    /// @inheritdoc IOptimisticEvaluator
    function concede(uint256 jobId) external nonReentrant {
        (Job memory job, DisputeState storage state, bool byClient) = _openToSender(jobId);
        _requireDispute(jobId, state.phase);
        uint256 share = byClient ? ALL : 0;
        _endDispute(job, state, share, true, _winnerOf(share));
    }

    /// @inheritdoc IOptimisticEvaluator
    function offerSplit(uint256 jobId, uint256 share, uint40 validUntil) external {
        // slither-disable-next-line unused-return: which side it is does not matter
        (, DisputeState storage state, ) = _openToSender(jobId);
        if (share > ALL) revert OptimisticEvaluator_InvalidShare(share);
        address sender = _msgSender();
        Phase phase = state.phase;
        _splitOffers[jobId][sender] = SplitOffer({share: uint8(share), validUntil: validUntil, phase: phase});
        emit SplitOffered(jobId, sender, share, validUntil, phase);
    }

    /// @inheritdoc IOptimisticEvaluator
    function acceptSplit(uint256 jobId, uint256 share) external nonReentrant {
        // Checks
        (Job memory job, DisputeState storage state, bool byClient) = _openToSender(jobId);
        SplitOffer memory offer = _splitOffers[jobId][byClient ? job.provider : job.client];
        Phase phase = state.phase;
        // No time is ever 0, so an offer that was never made is over too.
        if (offer.phase != phase || block.timestamp > offer.validUntil || share != offer.share) {
            revert OptimisticEvaluator_NoSuchOffer(jobId, share);
        }

        // Effects and interactions
        if (phase == Phase.Review) _judge(job, share, DisputeOutcome.None);
        else _endDispute(job, state, share, false, DisputeOutcome.Split);
    }

    /// @inheritdoc IOptimisticEvaluator
    function submitEvidence(uint256 jobId, string calldata uri, bytes32 hash) external {
        // Checks
        // slither-disable-next-line unused-return: the job does not matter
        (, DisputeState storage state, bool byClient) = _openToSender(jobId);
        _requireDispute(jobId, state.phase);
        address sender = _msgSender();
        uint256 count = byClient ? state.clientEvidence : state.providerEvidence;
        if (count == MAX_EVIDENCE) revert OptimisticEvaluator_TooMuchEvidence(jobId, sender);

        // Effects
        if (byClient) ++state.clientEvidence;
        else ++state.providerEvidence;
        emit Evidence(ARBITRATOR, jobId, sender, uri);
        emit EvidenceSubmitted(jobId, sender, hash);
    }

    /// @inheritdoc IOptimisticEvaluator
    function releaseBonds(uint256 jobId) external nonReentrant {
        Job memory job = IJobEscrow(ESCROW).getJob(jobId);
        if (job.status <= JobStatus.Submitted) revert OptimisticEvaluator_JobNotEnded(jobId);
        DisputeState storage state = _disputes[jobId];
        Phase phase = state.phase;
        if (phase == Phase.Review || phase == Phase.Closed) revert OptimisticEvaluator_UnexpectedPhase(jobId, phase);
        bool ruled = phase == Phase.Ruled;
        _divideBonds(job, state, ruled ? state.share : HALF, ruled);
    }

    // ─────────────────────────── views ───────────────────────────

    /// @inheritdoc IEvaluator
    /// @dev Without a dispute. A dispute takes longer, and then the job's time is extended.
    function maxEvaluationPeriod() external view returns (uint256) {
        return REVIEW_PERIOD + GRACE;
    }

    /// @inheritdoc IOptimisticEvaluator
    function disputeOf(uint256 jobId) external view returns (DisputeState memory) {
        return _disputes[jobId];
    }

    /// @inheritdoc IOptimisticEvaluator
    function splitOfferOf(uint256 jobId, address party) external view returns (SplitOffer memory) {
        return _splitOffers[jobId][party];
    }

    // ─────────────────────────── checks ───────────────────────────

    function _checkPeriods(DisputeTerms memory terms, uint256 longest, address arbitrator) private view {
        uint256 total =
            terms.reviewPeriod + terms.responsePeriod + terms.escalationPeriod + terms.arbitrationPeriod + GRACE;
        bool complete =
            terms.reviewPeriod != 0 &&
                terms.responsePeriod != 0 &&
                terms.escalationPeriod != 0 &&
                terms.arbitrationPeriod != 0;
        if (!complete || total > longest) revert OptimisticEvaluator_InvalidPeriods(total, longest);
        (bool published, uint256 bound) = BoundedCall.tryRead(
            arbitrator,
            BOUND_GAS,
            abi.encodeCall(IBoundedArbitrator.maxDisputeDuration, ())
        );
        if (published && terms.arbitrationPeriod < bound) {
            revert OptimisticEvaluator_ArbitrationTooShort(terms.arbitrationPeriod, bound);
        }
    }

    function _underReview(uint256 jobId) private view returns (Job memory job) {
        job = IJobEscrow(ESCROW).getJob(jobId);
        if (job.evaluator != address(this) || job.status != JobStatus.Submitted) {
            revert OptimisticEvaluator_NotUnderReview(jobId);
        }
    }

    /// @dev What only a party may do, and only while the outcome is open: before a ruling, and before the deadline, from
    /// which on it is decided what `finalise` will do.
    function _openToSender(
        uint256 jobId
    ) private view returns (Job memory job, DisputeState storage state, bool byClient) {
        job = _underReview(jobId);
        byClient = _msgSender() == job.client;
        if (!byClient) _requireSender(jobId, job.provider);
        state = _disputes[jobId];
        if (state.phase == Phase.Ruled) revert OptimisticEvaluator_UnexpectedPhase(jobId, Phase.Ruled);
        _requireBefore(jobId, _deadlineOf(job, state));
    }

    function _requireSender(uint256 jobId, address party) private view {
        if (_msgSender() != party) revert OptimisticEvaluator_Unauthorized(jobId, _msgSender());
    }

    function _requirePhase(uint256 jobId, Phase phase, Phase expected) private pure {
        if (phase != expected) revert OptimisticEvaluator_UnexpectedPhase(jobId, phase);
    }

    function _requireDispute(uint256 jobId, Phase phase) private pure {
        if (phase == Phase.Review) revert OptimisticEvaluator_UnexpectedPhase(jobId, phase);
    }

    function _requireBefore(uint256 jobId, uint256 deadline) private view {
        if (block.timestamp >= deadline) revert OptimisticEvaluator_DeadlinePassed(jobId, deadline);
    }

    function _deadlineOf(Job memory job, DisputeState storage state) private view returns (uint256) {
        return state.phase == Phase.Review ? job.submittedAt + REVIEW_PERIOD : state.deadline;
    }

    // ─────────────────────────── steps ───────────────────────────

    function _enter(DisputeState storage state, Phase phase, uint256 period) private returns (uint256 deadline) {
        deadline = block.timestamp + period;
        (state.phase, state.deadline) = (phase, uint40(deadline)); // at most MAX_EVALUATION from now
    }

    /// @dev Within what the escrow allows, since the constructor has added all periods up.
    function _extend(Job memory job, uint256 deadline) private {
        if (deadline + GRACE > job.expiredAt) IJobEscrow(ESCROW).extendEvaluation(job.id, deadline + GRACE);
    }

    function _winnerOf(uint256 share) private pure returns (DisputeOutcome) {
        if (share == HALF) return DisputeOutcome.Split;
        return share > HALF ? DisputeOutcome.ProviderWon : DisputeOutcome.ClientWon;
    }

    function _endDispute(
        Job memory job,
        DisputeState storage state,
        uint256 share,
        bool penalised,
        DisputeOutcome outcome
    ) private {
        _divideBonds(job, state, share, penalised);
        _judge(job, share, outcome);
    }

    /// @dev Gives the verdict. The last step of each call that ends a job.
    function _judge(Job memory job, uint256 share, DisputeOutcome outcome) private {
        // Effects
        uint256 providerAmount = (job.budget * share) / ALL;
        // slither-disable-next-line divide-before-multiply: the fee is of the amount as it is paid
        _oweFee(job.paymentToken, job.provider, _feeOf(providerAmount, job.evaluatorFeeBps));
        emit Finalised(job.id, share);

        // Interactions
        if (share == ALL && outcome == DisputeOutcome.None) {
            IJobEscrow(ESCROW).complete(job.id, bytes32(0), "");
        } else {
            IJobEscrow(ESCROW).completePartially(job.id, providerAmount, bytes32(0), outcome, "");
        }
    }

    /// @dev As the escrow reckons it.
    function _feeOf(uint256 providerAmount, uint256 feeBps) private pure returns (uint256) {
        return (providerAmount * feeBps) / BPS;
    }

    /// @dev The fee is borne in proportion to what was lost; what is then left of the loser's bond pays the penalty.
    function _divideBonds(Job memory job, DisputeState storage state, uint256 share, bool penalised) private {
        uint256 clientPart = BOND;
        uint256 providerPart = 0;
        if (state.phase != Phase.Disputed) {
            uint256 fee = state.fee;
            uint256 clientFee = (fee * share) / ALL; // rounds down: a unit more is the provider's to bear
            clientPart = BOND - clientFee;
            providerPart = BOND - (fee - clientFee);
        }
        if (penalised && share > HALF) {
            uint256 penalty = _penalty(clientPart, 2 * share - ALL);
            (clientPart, providerPart) = (clientPart - penalty, providerPart + penalty);
        } else if (penalised && share < HALF) {
            uint256 penalty = _penalty(providerPart, ALL - 2 * share);
            (clientPart, providerPart) = (clientPart + penalty, providerPart - penalty);
        }
        state.phase = Phase.Closed;
        emit BondsReturned(job.id, clientPart, providerPart);
        _credit(job.client, clientPart);
        _credit(job.provider, providerPart);
    }

    /// @dev `margin` says how clearly it lost, in percent.
    function _penalty(uint256 bond, uint256 margin) private view returns (uint256) {
        return (bond * PENALTY_BPS * margin) / (BPS * ALL);
    }
}
