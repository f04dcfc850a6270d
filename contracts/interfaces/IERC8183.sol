// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Job} from "../types/JobTypes.sol";

/// @title IERC8183
/// @notice The kernel of ERC-8183 (Agentic Commerce) as this project implements it. Its ERC-165 id is exactly these
/// nine functions.
/// @dev Published drafts of the standard differ: this is the form with a token per job (`setBudget` names it),
/// `providerAgentId`, and caller-prefixed hook data. Where the drafts leave room, the safe reading is taken and said
/// at the function. "Sender" below means the ERC-2771 sender. Errors stand in IJobEscrow, with what they mean; each
/// function names its own. Besides, every function but the view reverts with `ReentrancyGuardReentrantCall` from
/// within another, with `JobEscrow_JobNotFound` for an unknown job, and with `BoundedCall_InsufficientGas` if a capped
/// call could not get its whole cap.
interface IERC8183 {
    /// @notice A job was created (Open).
    event JobCreated(
        uint256 indexed jobId,
        address indexed client,
        address indexed provider,
        address evaluator,
        uint256 expiredAt,
        address hook
    );
    /// @notice A provider was set on a job that was created without one.
    event ProviderSet(uint256 indexed jobId, address indexed provider, uint256 agentId);
    /// @notice Token and price (base units) were set.
    event BudgetSet(uint256 indexed jobId, address indexed token, uint256 amount);
    /// @notice The price was deposited (Open to Funded).
    event JobFunded(uint256 indexed jobId, address indexed client, uint256 amount);
    /// @notice Work was submitted. The deliverable's hash is kept in this event only.
    event JobSubmitted(uint256 indexed jobId, address indexed provider, bytes32 deliverable);
    /// @notice The evaluator accepted the work, wholly or in part, or silence paid it
    /// (then `evaluator` is the zero address: nobody judged).
    event JobCompleted(uint256 indexed jobId, address indexed evaluator, bytes32 reason);
    /// @notice The job was refused by the evaluator, cancelled by the client while Open, or declined by the provider.
    event JobRejected(uint256 indexed jobId, address indexed rejector, bytes32 reason);
    /// @notice The job's time ran out and somebody claimed its end.
    event JobExpired(uint256 indexed jobId);
    /// @notice The provider's net payment (base units) left the job, to its account or its credit.
    event PaymentReleased(uint256 indexed jobId, address indexed provider, uint256 amount);
    /// @notice The evaluator's fee (base units) left the job, to its account or its credit.
    event EvaluatorFeePaid(uint256 indexed jobId, address indexed evaluator, uint256 amount);
    /// @notice Money (base units) went back to the client, to its account or its credit.
    event Refunded(uint256 indexed jobId, address indexed client, uint256 amount);

