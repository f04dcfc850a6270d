// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice The six states of an ERC-8183 job. `Completed`, `Rejected` and `Expired` are terminal.
enum JobStatus {
    Open,
    Funded,
    Submitted,
    Completed,
    Rejected,
    Expired
}

/// @notice A job as it is stored: four slots. A hook and a referrer (`flags` says whether there is one) and a
/// description take slots of their own, written only when needed.
/// `flags`: 1 has a hook, 2 has a referrer, 4 silence pays the provider, 8 the provider signed.
/// @dev Widths: addresses 160; times 40 (seconds until the year 36,812); agent ids 40 (a million million agents,
/// and a wider id reverts); epochs 32 as in AgentRegistry; evaluation period 24 (194 days, above MAX_EVALUATION);
/// fees 16 (basis points); amount 96 (79,000 million tokens of 18 decimals; a larger amount reverts).
struct StoredJob {
    // slot 0: all that submitting changes
    address client;
    uint40 expiredAt;
    uint40 submittedAt;
    JobStatus status;
    uint8 flags;
    // slot 1: all that submitting reads besides
    address provider;
    uint40 providerAgentId;
    uint32 providerEpoch;
    uint24 evaluationPeriod;
    // slot 2
    address evaluator;
    uint40 clientAgentId;
    uint32 clientEpoch;
    uint16 evaluatorFeeBps;
    // slot 3
    address token;
    uint96 amount;
}

/// @notice Who else is paid when a hired job is paid. One slot, written only when there is a referrer.
struct Referral {
    address referrer;
    uint16 feeBps;
}

/// @notice A job as `getJob` returns it: the fields of ERC-8183 first, in its order, then ours.
struct Job {
    uint256 id;
    address client;
    address provider;
    address evaluator;
    /// Text given to `createJob`; empty for hired jobs, whose terms are committed to by their id.
    string description;
    /// Agreed price in base units of `paymentToken`. Stays readable after the job has ended.
    uint256 budget;
    /// Unix time in seconds. Before it: delivery while Funded, judgement while Submitted. From it on: claims.
    uint256 expiredAt;
    JobStatus status;
    address hook;
    address paymentToken;
    /// ERC-8004 identity that the provider works as, 0 for none.
    uint256 providerAgentId;
    /// Unix time in seconds of the submission, 0 before it.
    uint256 submittedAt;
    // beyond the standard
    uint256 clientAgentId;
    /// Ownership epochs of both identities when the job left Open.
    uint32 clientEpoch;
    uint32 providerEpoch;
    /// Seconds that `submit` guarantees to the evaluator; 0 while a job of the kernel is Open.
    uint256 evaluationPeriod;
    /// Basis points of what the provider is paid, for a verdict.
    uint256 evaluatorFeeBps;
    address referrer;
    uint256 referrerFeeBps;
    /// True if submitted work that nobody judged in time is paid, not refunded.
    bool silencePaysProvider;
    /// True if the provider signed the offer that this job was hired by.
    bool providerSigned;
    /// True while the settlement still has to be written to the ledger by `recordSettlement`.
    bool recordPending;
}

/// @notice What a provider signs (EIP-712) so that a client can hire it in one transaction.
/// @dev Field order is the order of the EIP-712 type; see Offers.sol.
struct Offer {
    address provider;
    /// ERC-8004 identity that the provider works as, 0 for none.
    uint256 providerAgentId;
    /// Who may accept; the zero address lets anyone.
    address client;
    /// With a named client: the identity it must hire as (0 for none). Must be 0 in an open offer.
    uint256 clientAgentId;
    address evaluator;
    /// Seconds from submission in which the evaluator can still judge.
    uint32 evaluationPeriod;
    /// Basis points of what the provider is paid, paid out of it to the evaluator for a verdict.
    uint16 evaluatorFeeBps;
    address token;
    /// Price in base units of `token`.
    uint256 amount;
    /// Seconds from hiring to the latest submission.
    uint32 deliveryPeriod;
    /// Unix time in seconds; the last second in which the offer can be accepted.
    uint64 validUntil;
    /// ERC-8183 hook, zero for none.
    address hook;
    /// Paid `referrerFeeBps` of what the provider is paid, out of it; zero for none.
    address referrer;
    uint16 referrerFeeBps;
    /// True if submitted work that nobody judged in time is to be paid.
    bool silencePaysProvider;
    /// How many jobs may be hired by this offer; 1 if the client is named.
    uint32 capacity;
    /// keccak256 of the RFC 8785 form of the job contract, optionally salted.
    bytes32 termsHash;
    /// Hash of the offer or request that this one answers, 0 for none.
    bytes32 inReplyTo;
    /// Makes otherwise equal offers different.
    uint256 salt;
}

/// @notice How the client's money reaches the escrow in `hire`. `Allowance` and `Permit` serve the sender's own jobs
/// only; the other two carry a signature that binds the job's id and may be sent by anyone.
enum FundingMethod {
    /// ERC-20 allowance given before. `fundingData` is empty.
    Allowance,
    /// ERC-2612. `fundingData` = abi.encode(uint256 value, uint256 deadline, bytes signature).
    Permit,
    /// ERC-3009 ReceiveWithAuthorization whose nonce is the job's id.
    /// `fundingData` = abi.encode(uint256 validAfter, uint256 validBefore, bytes signature).
    Authorization,
    /// Permit2 PermitWitnessTransferFrom whose witness is the job's id.
    /// `fundingData` = abi.encode(uint256 nonce, uint256 deadline, bytes signature).
    Permit2
}

/// @notice A client's side of `hire`.
struct Acceptance {
    /// Who hires, pays and is refunded. The sender, or whoever signed the funding.
    address client;
    /// ERC-8004 identity that the client hires as, 0 for none.
    uint256 clientAgentId;
    /// Hash of this client's input to the work, 0 if the terms already contain it.
    bytes32 inputHash;
    /// Lets one client accept an open offer more than once. Must be 0 for a named client.
    bytes32 salt;
    /// Forwarded to the hook's callbacks of `setBudget` and `fund`.
    bytes budgetParams;
    bytes fundParams;
    FundingMethod funding;
    bytes fundingData;
}

/// @notice The bounds that an escrow was deployed with; none of them can change.
struct Limits {
    /// Shortest and longest time in seconds from creating or hiring to expiry.
    uint256 minDuration;
    uint256 maxDuration;
    /// Shortest evaluation period in seconds, also for evaluators that publish none.
    uint256 minEvaluationPeriod;
    /// Longest evaluation in seconds, extensions included, unless the job's own expiry is later.
    uint256 maxEvaluation;
    /// Highest fee of the evaluator, and of the referrer, in basis points each.
    uint256 maxFeeBps;
    /// Gas given to each callback of a hook.
    uint256 hookGas;
    /// Gas given to each outgoing transfer before it is credited instead.
    uint256 transferGas;
    /// Gas given to the ledger before its record is postponed.
    uint256 recordGas;
    /// Gas given to an evaluator to publish its period.
    uint256 periodGas;
}
