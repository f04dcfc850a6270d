// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC8183} from "./IERC8183.sol";
import {ISettlementSource} from "./ISettlementSource.sol";
import {Acceptance, FundingMethod, JobStatus, Limits, Offer} from "../types/JobTypes.sol";
import {DisputeOutcome} from "../types/SettlementTypes.sol";

/// @title IJobEscrow
/// @notice Escrow for jobs between agents: the ERC-8183 kernel, and beyond it signed offers, hiring in one
/// transaction with one signature, division, refusal and silence, and credits for payments that cannot be delivered.
/// Nobody owns it, nothing can be paused or changed, and every deposit leaves by a call that anyone may make after a
/// bounded time.
/// @dev "Sender" means the ERC-2771 sender. Amounts are base units of the job's token, times Unix seconds, fees basis
/// points (1/10,000). Stated limits: a token that rebases downwards, or whose issuer blacklists this contract, cannot
/// be defended against; see docs/security.md.
interface IJobEscrow is IERC8183, ISettlementSource {
    // ─────────────────────────── events ───────────────────────────

    /// @notice A job was hired by a signed offer (with JobCreated, BudgetSet and JobFunded of the standard).
    event JobHired(uint256 indexed jobId, bytes32 indexed offerHash, bytes32 termsHash, bytes32 inputHash);
    /// @notice The provider withdrew an offer: no further job can be hired by it.
    event OfferCancelled(bytes32 indexed offerHash, address indexed provider);
    /// @notice The evaluator gave itself more time.
    event EvaluationExtended(uint256 indexed jobId, uint256 expiredAt);
    /// @notice The referrer's fee left the job, to its account or its credit.
    event ReferrerFeePaid(uint256 indexed jobId, address indexed referrer, uint256 amount);
    /// @notice A payment could not be delivered and waits for `withdraw`.
    event Credited(address indexed token, address indexed account, uint256 amount);
    /// @notice A credit was paid out.
    event Withdrawn(address indexed token, address indexed account, address indexed to, uint256 amount);
    /// @notice A hook's callback failed and was passed over, because silence would have paid the provider.
    event HookFailed(uint256 indexed jobId, address indexed hook, bytes4 selector);
    /// @notice The ledger did not take the settlement; anyone can hand `record` to `recordSettlement` later.
    event RecordPostponed(uint256 indexed jobId, bytes record);

    // ─────────────────────────── errors ───────────────────────────

