// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IArbitrable} from "./IArbitrable.sol";
import {IEvaluator} from "./IEvaluator.sol";

/// @title IOptimisticEvaluator
/// @notice An evaluator that asks nobody while nobody objects. Submitted work is paid when the client accepts it or
/// stays silent. A client that objects locks a bond; a provider that contests locks the same; only then an arbitrator
/// divides the deposit. One immutable deployment per set of terms; nobody owns it.
///
/// From submission on, in this order:
///
/// | Phase | Until | Who can do what | If nobody does anything |
/// |---|---|---|---|
/// | Review | REVIEW_PERIOD after submission | client: `accept`, `dispute` | anyone: `finalise`, the provider is paid |
/// | Disputed | RESPONSE_PERIOD after the dispute | provider: `concede`, `contest`; client: `accept` | anyone: `finalise`, the client is refunded |
/// | Contested | ARBITRATION_PERIOD after it was contested | anyone: `escalate`; either: give in | anyone: `finalise`, half each |
/// | Escalated | the same time | arbitrator: `rule`; either: give in | anyone: `finalise`, half each |
/// | Ruled | | anyone: `finalise`, as ruled | |
///
/// As long as it is not ruled, either side can offer a division (`offerSplit`) and the other take it (`acceptSplit`).
/// @dev Bonds are all alike. When a dispute ends, each side bears the arbitrator's fee in proportion to what it lost;
/// of what is left of its bond, the side that lost more than half gives the other PENALTY_BPS, in proportion to how
/// clearly it lost. Giving in counts as losing everything. A division that both agreed to has no penalty.
/// Amounts are base units of BOND_TOKEN (wei if that is zero), shares percent of the deposit to the provider's side.
/// Senders are ERC-2771 senders, but for `rule`.
interface IOptimisticEvaluator is IEvaluator, IArbitrable {
    enum Phase {
        /// Nobody has objected.
        Review,
        Disputed,
        Contested,
        Escalated,
        Ruled,
        /// The dispute has ended and its bonds are divided.
        Closed
    }

    /// @notice A dispute as it stands.
    struct Dispute {
        Phase phase;
        /// Unix time in seconds at which the phase ends for want of anything happening.
        uint40 deadline;
        /// The ruling's share, if ruled.
        uint8 share;
        /// What the arbitrator was paid.
        uint96 fee;
        /// The arbitrator's number of it, if escalated.
        uint256 disputeID;
    }

    /// @notice A division that one side would take.
    struct SplitOffer {
        /// Percent of the deposit to the provider's side.
        uint8 share;
        /// Last second of its validity; 0 if there is no offer.
        uint40 validUntil;
    }

    /// @notice The client objected, and locked its bond.
    event Disputed(uint256 indexed jobId, address indexed client, uint256 deadline);
    /// @notice The provider stands by its work, and locked its bond.
    event Contested(uint256 indexed jobId, address indexed provider, uint256 deadline);
    /// @notice The case is before the arbitrator. As ERC-1497's `Dispute`, by the job's number.
    event Escalated(uint256 indexed jobId, address indexed arbitrator, uint256 indexed disputeID, uint256 fee);
    /// @notice A party put something forward. ERC-1497's event: the job is the group that evidence belongs to.
    event Evidence(address indexed arbitrator, uint256 indexed evidenceGroupID, address indexed party, string evidence);
    /// @notice One side would take this division until `validUntil`; with 0, no longer.
    event SplitOffered(uint256 indexed jobId, address indexed party, uint256 share, uint256 validUntil);
    /// @notice The job ended with `share` percent for the provider's side.
    event Finalised(uint256 indexed jobId, uint256 share);
    /// @notice The dispute's bonds were divided, after the arbitrator's fee.
    event BondsReturned(uint256 indexed jobId, uint256 toClient, uint256 toProvider);
    /// @notice Something waits for `withdraw`.
    event Credited(address indexed token, address indexed account, uint256 amount);
    /// @notice A credit was paid out.
    event Withdrawn(address indexed token, address indexed account, address indexed to, uint256 amount);

