// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EscrowVault} from "./escrow/EscrowVault.sol";
import {JobKernel} from "./escrow/JobKernel.sol";
import {JobSettlement} from "./escrow/JobSettlement.sol";
import {IERC8183} from "./interfaces/IERC8183.sol";
import {IJobEscrow} from "./interfaces/IJobEscrow.sol";
import {ISettlementSource} from "./interfaces/ISettlementSource.sol";
import {Offers} from "./libraries/Offers.sol";
import {Acceptance, JobStatus, Limits, Offer, Referral, StoredJob} from "./types/JobTypes.sol";
import {DisputeOutcome, Outcome} from "./types/SettlementTypes.sol";

/// @title JobEscrow
/// @notice Escrow for jobs between agents: ERC-8183, signed offers, and a way out of every state. See IJobEscrow.
contract JobEscrow is JobKernel, EIP712, Multicall, IERC165 {
    using SafeCast for uint256;

    /// @dev What is known of an offer. One slot, written when an acceptance must be counted or the offer is cancelled.
    /// Up to 2^32 - 1 acceptances, as wide as an offer's capacity.
    struct OfferState {
        uint32 acceptances;
        bool cancelled;
    }

    mapping(bytes32 offerHash => OfferState) private _offers;

    /// @notice Everything is fixed here, for good.
    /// @param trustedForwarder ERC-2771 forwarder whose senders are believed; an immutable contract without keys.
    /// @param reputationLedger Where settlements are recorded; its registry is the one agents are checked against.
    /// @param permit2 Uniswap's Permit2.
    constructor(
        address trustedForwarder,
        address reputationLedger,
        address permit2
    )
        ERC2771Context(trustedForwarder)
        EscrowVault(permit2)
        JobSettlement(reputationLedger)
        EIP712("AgentMarketJobEscrow", "1")
    {}

    // ─────────────────────────── offers ───────────────────────────

    /// @inheritdoc IJobEscrow
    function hire(
        Offer calldata offer,
        bytes calldata providerSignature,
        Acceptance calldata acceptance
    ) external nonReentrant returns (uint256 jobId) {
        // Checks
        bytes32 hash = offerHash(offer);
        jobId = Offers.jobId(hash, acceptance);
        if (_jobs[jobId].client != address(0)) revert JobEscrow_JobExists(jobId);
        uint256 validUntil = offer.validUntil;
        if (block.timestamp > validUntil) revert JobEscrow_OfferExpired(hash, validUntil);
        StoredJob memory job = _agreedJob(jobId, offer, acceptance);
        if (!_isSignedBy(job.provider, hash, providerSignature)) {
            revert JobEscrow_InvalidOfferSignature(hash, job.provider);
        }

        // Effects, with the callbacks of the three calls that this one stands for
        _countAcceptance(hash, offer, acceptance);
        if (job.flags & HAS_REFERRER != 0) {
            _referrals[jobId] = Referral({referrer: offer.referrer, feeBps: offer.referrerFeeBps});
        }
        bool hooked = _isHooked(job.flags);
        emit JobCreated(
            jobId,
            job.client,
            job.provider,
            job.evaluator,
            job.expiredAt,
            hooked ? offer.hook : address(0)
        );
        if (hooked) _runHookBeforeBudget(jobId, job, offer.hook, acceptance);
        emit BudgetSet(jobId, job.token, job.amount);
        if (hooked) _runHookBeforeFunding(jobId, job, acceptance);
        _freezeTerms(job);
        job.status = JobStatus.Funded;
        _store(jobId, job);
        emit JobFunded(jobId, job.client, job.amount);
        emit JobHired(jobId, hash, offer.termsHash, acceptance.inputHash);

        // Interactions
        _collectFor(jobId, job.token, job.amount, job.client, acceptance);
        if (hooked) {
            _after(jobId, job.flags, IERC8183.fund.selector, abi.encode(job.client, acceptance.fundParams), true);
        }
    }

    /// @inheritdoc IJobEscrow
    function cancelOffer(Offer calldata offer) external {
        // Checks
        bytes32 hash = offerHash(offer);
        if (_msgSender() != offer.provider) revert JobEscrow_NotOffersProvider(hash, _msgSender());

        // Effects
        _offers[hash].cancelled = true;
        emit OfferCancelled(hash, offer.provider);
    }

    // ─────────────────────────── beyond the standard's lifecycle ───────────────────────────

    /// @inheritdoc IJobEscrow
    function decline(uint256 jobId, bytes32 reason) external nonReentrant {
        // Checks
        StoredJob memory job = _existing(jobId);
        _requireStatus(jobId, job.status, FUNDED);
        if (_msgSender() != job.provider) revert JobEscrow_Unauthorized(jobId, _msgSender());
        // A missed deadline cannot be relabelled.
        _requireBefore(jobId, job.expiredAt);

        // Effects
        _jobs[jobId].status = JobStatus.Rejected;
        emit JobRejected(jobId, job.provider, reason);

        // Interactions
        _settle(jobId, job, Outcome.Declined, DisputeOutcome.None, 0, false);
    }

    /// @inheritdoc IJobEscrow
    function extendEvaluation(uint256 jobId, uint256 expiredAt) external nonReentrant {
        // Checks
        StoredJob memory job = _existing(jobId);
        _requireVerdict(jobId, job);
        uint256 earliest = uint256(job.expiredAt) + 1;
        uint256 latest = job.submittedAt + MAX_EVALUATION;
        if (expiredAt < earliest || expiredAt > latest) {
            revert JobEscrow_ExpiryOutOfRange(expiredAt, earliest, latest);
        }

        // Effects
        _jobs[jobId].expiredAt = uint40(expiredAt); // at most MAX_EVALUATION after a time that fitted
        emit EvaluationExtended(jobId, expiredAt);
    }

    /// @inheritdoc IJobEscrow
    function completePartially(
        uint256 jobId,
        uint256 providerAmount,
        bytes32 reason,
        DisputeOutcome dispute,
        bytes calldata optParams
    ) external nonReentrant {
        // Checks
        StoredJob memory job = _existing(jobId);
        _requireVerdict(jobId, job);
        if (providerAmount > job.amount) revert JobEscrow_AmountExceedsDeposit(jobId, providerAmount, job.amount);
        _judge(
            jobId,
            job,
            providerAmount == 0 ? JobStatus.Rejected : JobStatus.Completed,
            providerAmount,
            reason,
            dispute,
            IJobEscrow.completePartially.selector,
            abi.encode(job.evaluator, providerAmount, reason, optParams)
        );
    }

    /// @inheritdoc IJobEscrow
    function claimPayment(uint256 jobId) external nonReentrant {
        // Checks
        StoredJob memory job = _existing(jobId);
        _requireStatus(jobId, job.status, SUBMITTED);
        if (job.flags & SILENCE_PAYS == 0) revert JobEscrow_SilenceRefunds(jobId);
        _requireReached(jobId, job.expiredAt);

        // Effects
        _jobs[jobId].status = JobStatus.Completed;
        emit JobCompleted(jobId, address(0), bytes32(0));

        // Interactions
        _settle(jobId, job, Outcome.Completed, DisputeOutcome.None, job.amount, false);
    }

    // ─────────────────────────── views ───────────────────────────

    /// @inheritdoc IJobEscrow
    function offerHash(Offer calldata offer) public view returns (bytes32) {
        return _hashTypedDataV4(Offers.structHash(offer));
    }

    /// @inheritdoc IJobEscrow
    function jobIdOf(Offer calldata offer, Acceptance calldata acceptance) external view returns (uint256 jobId) {
        return Offers.jobId(offerHash(offer), acceptance);
    }

    /// @inheritdoc IJobEscrow
    function offerState(bytes32 offerHash_) external view returns (uint256 acceptances, bool cancelled) {
        OfferState storage state = _offers[offerHash_];
        return (state.acceptances, state.cancelled);
    }

    /// @inheritdoc IJobEscrow
    function limits() external pure returns (Limits memory) {
        return
            Limits({
                minDuration: MIN_DURATION,
                maxDuration: MAX_DURATION,
                minEvaluationPeriod: MIN_EVALUATION_PERIOD,
                maxEvaluation: MAX_EVALUATION,
                maxFeeBps: MAX_FEE_BPS,
                hookGas: HOOK_GAS,
                transferGas: TRANSFER_GAS,
                recordGas: RECORD_GAS,
                periodGas: PERIOD_GAS
            });
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return
            interfaceId == type(IERC8183).interfaceId ||
            interfaceId == type(ISettlementSource).interfaceId ||
            interfaceId == type(IERC165).interfaceId;
    }

    // ─────────────────────────── hiring, step by step ───────────────────────────

    /// @dev The job that both sides agreed to, Open, its price known. Reverts where the terms are not allowed.
    /// Each word of the offer is read once: every read from calldata is checked anew.
    function _agreedJob(
        uint256 jobId,
        Offer calldata offer,
        Acceptance calldata acceptance
    ) private view returns (StoredJob memory job) {
        job.client = acceptance.client;
        job.clientAgentId = acceptance.clientAgentId.toUint40();
        job.provider = offer.provider;
        job.providerAgentId = offer.providerAgentId.toUint40();
        if (job.providerAgentId != 0 && job.providerAgentId == job.clientAgentId) {
            revert JobEscrow_SameAgent(job.providerAgentId);
        }
        job.evaluator = offer.evaluator;
        address hook = offer.hook;
        _checkParties(job.client, job.provider, job.evaluator, hook);
        job.flags = PROVIDER_SIGNED;
        if (hook != address(0)) job.flags |= HAS_HOOK;
        if (offer.silencePaysProvider) job.flags |= SILENCE_PAYS;

        job.token = offer.token;
        job.amount = offer.amount.toUint96();
        if (job.amount == 0) revert JobEscrow_AmountIsZero(jobId);
        job.evaluatorFeeBps = offer.evaluatorFeeBps;
        _checkFee(job.evaluatorFeeBps);
        uint256 referrerFeeBps = offer.referrerFeeBps;
        _checkFee(referrerFeeBps);
        address referrer = offer.referrer;
        if (referrer != address(0)) {
            if (referrer == address(this)) revert JobEscrow_InvalidReferrer(referrer);
            job.flags |= HAS_REFERRER;
        } else if (referrerFeeBps != 0) {
            revert JobEscrow_InvalidReferrer(referrer);
        }

        uint256 expiredAt = block.timestamp + offer.deliveryPeriod;
        _checkExpiry(expiredAt);
        job.expiredAt = uint40(expiredAt); // bounded by _checkExpiry
        uint256 evaluationPeriod = offer.evaluationPeriod;
        if (evaluationPeriod > MAX_EVALUATION) {
            revert JobEscrow_EvaluationPeriodOutOfRange(evaluationPeriod, MIN_EVALUATION_PERIOD, MAX_EVALUATION);
        }
        job.evaluationPeriod = uint24(evaluationPeriod); // bounded by the line above
    }

    function _checkFee(uint256 feeBps) private pure {
        if (feeBps > MAX_FEE_BPS) revert JobEscrow_FeeTooHigh(feeBps, MAX_FEE_BPS);
    }

    /// @dev Sees to it that no more jobs are hired by an offer than it allows.
    /// A named client accepts plainly by adding nothing of its own; such an acceptance has one possible id, which
    /// makes it unique without a storage slot. Any other acceptance has many possible ids and is counted; where the
    /// client is named, the plain one must then not exist, nor come after.
    function _countAcceptance(bytes32 hash, Offer calldata offer, Acceptance calldata acceptance) private {
        OfferState memory state = _offers[hash];
        if (state.cancelled) revert JobEscrow_OfferIsCancelled(hash);
        uint256 capacity = offer.capacity;
        if (state.acceptances >= capacity) revert JobEscrow_OfferExhausted(hash, capacity);
        address client = offer.client;
        if (client != address(0)) {
            if (
                acceptance.client != client ||
                acceptance.clientAgentId != offer.clientAgentId ||
                acceptance.salt != bytes32(0)
            ) revert JobEscrow_AcceptanceMismatch(hash, acceptance.client, acceptance.clientAgentId, acceptance.salt);
            if (capacity != 1) revert JobEscrow_InvalidCapacity(capacity);
            if (
                acceptance.inputHash == bytes32(0) &&
                acceptance.budgetParams.length == 0 &&
                acceptance.fundParams.length == 0
            ) return;
            if (_jobs[Offers.plainJobId(hash, offer)].client != address(0)) {
                revert JobEscrow_OfferExhausted(hash, capacity);
            }
        } else if (offer.clientAgentId != 0) {
            revert JobEscrow_AcceptanceMismatch(hash, acceptance.client, acceptance.clientAgentId, acceptance.salt);
        }
        _offers[hash].acceptances = state.acceptances + 1; // below capacity, which has the same width
    }

    /// @dev What a hook sees of `createJob` and the start of `setBudget`. The job is stored as it stands at each of
    /// these steps, so that a hook that reads it sees the truth: at first it has no price.
    function _runHookBeforeBudget(
        uint256 jobId,
        StoredJob memory job,
        address hook,
        Acceptance calldata acceptance
    ) private {
        (address token, uint96 amount) = (job.token, job.amount);
        (job.token, job.amount) = (address(0), 0);
        _hooks[jobId] = hook;
        _store(jobId, job);
        _afterCreation(jobId, job.flags, job.client, job.provider, job.evaluator);
        (job.token, job.amount) = (token, amount);
        _before(jobId, job.flags, IERC8183.setBudget.selector, _budgetData(job, acceptance), true);
    }

    /// @dev What a hook sees of the end of `setBudget` and the start of `fund`.
    function _runHookBeforeFunding(uint256 jobId, StoredJob memory job, Acceptance calldata acceptance) private {
        _store(jobId, job);
        _after(jobId, job.flags, IERC8183.setBudget.selector, _budgetData(job, acceptance), true);
        bytes memory data = abi.encode(job.client, acceptance.fundParams);
        _before(jobId, job.flags, IERC8183.fund.selector, data, true);
    }

    function _budgetData(StoredJob memory job, Acceptance calldata acceptance) private pure returns (bytes memory) {
        return abi.encode(job.client, job.token, uint256(job.amount), acceptance.budgetParams);
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