    /// @notice Creates a job (Open) of which the sender is the client. ERC-8183, "Core Functions".
    /// Hook: after only, `abi.encode(address client, address provider, address evaluator)`.
    /// @param provider Who is to work; zero to set it later. Not the client, not the evaluator, not this contract.
    /// @param evaluator Who alone may judge. May be the client; not zero, not the provider, not this contract.
    /// @param expiredAt Unix time in seconds; from 5 minutes to 365 days ahead (`limits`).
    /// @param description Free text, kept with the job.
    /// @param hook A contract called around the job's actions; zero for none.
    /// @param providerAgentId ERC-8004 identity of the provider, 0 for none; checked when the job leaves Open.
    /// Ignored while `provider` is zero, as the standard says.
    /// @return jobId Numbered from 1 upwards.
    /// @dev Reverts with JobEscrow_InvalidEvaluator, JobEscrow_InvalidProvider, JobEscrow_InvalidHook,
    /// JobEscrow_ExpiryOutOfRange, JobEscrow_HookReverted, or SafeCastOverflowedUintDowncast (agentId above 2^40).
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook,
        uint256 providerAgentId
    ) external returns (uint256 jobId);

    /// @notice Names the provider of an Open job that has none. Client only. Not hookable.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_Unauthorized, JobEscrow_ProviderAlreadySet,
    /// JobEscrow_InvalidProvider, or SafeCastOverflowedUintDowncast (agentId above 2^40).
    /// @param jobId The job.
    /// @param provider Who is to work; not zero, not the client, not the evaluator, not this contract.
    /// @param agentId ERC-8004 identity of the provider, 0 for none; checked when the job leaves Open.
    function setProvider(uint256 jobId, address provider, uint256 agentId) external;

    /// @notice Sets token and price of an Open job. Client or provider; but once a token is set, only the client may
    /// change it, so that a pending `fund` cannot be made to pay with another token.
    /// Hook: `abi.encode(address caller, address token, uint256 amount, bytes optParams)`.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_Unauthorized, JobEscrow_TokenLocked,
    /// JobEscrow_InvalidToken, JobEscrow_HookReverted, or SafeCastOverflowedUintDowncast (amount).
    /// @param jobId The job.
    /// @param token ERC-20 token, not zero.
    /// @param amount Price in base units; 0 for work without payment; at most 2^96 - 1.
    /// @param optParams Forwarded to the hook.
    function setBudget(uint256 jobId, address token, uint256 amount, bytes calldata optParams) external;

    /// @notice Deposits the price (Open to Funded). Client only, before `expiredAt`, with the provider set.
    /// Freezes the terms: the agent's ownership epoch and the evaluator's published period are read here.
    /// Hook: `abi.encode(address caller, bytes optParams)`.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_Unauthorized, JobEscrow_ProviderNotSet,
    /// JobEscrow_BudgetMismatch, JobEscrow_AmountIsZero, JobEscrow_DeadlinePassed, JobEscrow_HookReverted,
    /// JobEscrow_AgentNotAuthorised, JobEscrow_EvaluationPeriodOutOfRange (what the evaluator publishes is too long),
    /// JobEscrow_IncorrectDeposit, or the token's own error.
    /// @param jobId The job.
    /// @param expectedBudget The price the client agrees to (base units); must equal the job's, and not be 0.
    /// @param optParams Forwarded to the hook.
    function fund(uint256 jobId, uint256 expectedBudget, bytes calldata optParams) external;

    /// @notice Submits work (Funded to Submitted; or Open to Submitted for a job without payment).
    /// Provider only, before `expiredAt`. Moves `expiredAt` to at least now + the evaluation period. Submitting consents
    /// to the job as it stands, the agent that it names for the provider included.
    /// Hook: `abi.encode(address caller, bytes32 deliverable, bytes optParams)`.
    /// @dev Reverts with JobEscrow_Unauthorized, JobEscrow_UnexpectedStatus, JobEscrow_DeadlinePassed or
    /// JobEscrow_HookReverted; without payment also as `fund` does for its agent and its period.
    /// @param jobId The job.
    /// @param deliverable Hash of or reference to the work.
    /// @param optParams Forwarded to the hook.
    function submit(uint256 jobId, bytes32 deliverable, bytes calldata optParams) external;

    /// @notice Accepts the work and pays the provider (Submitted to Completed). Evaluator only, before `expiredAt`:
    /// from then on others can claim, and payment and refund must never be open together.
    /// Hook: `abi.encode(address caller, bytes32 reason, bytes optParams)`.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_Unauthorized, JobEscrow_DeadlinePassed, or, unless
    /// silence pays, JobEscrow_HookReverted.
    /// @param jobId The job.
    /// @param reason Optional hash of the evidence.
    /// @param optParams Forwarded to the hook.
    function complete(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Ends the job without payment and refunds any deposit (to Rejected). The client while Open; the
    /// evaluator while Funded or Submitted, before `expiredAt`.
    /// Hook: `abi.encode(address caller, bytes32 reason, bytes optParams)`.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_Unauthorized, JobEscrow_DeadlinePassed, or, unless
    /// silence pays, JobEscrow_HookReverted.
    /// @param jobId The job.
    /// @param reason Optional hash of the evidence.
    /// @param optParams Forwarded to the hook.
    function reject(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Ends a job whose time ran out and refunds what it deposited (to Expired). Anyone, from `expiredAt` on,
    /// while Open, Funded, or Submitted without `silencePaysProvider`. Not hookable.
    /// @dev Reverts with JobEscrow_UnexpectedStatus, JobEscrow_SilencePays or JobEscrow_DeadlineNotReached.
    /// @param jobId The job.
    function claimRefund(uint256 jobId) external;

    /// @notice The job, terminal ones included.
    /// @dev Reverts with JobEscrow_JobNotFound for an id that was never given out.
    /// @param jobId The job.
    function getJob(uint256 jobId) external view returns (Job memory job);
}