    /// @notice The periods do not fit into what the escrow allows, or one of them is zero.
    error OptimisticEvaluator_InvalidPeriods(uint256 total, uint256 longest);
    /// @notice The bond is 0 or the penalty above 10,000 basis points.
    error OptimisticEvaluator_InvalidBond(uint256 bond, uint256 penaltyBps);
    /// @notice The job is not submitted work that this contract is to judge.
    error OptimisticEvaluator_NotUnderReview(uint256 jobId);
    /// @notice The sender is not the party that may do this.
    error OptimisticEvaluator_Unauthorized(uint256 jobId, address sender);
    /// @notice The dispute stands elsewhere.
    error OptimisticEvaluator_UnexpectedPhase(uint256 jobId, Phase phase);
    /// @notice The time for this has passed.
    error OptimisticEvaluator_DeadlinePassed(uint256 jobId, uint256 deadline);
    /// @notice The time for this has not come.
    error OptimisticEvaluator_DeadlineNotReached(uint256 jobId, uint256 deadline);
    /// @notice Jobs are not disputed here below `minimum` base units, or in another token than JOB_TOKEN.
    error OptimisticEvaluator_NotDisputable(uint256 jobId, address token, uint256 amount);
    /// @notice Another bond arrived than BOND.
    error OptimisticEvaluator_IncorrectBond(uint256 expected, uint256 received);
    /// @notice The arbitrator asks for more than a bond covers. Try again when it is cheaper.
    error OptimisticEvaluator_FeeAboveBond(uint256 fee, uint256 bond);
    /// @notice The arbitrator gave a number that it had given before.
    error OptimisticEvaluator_DisputeExists(uint256 disputeID);
    /// @notice Only the arbitrator rules.
    error OptimisticEvaluator_OnlyArbitrator(address sender);
    /// @notice A share is a whole percentage.
    error OptimisticEvaluator_InvalidShare(uint256 share);
    /// @notice The other side offers no such division, or no longer.
    error OptimisticEvaluator_NoSuchOffer(uint256 jobId, uint256 share);
    /// @notice The party has put forward as much as it may.
    error OptimisticEvaluator_TooMuchEvidence(uint256 jobId, address party);
    /// @notice The job has not ended otherwise.
    error OptimisticEvaluator_JobNotEnded(uint256 jobId);
    /// @notice There is nothing to withdraw.
    error OptimisticEvaluator_NothingToWithdraw(address token, address account);
    /// @notice The recipient is the zero address or this contract.
    error OptimisticEvaluator_InvalidRecipient(address to);
    /// @notice The coin could not be sent.
    error OptimisticEvaluator_TransferFailed(address to, uint256 amount);

    // ─────────────────────────── without a dispute ───────────────────────────

    /// @notice Accepts the work, and the provider is paid. Client only, during review.
    /// @param jobId The job.
    function accept(uint256 jobId) external;

    /// @notice Carries out how the phase ends: silence, a default, or the ruling. Anyone, once it has ended.
    /// If the escrow cannot take it now (a hook refuses, say), it can be called again.
    /// @dev Reverts with OptimisticEvaluator_NotUnderReview, OptimisticEvaluator_DeadlineNotReached or the escrow's
    /// own error.
    /// @param jobId The job.
    function finalise(uint256 jobId) external;

    // ─────────────────────────── with one ───────────────────────────

    /// @notice Objects to the work and locks a bond. Client only, during review; jobs of at least MIN_AMOUNT in
    /// JOB_TOKEN. A bond in the chain's coin is sent along, one in a token taken by allowance.
    /// @param jobId The job.
    function dispute(uint256 jobId) external payable;

    /// @notice Stands by the work and locks a bond. Provider only, within the response period. Does not depend on the
    /// arbitrator: that is asked by `escalate`.
    /// @param jobId The job.
    function contest(uint256 jobId) external payable;

