// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IERC8183Hook} from "../interfaces/IERC8183Hook.sol";
import {IFeedbackRegistry} from "../interfaces/IFeedbackRegistry.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IReputationLedger} from "../interfaces/IReputationLedger.sol";
import {ISettlementSource} from "../interfaces/ISettlementSource.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {JobStatus, Referral, StoredJob} from "../types/JobTypes.sol";
import {DisputeOutcome, Outcome, Settlement} from "../types/SettlementTypes.sol";
import {EscrowVault} from "./EscrowVault.sol";

/// @title JobSettlement
/// @notice What is stored of a job, how its hook is called, and how its money and its record leave when it ends.
abstract contract JobSettlement is EscrowVault {
    /// @dev Basis points: neither fee can take more than a tenth.
    uint256 internal constant MAX_FEE_BPS = 1_000;
    /// @dev Gas for a callback: enough for a few calls of its own, too little to make a verdict unaffordable.
    uint256 internal constant HOOK_GAS = 500_000;
    /// @dev Two new agents and a dispute take the ledger about 190,000.
    uint256 internal constant RECORD_GAS = 350_000;

    uint256 internal constant BPS = 10_000;
    /// @dev Thirteen members of a word each.
    uint256 private constant SETTLEMENT_SIZE = 13 * 32;

    // Flags of a stored job.
    uint8 internal constant HAS_HOOK = 1;
    uint8 internal constant HAS_REFERRER = 2;
    uint8 internal constant SILENCE_PAYS = 4;
    uint8 internal constant PROVIDER_SIGNED = 8;

    // States as bits, for checks that allow several.
    uint256 internal constant OPEN = 1 << uint8(JobStatus.Open);
    uint256 internal constant FUNDED = 1 << uint8(JobStatus.Funded);
    uint256 internal constant SUBMITTED = 1 << uint8(JobStatus.Submitted);

    /// @inheritdoc IJobEscrow
    address public immutable REPUTATION_LEDGER;
    /// @inheritdoc IJobEscrow
    address public immutable AGENT_REGISTRY;

    mapping(uint256 jobId => StoredJob) internal _jobs;
    mapping(uint256 jobId => address) internal _hooks;
    mapping(uint256 jobId => Referral) internal _referrals;
    /// @dev Hash of the call to the ledger that is still to be made.
    mapping(uint256 jobId => bytes32 recordHash) private _postponedRecords;

    constructor(address reputationLedger) {
        REPUTATION_LEDGER = reputationLedger;
        AGENT_REGISTRY = IFeedbackRegistry(reputationLedger).getIdentityRegistry();
    }

    /// @inheritdoc IJobEscrow
    function recordSettlement(uint256 jobId, bytes calldata record) external nonReentrant {
        // Checks
        bytes32 recordHash = keccak256(record);
        if (_postponedRecords[jobId] != recordHash) revert JobEscrow_RecordNotPending(jobId, recordHash);

        // Effects
        delete _postponedRecords[jobId];

        // Interactions
        // slither-disable-next-line unused-return: the ledger's recordSettlement returns nothing
        Address.functionCall(REPUTATION_LEDGER, record);
    }

    /// @inheritdoc ISettlementSource
    function settledJob(uint256 jobId) external view returns (bool eligible, SettledJob memory settled) {
        StoredJob memory job = _jobs[jobId];
        eligible = job.status > JobStatus.Submitted && job.submittedAt != 0 && job.amount != 0;
        settled = SettledJob({
            client: job.client,
            clientAgentId: job.clientAgentId,
            clientEpoch: job.clientEpoch,
            provider: job.provider,
            providerAgentId: job.providerAgentId,
            providerEpoch: job.providerEpoch,
            token: job.token,
            amount: job.amount,
            evaluatorFeeBps: job.evaluatorFeeBps
        });
    }

    /// @notice Carries out the evaluator's verdict on a job that was read and checked: hook, state, money, record, hook.
    /// @param status The terminal state.
    /// @param providerAmount To the provider's side, fees included; the rest is refunded.
    function _judge(
        uint256 jobId,
        StoredJob memory job,
        JobStatus status,
        uint256 providerAmount,
        bytes32 reason,
        DisputeOutcome dispute,
        bytes4 selector,
        bytes memory hookData
    ) internal {
        // Where silence pays, a hook that fails cannot turn the verdict into silence.
        bool mayRefuse = job.flags & SILENCE_PAYS == 0;
        _before(jobId, job.flags, selector, hookData, mayRefuse);

        // Effects
        _jobs[jobId].status = status;
        Outcome outcome = Outcome.Rejected;
        if (status == JobStatus.Completed) {
            outcome = providerAmount == job.amount ? Outcome.Completed : Outcome.Partial;
            emit JobCompleted(jobId, job.evaluator, reason);
        } else {
            emit JobRejected(jobId, job.evaluator, reason);
        }

        // Interactions
        _settle(jobId, job, outcome, dispute, providerAmount, true);
        _after(jobId, job.flags, selector, hookData, mayRefuse);
    }

    /// @notice Pays out everything that the job took in, and has it recorded. The caller has made the job terminal.
    /// @param providerAmount To the provider's side, fees included; the rest is refunded.
    /// @param judged Whether the evaluator earned its fee.
    function _settle(
        uint256 jobId,
        StoredJob memory job,
        Outcome outcome,
        DisputeOutcome dispute,
        uint256 providerAmount,
        bool judged
    ) internal {
        if (job.amount == 0) return; // nothing came in, so nothing leaves and nothing is recorded
        uint256 thirdPartyFees = 0;
        if (providerAmount != 0) {
            thirdPartyFees = _payProviderSide(jobId, job, providerAmount, judged);
        }
        uint256 refund = job.amount - providerAmount;
        if (refund != 0) {
            emit Refunded(jobId, job.client, refund);
            _pay(job.token, job.client, refund);
        }
        bool providerAnswers = _providerAnswersFor(job, outcome);
        Settlement memory settlement = Settlement({
            jobId: jobId,
            token: job.token,
            client: job.client,
            clientAgentId: job.clientAgentId,
            clientEpoch: job.clientEpoch,
            provider: providerAnswers ? job.provider : address(0),
            providerAgentId: providerAnswers ? job.providerAgentId : 0,
            providerEpoch: providerAnswers ? job.providerEpoch : 0,
            outcome: outcome,
            dispute: dispute,
            paid: providerAmount,
            refunded: refund,
            fees: thirdPartyFees
        });
        _record(jobId, settlement);
    }

    /// @dev Fees round down, to the provider's benefit.
    function _payProviderSide(
        uint256 jobId,
        StoredJob memory job,
        uint256 providerAmount,
        bool judged
    ) private returns (uint256 thirdPartyFees) {
        uint256 net = providerAmount;
        if (judged && job.evaluatorFeeBps != 0) {
            uint256 fee = _feeOf(providerAmount, job.evaluatorFeeBps);
            net -= fee;
            if (job.evaluator != job.client) thirdPartyFees = fee;
            if (fee != 0) emit EvaluatorFeePaid(jobId, job.evaluator, fee);
            _pay(job.token, job.evaluator, fee);
        }
        if (job.flags & HAS_REFERRER != 0) {
            Referral memory referral = _referrals[jobId];
            uint256 fee = _feeOf(providerAmount, referral.feeBps);
            net -= fee;
            if (referral.referrer != job.client && referral.referrer != job.provider) thirdPartyFees += fee;
            if (fee != 0) emit ReferrerFeePaid(jobId, referral.referrer, fee);
            _pay(job.token, referral.referrer, fee);
        }
        emit PaymentReleased(jobId, job.provider, net);
        _pay(job.token, job.provider, net);
    }

    function _feeOf(uint256 amount, uint256 feeBps) private pure returns (uint256) {
        return (amount * feeBps) / BPS;
    }

    /// @dev A provider that neither signed nor submitted never agreed to be judged by this job; and what an
    /// evaluator refuses before submission says nothing about the provider.
    function _providerAnswersFor(StoredJob memory job, Outcome outcome) private pure returns (bool) {
        if (job.submittedAt != 0) return true;
        return job.flags & PROVIDER_SIGNED != 0 && outcome != Outcome.Rejected;
    }

    function _record(uint256 jobId, Settlement memory settlement) private {
        bytes memory record = _encodeRecord(settlement);
        if (!BoundedCall.tryCall(REPUTATION_LEDGER, RECORD_GAS, record)) {
            _postponedRecords[jobId] = keccak256(record);
            emit RecordPostponed(jobId, record);
        }
    }

    /// @dev `abi.encodeCall(IReputationLedger.recordSettlement, (settlement))` at a third of its gas: a struct of
    /// static members lies in memory just as the ABI encodes it.
    function _encodeRecord(Settlement memory settlement) private pure returns (bytes memory record) {
        uint256 size = SETTLEMENT_SIZE;
        bytes4 selector = IReputationLedger.recordSettlement.selector;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            record := mload(0x40)
            mstore(record, add(size, 4))
            mstore(add(record, 0x20), selector)
            mcopy(add(record, 0x24), settlement, size)
            // Kept a multiple of 32, as the compiler expects it.
            mstore(0x40, add(record, add(size, 0x40)))
        }
    }

    // ─────────────────────────── hooks ───────────────────────────

    /// @notice Calls the job's hook, if it has one, before the action that `selector` names.
    /// @param data The caller-prefixed arguments.
    /// @param mayRefuse Whether a failing hook stops the action; if not, it is passed over and said so in an event.
    function _before(uint256 jobId, uint8 flags, bytes4 selector, bytes memory data, bool mayRefuse) internal {
        if (!_isHooked(flags)) return;
        _callHook(jobId, selector, mayRefuse, abi.encodeCall(IERC8183Hook.beforeAction, (jobId, selector, data)));
    }

    /// @dev As `_before`, after the action.
    function _after(uint256 jobId, uint8 flags, bytes4 selector, bytes memory data, bool mayRefuse) internal {
        if (!_isHooked(flags)) return;
        _callHook(jobId, selector, mayRefuse, abi.encodeCall(IERC8183Hook.afterAction, (jobId, selector, data)));
    }

    function _isHooked(uint8 flags) internal pure returns (bool) {
        return flags & HAS_HOOK != 0;
    }

    function _callHook(uint256 jobId, bytes4 selector, bool mayRefuse, bytes memory callData) private {
        address hook = _hooks[jobId];
        if (BoundedCall.tryCall(hook, HOOK_GAS, callData)) return;
        if (mayRefuse) revert JobEscrow_HookReverted(jobId, hook, selector);
        emit HookFailed(jobId, hook, selector);
    }

    // ─────────────────────────── stored jobs ───────────────────────────

    /// @dev Writes all four slots, each at once. The compiler would write member by member, reading each slot again
    /// every time, with 2 KB of code. Layout as in StoredJob, lowest bits first; tests compare it with `getJob`.
    function _store(uint256 jobId, StoredJob memory job) internal {
        StoredJob storage stored = _jobs[jobId];
        uint256 slot0 =
            uint160(job.client) |
                (uint256(job.expiredAt) << 160) |
                (uint256(job.submittedAt) << 200) |
                (uint256(uint8(job.status)) << 240) |
                (uint256(job.flags) << 248);
        uint256 slot1 =
            uint160(job.provider) |
                (uint256(job.providerAgentId) << 160) |
                (uint256(job.providerEpoch) << 200) |
                (uint256(job.evaluationPeriod) << 232);
        uint256 slot2 =
            uint160(job.evaluator) |
                (uint256(job.clientAgentId) << 160) |
                (uint256(job.clientEpoch) << 200) |
                (uint256(job.evaluatorFeeBps) << 232);
        uint256 slot3 = uint160(job.token) | (uint256(job.amount) << 160);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            sstore(stored.slot, slot0)
            sstore(add(stored.slot, 1), slot1)
            sstore(add(stored.slot, 2), slot2)
            sstore(add(stored.slot, 3), slot3)
        }
    }

    function _existing(uint256 jobId) internal view returns (StoredJob storage job) {
        job = _jobs[jobId];
        if (job.client == address(0)) revert JobEscrow_JobNotFound(jobId);
    }

    function _recordPending(uint256 jobId) internal view returns (bool) {
        return _postponedRecords[jobId] != bytes32(0);
    }

    function _requireStatus(uint256 jobId, JobStatus status, uint256 allowed) internal pure {
        if ((1 << uint8(status)) & allowed == 0) revert JobEscrow_UnexpectedStatus(jobId, status, allowed);
    }

    function _requireBefore(uint256 jobId, uint256 deadline) internal view {
        if (block.timestamp >= deadline) revert JobEscrow_DeadlinePassed(jobId, deadline);
    }

    function _requireReached(uint256 jobId, uint256 deadline) internal view {
        if (block.timestamp < deadline) revert JobEscrow_DeadlineNotReached(jobId, deadline);
    }
}