    /// @notice No job has this id.
    error JobEscrow_JobNotFound(uint256 jobId);
    /// @notice This offer, accepted by this client with this input and salt, is a job already.
    error JobEscrow_JobExists(uint256 jobId);
    /// @notice The job is in `status`; the call needs one of the states whose bits (1 << state) are set in `allowed`.
    error JobEscrow_UnexpectedStatus(uint256 jobId, JobStatus status, uint256 allowed);
    /// @notice The sender has no such right on this job.
    error JobEscrow_Unauthorized(uint256 jobId, address sender);
    /// @notice The account cannot take that place: zero, this contract itself, or already on another side of the job.
    error JobEscrow_InvalidProvider(address provider);
    /// @notice As `JobEscrow_InvalidProvider`, for the evaluator.
    error JobEscrow_InvalidEvaluator(address evaluator);
    /// @notice The referrer is this contract, or a fee is set without a referrer.
    error JobEscrow_InvalidReferrer(address referrer);
    /// @notice The hook has no code.
    error JobEscrow_InvalidHook(address hook);
    /// @notice The token is the zero address.
    error JobEscrow_InvalidToken(address token);
    /// @notice The time must lie from `earliest` to `latest`.
    error JobEscrow_ExpiryOutOfRange(uint256 expiredAt, uint256 earliest, uint256 latest);
    /// @notice The period must last from `shortest` to `longest` seconds; the evaluator's own published period
    /// counts towards the shortest.
    error JobEscrow_EvaluationPeriodOutOfRange(uint256 period, uint256 shortest, uint256 longest);
    /// @notice The time for this has passed.
    error JobEscrow_DeadlinePassed(uint256 jobId, uint256 deadline);
    /// @notice The time for this has not come.
    error JobEscrow_DeadlineNotReached(uint256 jobId, uint256 deadline);
    /// @notice The job has this provider already.
    error JobEscrow_ProviderAlreadySet(uint256 jobId, address provider);
    /// @notice The job needs a provider first.
    error JobEscrow_ProviderNotSet(uint256 jobId);
    /// @notice The token is set; only the client may change it.
    error JobEscrow_TokenLocked(uint256 jobId, address token);
    /// @notice The job's price is not what the client expected.
    error JobEscrow_BudgetMismatch(uint256 jobId, uint256 budget, uint256 expected);
    /// @notice A deposit of nothing: work without payment is submitted without funding.
    error JobEscrow_AmountIsZero(uint256 jobId);
    /// @notice The escrow received another amount than asked for, as with tokens that take a fee.
    error JobEscrow_IncorrectDeposit(address token, uint256 expected, uint256 received);
    /// @notice The account is neither owner, approved account, operator nor verified wallet of that agent.
    error JobEscrow_AgentNotAuthorised(uint256 agentId, address account);
    /// @notice An agent cannot hire itself.
    error JobEscrow_SameAgent(uint256 agentId);
    /// @notice The fee is above the escrow's bound.
    error JobEscrow_FeeTooHigh(uint256 feeBps, uint256 maximum);
    /// @notice The offer does not carry a valid signature of its provider.
    error JobEscrow_InvalidOfferSignature(bytes32 offerHash, address provider);
    /// @notice The offer's time is over.
    error JobEscrow_OfferExpired(bytes32 offerHash, uint256 validUntil);
    /// @notice The provider cancelled the offer.
    error JobEscrow_OfferIsCancelled(bytes32 offerHash);
    /// @notice The sender is not the provider whose offer this is.
    error JobEscrow_NotOffersProvider(bytes32 offerHash, address sender);
    /// @notice As many jobs as the offer allows (none, if its capacity is 0) were hired by it.
    error JobEscrow_OfferExhausted(bytes32 offerHash, uint256 capacity);
    /// @notice The client is named, so the capacity must be 1.
    error JobEscrow_InvalidCapacity(uint256 capacity);
    /// @notice The acceptance does not fit the offer: it is meant for another client or another identity of it,
    /// or a named client gave a salt.
    error JobEscrow_AcceptanceMismatch(bytes32 offerHash, address client, uint256 clientAgentId, bytes32 salt);
    /// @notice Only the client itself may fund in this way; somebody else needs its ERC-3009 or Permit2 signature.
    error JobEscrow_FundingNotAuthorised(address client, address sender, FundingMethod method);
    /// @notice The client did not sign the ERC-3009 authorization for this job, whatever the token says.
    error JobEscrow_InvalidFundingSignature(uint256 jobId, address client);
    /// @notice More than the deposit cannot be divided.
    error JobEscrow_AmountExceedsDeposit(uint256 jobId, uint256 amount, uint256 deposit);
    /// @notice Silence refunds this job: use `claimRefund`.
    error JobEscrow_SilenceRefunds(uint256 jobId);
    /// @notice Silence pays this job: use `claimPayment`.
    error JobEscrow_SilencePays(uint256 jobId);
    /// @notice The hook refused, failed, or used up its gas.
    error JobEscrow_HookReverted(uint256 jobId, address hook, bytes4 selector);
    /// @notice The account has no credit in this token.
    error JobEscrow_NothingToWithdraw(address token, address account);
    /// @notice The recipient is the zero address or this contract.
    error JobEscrow_InvalidRecipient(address to);
    /// @notice The token refused the transfer, moved nothing, or took more than was sent.
    error JobEscrow_TransferFailed(address token, address to, uint256 amount);
    /// @notice Only this contract calls this.
    error JobEscrow_OnlySelf(address sender);
    /// @notice No such record of this job is waiting: give the bytes of its RecordPostponed event.
    error JobEscrow_RecordNotPending(uint256 jobId, bytes32 recordHash);

    // ─────────────────────────── offers ───────────────────────────

    /// @notice Creates and funds a job by a provider's signed offer, in one transaction.
    /// The job's id is the hash of the offer and of all that the client decides, so nothing of it can be replayed or
    /// changed by whoever sends it. With a hook, runs the callbacks of `createJob`, `setBudget` and `fund`.
    /// @dev Anyone may call with an ERC-3009 or Permit2 signature of the client; with an allowance or ERC-2612 only
    /// the client. Reverts with JobEscrow_JobExists, JobEscrow_OfferExpired, JobEscrow_SameAgent, the errors of
    /// `createJob`, `setBudget` and `fund` for what the offer says, JobEscrow_FeeTooHigh, JobEscrow_InvalidReferrer,
    /// JobEscrow_EvaluationPeriodOutOfRange, JobEscrow_InvalidOfferSignature, JobEscrow_OfferIsCancelled,
    /// JobEscrow_OfferExhausted, JobEscrow_AcceptanceMismatch, JobEscrow_InvalidCapacity,
    /// JobEscrow_FundingNotAuthorised, JobEscrow_InvalidFundingSignature, or the error of the token or of Permit2.
    /// @param offer What the provider offers.
    /// @param providerSignature The provider's EIP-712 signature of the offer (ECDSA, or ERC-1271 if it has code).
    /// @param acceptance What the client decides, and how its money comes.
    /// @return jobId Equal to `jobIdOf(offer, acceptance)`.
    function hire(
        Offer calldata offer,
        bytes calldata providerSignature,
        Acceptance calldata acceptance
    ) external returns (uint256 jobId);