    /// @notice Puts the case before the arbitrator and pays it out of the bonds. Anyone, while contested; can be
    /// repeated until it succeeds.
    /// @dev Reverts with OptimisticEvaluator_FeeAboveBond, OptimisticEvaluator_DisputeExists or the arbitrator's error.
    /// @param jobId The job.
    /// @return disputeID The arbitrator's number of the case.
    function escalate(uint256 jobId) external returns (uint256 disputeID);

    /// @notice Gives in: the client pays in full, or the provider refunds in full. Either party, from the dispute on
    /// until it is ruled. Whoever has a bond loses of it as if ruled against, so that objecting and then giving in is
    /// not free.
    /// @param jobId The job.
    function concede(uint256 jobId) external;

    /// @notice Offers the other side a division, in place of any offer before. Either party, until it is ruled.
    /// @param jobId The job.
    /// @param share Percent of the deposit to the provider's side, 0 to 100.
    /// @param validUntil Last second at which it can be taken; 0 withdraws the offer.
    function offerSplit(uint256 jobId, uint256 share, uint40 validUntil) external;

    /// @notice Takes the division that the other side offers. The other party, until it is ruled.
    /// @param jobId The job.
    /// @param share What the offer must say: it cannot be changed under the one who takes it.
    function acceptSplit(uint256 jobId, uint256 share) external;

    /// @notice Puts something forward for the arbitrator to read. Either party, while a dispute lives; a bounded number
    /// of times each.
    /// @param jobId The job.
    /// @param evidence URI of an ERC-1497 evidence file, with its hash where the scheme does not carry one.
    function submitEvidence(uint256 jobId, string calldata evidence) external;

    /// @notice Divides the bonds of a dispute whose job ended without it, by the clock. Anyone.
    /// @param jobId The job.
    function releaseBonds(uint256 jobId) external;

    // ─────────────────────────── credits ───────────────────────────

    /// @notice Sends all of the sender's credit to any account.
    /// @param token The token; zero for the chain's coin.
    /// @param to Who receives it; neither zero nor this contract.
    function withdraw(address token, address to) external returns (uint256 amount);

    /// @notice Sends all of an account's credit to that very account. Anyone.
    /// @param token The token; zero for the chain's coin.
    /// @param account Whose credit it is, and who receives it.
    function deliver(address token, address account) external returns (uint256 amount);

    // ─────────────────────────── views ───────────────────────────

    /// @notice The dispute over a job; all zero if there never was one.
    function disputeOf(uint256 jobId) external view returns (Dispute memory);
    /// @notice What a party offers.
    function splitOfferOf(uint256 jobId, address party) external view returns (SplitOffer memory);
    /// @notice What `account` can withdraw.
    function withdrawable(address token, address account) external view returns (uint256);
    /// @notice The escrow whose jobs are judged here.
    function ESCROW() external view returns (address);
    /// @notice Who decides what is contested.
    function ARBITRATOR() external view returns (address);
    /// @notice Seconds that the client has to object, from submission on.
    function REVIEW_PERIOD() external view returns (uint256);
    /// @notice Seconds that the provider has to contest.
    function RESPONSE_PERIOD() external view returns (uint256);
    /// @notice Seconds after which a contested job is divided in halves if nobody has ruled.
    function ARBITRATION_PERIOD() external view returns (uint256);
    /// @notice What bonds and the arbitrator's fee are paid in; zero for the chain's coin.
    function BOND_TOKEN() external view returns (address);
    /// @notice Each side's bond. It covers the arbitrator's fee.
    function BOND() external view returns (uint256);
    /// @notice Basis points of what the fee leaves of the loser's bond that go to the winner.
    function PENALTY_BPS() external view returns (uint256);
    /// @notice The token of jobs that can be disputed here.
    function JOB_TOKEN() external view returns (address);
    /// @notice The least deposit that can be disputed, in base units of JOB_TOKEN.
    function MIN_AMOUNT() external view returns (uint256);
}
