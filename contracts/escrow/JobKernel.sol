// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IERC8183} from "../interfaces/IERC8183.sol";
import {IEvaluator} from "../interfaces/IEvaluator.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {Job, JobStatus, Referral, StoredJob} from "../types/JobTypes.sol";
import {DisputeOutcome, Outcome} from "../types/SettlementTypes.sol";
import {JobSettlement} from "./JobSettlement.sol";

/// @title JobKernel
/// @notice The job's life as ERC-8183 tells it: create, price, fund, submit, judge, or claim when time runs out.
/// @dev Liveness: Open ends by `claimRefund` from `expiredAt` on, Funded likewise, Submitted by `claimRefund` or
/// `claimPayment`. None of these calls a hook or an evaluator, and `expiredAt` is bounded by MAX_DURATION and
/// MAX_EVALUATION, so that every deposit leaves in bounded time whoever disappears.
/// A job that was read into memory stays true across its hook: every function that writes jobs is nonReentrant.
abstract contract JobKernel is JobSettlement {
    using SafeCast for uint256;

    uint256 internal constant MIN_DURATION = 5 minutes;
    uint256 internal constant MAX_DURATION = 365 days;
    uint256 internal constant MIN_EVALUATION_PERIOD = 1 hours;
    uint256 internal constant MAX_EVALUATION = 60 days;
    /// @dev Gas for asking an evaluator for its period: a few cold reads.
    uint256 internal constant PERIOD_GAS = 50_000;

    uint256 private _lastJobId;
    mapping(uint256 jobId => string description) private _descriptions;

    /// @inheritdoc IERC8183
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook,
        uint256 providerAgentId
    ) external nonReentrant returns (uint256 jobId) {
        // Checks
        address client = _msgSender();
        _checkParties(client, provider, evaluator, hook);
        _checkExpiry(expiredAt);

        // Effects
        jobId = ++_lastJobId;
        StoredJob storage job = _jobs[jobId];
        job.client = client;
        job.expiredAt = uint40(expiredAt); // bounded by _checkExpiry
        job.evaluator = evaluator;
        if (provider != address(0)) {
            job.provider = provider;
            job.providerAgentId = providerAgentId.toUint40();
        }
        if (hook != address(0)) {
            job.flags = HAS_HOOK;
            _hooks[jobId] = hook;
        }
        if (bytes(description).length != 0) _descriptions[jobId] = description;
        emit JobCreated(jobId, client, provider, evaluator, expiredAt, hook);

        // Interactions
        _afterCreation(jobId, job.flags, client, provider, evaluator);
    }

    /// @inheritdoc IERC8183
    function setProvider(uint256 jobId, address provider, uint256 agentId) external nonReentrant {
        // Checks
        StoredJob storage job = _existing(jobId);
        _requireStatus(jobId, job.status, OPEN);
        if (_msgSender() != job.client) revert JobEscrow_Unauthorized(jobId, _msgSender());
        if (job.provider != address(0)) revert JobEscrow_ProviderAlreadySet(jobId, job.provider);
        if (provider == address(0)) revert JobEscrow_InvalidProvider(provider);
        _checkProvider(job.client, provider, job.evaluator);

        // Effects
        job.provider = provider;
        job.providerAgentId = agentId.toUint40();
        emit ProviderSet(jobId, provider, agentId);
    }

    /// @inheritdoc IERC8183
    function setBudget(uint256 jobId, address token, uint256 amount, bytes calldata optParams) external nonReentrant {
        // Checks
        StoredJob storage job = _existing(jobId);
        address caller = _msgSender();
        _requireStatus(jobId, job.status, OPEN);
        if (caller != job.client) {
            if (caller != job.provider) revert JobEscrow_Unauthorized(jobId, caller);
            address current = job.token;
            if (current != address(0) && current != token) revert JobEscrow_TokenLocked(jobId, current);
        }
        if (token == address(0)) revert JobEscrow_InvalidToken(token);
        bytes memory hookData = abi.encode(caller, token, amount, optParams);
        _before(jobId, job.flags, IERC8183.setBudget.selector, hookData, true);

        // Effects
        job.token = token;
        job.amount = amount.toUint96();
        emit BudgetSet(jobId, token, amount);

        // Interactions
        _after(jobId, job.flags, IERC8183.setBudget.selector, hookData, true);
    }

    /// @inheritdoc IERC8183
    function fund(uint256 jobId, uint256 expectedBudget, bytes calldata optParams) external nonReentrant {
        // Checks
        StoredJob memory job = _existing(jobId);
        _requireStatus(jobId, job.status, OPEN);
        if (_msgSender() != job.client) revert JobEscrow_Unauthorized(jobId, _msgSender());
        if (job.provider == address(0)) revert JobEscrow_ProviderNotSet(jobId);
        if (job.amount != expectedBudget) revert JobEscrow_BudgetMismatch(jobId, job.amount, expectedBudget);
        if (expectedBudget == 0) revert JobEscrow_AmountIsZero(jobId);
        _requireBefore(jobId, job.expiredAt);
        bytes memory hookData = abi.encode(job.client, optParams);
        _before(jobId, job.flags, IERC8183.fund.selector, hookData, true);

        // Effects
        _freezeTerms(job);
        job.status = JobStatus.Funded;
        _store(jobId, job);
        emit JobFunded(jobId, job.client, expectedBudget);

        // Interactions
        _collect(job.token, job.client, expectedBudget);
        _after(jobId, job.flags, IERC8183.fund.selector, hookData, true);
    }

    /// @inheritdoc IERC8183
    function submit(uint256 jobId, bytes32 deliverable, bytes calldata optParams) external nonReentrant {
        // Checks
        StoredJob storage job = _existing(jobId);
        address provider = job.provider;
        if (_msgSender() != provider) revert JobEscrow_Unauthorized(jobId, _msgSender());
        JobStatus status = job.status;
        // Work without payment needs no funding; a price, once set, does.
        bool unpaid = status == JobStatus.Open && job.amount == 0;
        if (!unpaid) _requireStatus(jobId, status, FUNDED);
        uint256 expiredAt = job.expiredAt;
        _requireBefore(jobId, expiredAt);
        bytes memory hookData = _isHooked(job.flags) ? abi.encode(provider, deliverable, optParams) : bytes("");
        _before(jobId, job.flags, IERC8183.submit.selector, hookData, true);

        // Effects
        if (unpaid) {
            StoredJob memory frozen = job;
            _freezeTerms(frozen);
            _store(jobId, frozen);
        }
        job.status = JobStatus.Submitted;
        job.submittedAt = uint40(block.timestamp); // 40 bits last until the year 36,812
        job.expiredAt = uint40(Math.max(expiredAt, block.timestamp + job.evaluationPeriod));
        emit JobSubmitted(jobId, provider, deliverable);

        // Interactions
        _after(jobId, job.flags, IERC8183.submit.selector, hookData, true);
    }

    /// @inheritdoc IERC8183
    function complete(uint256 jobId, bytes32 reason, bytes calldata optParams) external nonReentrant {
        StoredJob memory job = _existing(jobId);
        _requireVerdict(jobId, job);
        _judge(
            jobId,
            job,
            JobStatus.Completed,
            job.amount,
            reason,
            DisputeOutcome.None,
            IERC8183.complete.selector,
            _isHooked(job.flags) ? abi.encode(job.evaluator, reason, optParams) : bytes("")
        );
    }

    /// @inheritdoc IERC8183
    function reject(uint256 jobId, bytes32 reason, bytes calldata optParams) external nonReentrant {
        // Checks
        StoredJob memory job = _existing(jobId);
        address caller = _msgSender();
        _requireStatus(jobId, job.status, OPEN | FUNDED | SUBMITTED);
        bool open = job.status == JobStatus.Open;
        if (caller != (open ? job.client : job.evaluator)) revert JobEscrow_Unauthorized(jobId, caller);
        bytes memory hookData = abi.encode(caller, reason, optParams);
        if (!open) {
            // From expiry on, the outcome is the clock's: an evaluator could otherwise relabel a missed deadline.
            _requireBefore(jobId, job.expiredAt);
            DisputeOutcome none = DisputeOutcome.None;
            _judge(jobId, job, JobStatus.Rejected, 0, reason, none, IERC8183.reject.selector, hookData);
            return;
        }
        _before(jobId, job.flags, IERC8183.reject.selector, hookData, true);

        // Effects
        _jobs[jobId].status = JobStatus.Rejected;
        emit JobRejected(jobId, caller, reason);

        // Interactions
        _after(jobId, job.flags, IERC8183.reject.selector, hookData, true);
    }

    /// @inheritdoc IERC8183
    function claimRefund(uint256 jobId) external nonReentrant {
        // Checks
        StoredJob memory job = _existing(jobId);
        _requireStatus(jobId, job.status, OPEN | FUNDED | SUBMITTED);
        bool submitted = job.status == JobStatus.Submitted;
        if (submitted && job.flags & SILENCE_PAYS != 0) revert JobEscrow_SilencePays(jobId);
        _requireReached(jobId, job.expiredAt);

        // Effects
        _jobs[jobId].status = JobStatus.Expired;
        emit JobExpired(jobId);

        // Interactions
        if (job.status != JobStatus.Open) {
            _settle(jobId, job, submitted ? Outcome.Unjudged : Outcome.Undelivered, DisputeOutcome.None, 0, false);
        }
    }

    /// @inheritdoc IERC8183
    function getJob(uint256 jobId) external view returns (Job memory job) {
        StoredJob memory stored = _existing(jobId);
        Referral memory referral = _referrals[jobId];
        job.id = jobId;
        job.client = stored.client;
        job.provider = stored.provider;
        job.evaluator = stored.evaluator;
        job.description = _descriptions[jobId];
        job.budget = stored.amount;
        job.expiredAt = stored.expiredAt;
        job.status = stored.status;
        job.hook = _hooks[jobId];
        job.paymentToken = stored.token;
        job.providerAgentId = stored.providerAgentId;
        job.submittedAt = stored.submittedAt;
        job.clientAgentId = stored.clientAgentId;
        job.clientEpoch = stored.clientEpoch;
        job.providerEpoch = stored.providerEpoch;
        job.evaluationPeriod = stored.evaluationPeriod;
        job.evaluatorFeeBps = stored.evaluatorFeeBps;
        job.referrer = referral.referrer;
        job.referrerFeeBps = referral.feeBps;
        job.silencePaysProvider = stored.flags & SILENCE_PAYS != 0;
        job.providerSigned = stored.flags & PROVIDER_SIGNED != 0;
        job.recordPending = _recordPending(jobId);
    }

    /// @dev The callback of ERC-8183's `createJob`, also run by `hire`.
    function _afterCreation(uint256 jobId, uint8 flags, address client, address provider, address evaluator) internal {
        _after(jobId, flags, IERC8183.createJob.selector, abi.encode(client, provider, evaluator), true);
    }

    /// @dev Reads what holds from the moment a job leaves Open: who owns the identities now, and how long the
    /// evaluator must be given. Changes `job` in memory only.
    function _freezeTerms(StoredJob memory job) internal view {
        job.providerEpoch = _verifiedEpoch(job.providerAgentId, job.provider);
        job.clientEpoch = _verifiedEpoch(job.clientAgentId, job.client);
        uint256 shortest = _shortestEvaluation(job.evaluator);
        // A signed period is a term, held to MAX_EVALUATION as the offer was accepted: one that is too short is
        // refused, not lengthened. The kernel's jobs name none.
        if (job.flags & PROVIDER_SIGNED == 0 && shortest <= MAX_EVALUATION) job.evaluationPeriod = uint24(shortest);
        if (job.evaluationPeriod < shortest) {
            revert JobEscrow_EvaluationPeriodOutOfRange(job.evaluationPeriod, shortest, MAX_EVALUATION);
        }
    }

    /// @dev Only the evaluator judges, only submitted work, and only before expiry.
    function _requireVerdict(uint256 jobId, StoredJob memory job) internal view {
        _requireStatus(jobId, job.status, SUBMITTED);
        if (_msgSender() != job.evaluator) revert JobEscrow_Unauthorized(jobId, _msgSender());
        _requireBefore(jobId, job.expiredAt);
    }

    function _checkParties(address client, address provider, address evaluator, address hook) internal view {
        if (evaluator == address(0) || evaluator == address(this)) revert JobEscrow_InvalidEvaluator(evaluator);
        _checkProvider(client, provider, evaluator);
        if (hook != address(0) && hook.code.length == 0) revert JobEscrow_InvalidHook(hook);
    }

    function _checkExpiry(uint256 expiredAt) internal view {
        uint256 earliest = block.timestamp + MIN_DURATION;
        uint256 latest = block.timestamp + MAX_DURATION;
        if (expiredAt < earliest || expiredAt > latest) {
            revert JobEscrow_ExpiryOutOfRange(expiredAt, earliest, latest);
        }
    }

    function _checkProvider(address client, address provider, address evaluator) private view {
        if (provider == client || provider == evaluator || provider == address(this)) {
            revert JobEscrow_InvalidProvider(provider);
        }
    }

    function _verifiedEpoch(uint256 agentId, address account) private view returns (uint32 epoch) {
        if (agentId == 0) return 0;
        bool authorised;
        (authorised, epoch) = IAgentRegistry(AGENT_REGISTRY).verifyAgent(agentId, account);
        if (!authorised) revert JobEscrow_AgentNotAuthorised(agentId, account);
    }

    function _shortestEvaluation(address evaluator) private view returns (uint256) {
        (bool published, uint256 period) = BoundedCall.tryRead(
            evaluator,
            PERIOD_GAS,
            abi.encodeCall(IEvaluator.maxEvaluationPeriod, ())
        );
        return published ? Math.max(period, MIN_EVALUATION_PERIOD) : MIN_EVALUATION_PERIOD;
    }
}