    /// @notice Withdraws an offer. Its provider only. Jobs that were hired by it stay.
    /// @dev Reverts with JobEscrow_NotOffersProvider.
    /// @param offer The offer as it was signed.
    function cancelOffer(Offer calldata offer) external;

    // ─────────────────────────── beyond the standard's lifecycle ───────────────────────────

    /// @notice Gives a funded job back before submitting; the client is refunded (to Rejected). Provider only, before
    /// `expiredAt`. Neutral on record. Not hookable.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_Unauthorized or JobEscrow_DeadlinePassed.
    /// @param jobId The job.
    /// @param reason Optional hash of an explanation.
    function decline(uint256 jobId, bytes32 reason) external;

    /// @notice Gives the evaluator more time. Evaluator only, while Submitted and before `expiredAt`. Not hookable.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_Unauthorized, JobEscrow_DeadlinePassed or
    /// JobEscrow_ExpiryOutOfRange.
    /// @param jobId The job.
    /// @param expiredAt Later than now fixed; at most 60 days after the submission (`limits`).
    function extendEvaluation(uint256 jobId, uint256 expiredAt) external;

    /// @notice Divides the deposit (Submitted to Completed; to Rejected if the provider gets nothing). Evaluator only,
    /// before `expiredAt`. Also the form of a full verdict that has a dispute to report.
    /// Hook: `abi.encode(address caller, uint256 providerAmount, bytes32 reason, bytes optParams)`.
    /// @dev Reverts as `complete` does, and with JobEscrow_AmountExceedsDeposit.
    /// @param jobId The job.
    /// @param providerAmount Base units to the provider's side, fees included; the rest goes to the client.
    /// @param reason Optional hash of the evidence.
    /// @param dispute How a dispute before the evaluator ended; goes on both sides' record.
    /// @param optParams Forwarded to the hook.
    function completePartially(
        uint256 jobId,
        uint256 providerAmount,
        bytes32 reason,
        DisputeOutcome dispute,
        bytes calldata optParams
    ) external;

    /// @notice Pays submitted work that nobody judged in time, if both sides signed for that (to Completed). Anyone,
    /// from `expiredAt` on. No evaluator's fee is taken: it did not judge. Not hookable.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_SilenceRefunds or JobEscrow_DeadlineNotReached.
    /// @param jobId The job.
    function claimPayment(uint256 jobId) external;

    /// @notice Sends all of the sender's credit in a token to any account.
    /// @dev Reverts with JobEscrow_InvalidRecipient, JobEscrow_NothingToWithdraw or JobEscrow_TransferFailed.
    /// @param token The token.
    /// @param to Who receives it; neither zero nor this contract.
    /// @return amount Base units sent.
    function withdraw(address token, address to) external returns (uint256 amount);

    /// @notice Sends all of an account's credit in a token to that very account. Anyone: for recipients that cannot
    /// call `withdraw`, once what kept their payment from being delivered is over.
    /// @dev Reverts with JobEscrow_NothingToWithdraw or JobEscrow_TransferFailed.
    /// @param token The token.
    /// @param account Whose credit it is, and who receives it.
    /// @return amount Base units sent.
    function deliver(address token, address account) external returns (uint256 amount);

    /// @notice Writes a settlement to the ledger that could not be written when the job ended. Anyone.
    /// @dev Reverts with JobEscrow_RecordNotPending or the ledger's own error.
    /// @param jobId The job.
    /// @param record What the job's RecordPostponed event carried.
    function recordSettlement(uint256 jobId, bytes calldata record) external;

    // ─────────────────────────── views ───────────────────────────

    /// @notice The EIP-712 digest that the provider signs, which also identifies the offer.
    function offerHash(Offer calldata offer) external view returns (bytes32);

    /// @notice The id that `hire` would give; the nonce of an ERC-3009 and the witness of a Permit2 signature.
    function jobIdOf(Offer calldata offer, Acceptance calldata acceptance) external view returns (uint256 jobId);

    /// @notice How many counted jobs were hired by an offer, and whether it was cancelled. A named client's plain
    /// acceptance (no input, no hook parameters) is not counted: its id alone makes it unique.
    function offerState(bytes32 offerHash_) external view returns (uint256 acceptances, bool cancelled);

    /// @notice Base units of `token` that `account` can withdraw.
    function withdrawable(address token, address account) external view returns (uint256);

    /// @notice The ledger that settlements are recorded in.
    function REPUTATION_LEDGER() external view returns (address);
    /// @notice The registry that agents are checked against: the ledger's own.
    function AGENT_REGISTRY() external view returns (address);
    /// @notice Uniswap's Permit2.
    function PERMIT2() external view returns (address);

    /// @notice All bounds of this escrow.
    function limits() external pure returns (Limits memory);
}
