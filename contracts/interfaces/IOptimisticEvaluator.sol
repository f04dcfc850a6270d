// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DisputeState, Phase, SplitOffer} from "../types/DisputeTypes.sol";
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
/// | Review | REVIEW_PERIOD after submission | client: `accept`, `dispute` | `finalise`: the provider is paid |
/// | Disputed | RESPONSE_PERIOD after the dispute | provider: `contest`; either: `concede` | `finalise`: the client is refunded |
/// | Contested | ESCALATION_PERIOD after it was contested | either: `escalate`, `concede` | `finalise`: half each |
/// | Escalated | ARBITRATION_PERIOD after the escalation | arbitrator: `rule`; either: `concede` | `finalise`: half each |
/// | Ruled | | | `finalise`: as ruled |
///
/// In each phase but the last, before its deadline, either side can offer a division (`offerSplit`) and the other take
/// it (`acceptSplit`). From the deadline on only `finalise` is left, which is anyone's, so that nobody has to race it;
/// and `accept`, which after the review does the same.
/// @dev Bonds are all alike. When a dispute ends, each side bears the arbitrator's fee in proportion to what it lost;
/// of what is left of its bond, the side that lost more than half gives the other PENALTY_BPS, in proportion to how
/// clearly it lost. Giving in counts as losing everything. A division that both agreed to has no penalty.
/// Amounts are base units of BOND_TOKEN (wei if that is zero), shares percent of the deposit to the provider's side,
/// rounded down, times Unix seconds. Senders are ERC-2771 senders, but for `rule`. What is said of a job's money and
/// record stands in IJobEscrow; where a call ends the job, the escrow's own errors pass through.
interface IOptimisticEvaluator is IEvaluator, IArbitrable {
    // ─────────────────────────── events ───────────────────────────

    /// @notice The client objected, and locked its bond.
    event Disputed(uint256 indexed jobId, address indexed client, uint256 deadline);
    /// @notice The provider stands by its work, and locked its bond.
    event Contested(uint256 indexed jobId, address indexed provider, uint256 deadline);
    /// @notice The case is before the arbitrator, which was paid `fee` out of the bonds.
    event Escalated(uint256 indexed jobId, uint256 indexed disputeID, uint256 fee, uint256 deadline);
    /// @notice The ruling counts: `share` percent for the provider's side.
    event Ruled(uint256 indexed jobId, uint256 indexed disputeID, uint256 share);
    /// @notice ERC-1497: what the arbitrator is asked in every dispute, as a file.
    event MetaEvidence(uint256 indexed metaEvidenceID, string evidence);
    /// @notice ERC-1497: the case that the arbitrator knows by `disputeID` is about the job `evidenceGroupID`.
    event Dispute(
        address indexed arbitrator,
        uint256 indexed disputeID,
        uint256 metaEvidenceID,
        uint256 evidenceGroupID
    );
    /// @notice ERC-1497: a party put something forward. The job is the group that evidence belongs to.
    event Evidence(address indexed arbitrator, uint256 indexed evidenceGroupID, address indexed party, string evidence);
    /// @notice What was put forward, beside ERC-1497's event: the file's hash, which the party vouches for.
    event EvidenceSubmitted(uint256 indexed jobId, address indexed party, bytes32 hash);
    /// @notice One side would take this division until `validUntil`, or until `phase` ends; with 0, no longer.
    event SplitOffered(uint256 indexed jobId, address indexed party, uint256 share, uint256 validUntil, Phase phase);
    /// @notice The job ended with `share` percent for the provider's side. Not emitted by `accept`, which the escrow's
    /// JobCompleted tells already.
    event Finalised(uint256 indexed jobId, uint256 share);
    /// @notice The dispute ended and its bonds were divided, after the arbitrator's fee.
    event BondsReturned(uint256 indexed jobId, uint256 toClient, uint256 toProvider);
    /// @notice A part of the bonds waits for `withdraw`.
    event Credited(address indexed account, uint256 amount);
    /// @notice A credit was paid out.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    /// @notice An evaluator's fee is the provider's, once it has arrived.
    event FeeOwed(address indexed token, address indexed provider, uint256 amount);
    /// @notice Fees were paid out.
    event FeesPaid(address indexed token, address indexed provider, address indexed to, uint256 amount);

    // ─────────────────────────── errors ───────────────────────────

    /// @notice The periods and the day after them do not fit into what the escrow allows, or one of them is zero.
    error OptimisticEvaluator_InvalidPeriods(uint256 total, uint256 longest);
    /// @notice The arbitrator publishes that it can take longer than it would be given.
    error OptimisticEvaluator_ArbitrationTooShort(uint256 period, uint256 longestDispute);
    /// @notice The bond is 0 or does not fit into 96 bits, or the penalty is above 10,000 basis points.
    error OptimisticEvaluator_InvalidBond(uint256 bond, uint256 penaltyBps);
    /// @notice The least deposit worth a dispute is 0, or less than two bonds in the same token.
    error OptimisticEvaluator_InvalidMinimum(uint256 minAmount, uint256 least);
    /// @notice A share is a whole percentage.
    error OptimisticEvaluator_InvalidShare(uint256 share);
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
    /// @notice The job is in another token than JOB_TOKEN, or below MIN_AMOUNT where such jobs are paid by silence.
    error OptimisticEvaluator_NotDisputable(uint256 jobId, address token, uint256 amount);
    /// @notice Another bond arrived than the one that is due.
    error OptimisticEvaluator_IncorrectBond(uint256 expected, uint256 received);
    /// @notice The arbitrator asks for more than a bond covers. Try again when it is cheaper.
    error OptimisticEvaluator_FeeAboveBond(uint256 fee, uint256 bond);
    /// @notice The arbitrator gave a number that it had given before.
    error OptimisticEvaluator_DisputeExists(uint256 disputeID);
    /// @notice Only the arbitrator rules.
    error OptimisticEvaluator_OnlyArbitrator(address sender);
    /// @notice The other side offers no such division, or no longer.
    error OptimisticEvaluator_NoSuchOffer(uint256 jobId, uint256 share);
    /// @notice The party has put forward as much as it may.
    error OptimisticEvaluator_TooMuchEvidence(uint256 jobId, address party);
    /// @notice The job has not ended.
    error OptimisticEvaluator_JobNotEnded(uint256 jobId);
    /// @notice Nothing is there for this account, or nothing of it has arrived yet.
    error OptimisticEvaluator_NothingToWithdraw(address token, address account);
    /// @notice The recipient is the zero address or this contract.
    error OptimisticEvaluator_InvalidRecipient(address to);
    /// @notice The recipient refused the coin; or the token moved nothing, or took more than was sent.
    error OptimisticEvaluator_TransferFailed(address token, address to, uint256 amount);

    // ─────────────────────────── without a dispute ───────────────────────────

    /// @notice Pays the provider in full, at once. Client only, while nobody has objected; also after the review, when
    /// `finalise` would do the same.
    /// @dev Reverts with OptimisticEvaluator_Unauthorized, OptimisticEvaluator_UnexpectedPhase or the escrow's error.
    /// @param jobId The job.
    function accept(uint256 jobId) external;

    /// @notice Ends the job as silence or the ruling has it. Anyone, from the phase's deadline on; at once after a
    /// ruling. What cannot be carried out now (a hook refuses, say) can be carried out later.
    /// @dev Reverts with OptimisticEvaluator_NotUnderReview, OptimisticEvaluator_DeadlineNotReached or the escrow's error.
    /// @param jobId The job.
    function finalise(uint256 jobId) external;

    /// @notice Gives the review its whole time before the escrow's clock ends the job, where it does not have it: a job
    /// that was funded before this contract was deployed was given an hour only. Anyone, in Review.
    /// @dev Reverts with OptimisticEvaluator_NotUnderReview, OptimisticEvaluator_UnexpectedPhase or the escrow's error.
    /// @param jobId The job.
    function secureReview(uint256 jobId) external;

    // ─────────────────────────── with one ───────────────────────────

    /// @notice Objects to the work and locks a bond. Client only, during review; jobs in JOB_TOKEN. A bond in the
    /// chain's coin is sent along, one in a token taken by allowance. A job below MIN_AMOUNT takes no bond and ends at
    /// once, SMALL_JOB_SHARE percent for the provider; where that is 100, it cannot be disputed.
    /// @dev Reverts with OptimisticEvaluator_NotUnderReview, OptimisticEvaluator_Unauthorized,
    /// OptimisticEvaluator_UnexpectedPhase, OptimisticEvaluator_DeadlinePassed, OptimisticEvaluator_NotDisputable,
    /// OptimisticEvaluator_IncorrectBond or the error of the token or the escrow.
    /// @param jobId The job.
    function dispute(uint256 jobId) external payable;

    /// @notice Stands by the work and locks a bond. Provider only, while Disputed. Does not depend on the arbitrator:
    /// that is called by `escalate`.
    /// @dev Reverts as `dispute` does, but for OptimisticEvaluator_NotDisputable.
    /// @param jobId The job.
    function contest(uint256 jobId) external payable;

    /// @notice Puts the case before the arbitrator and pays it out of the bonds. Either party, while Contested; can be
    /// repeated until it succeeds.
    /// @dev Reverts with OptimisticEvaluator_NotUnderReview, OptimisticEvaluator_Unauthorized,
    /// OptimisticEvaluator_UnexpectedPhase, OptimisticEvaluator_DeadlinePassed, OptimisticEvaluator_FeeAboveBond,
    /// OptimisticEvaluator_DisputeExists, OptimisticEvaluator_TransferFailed or the arbitrator's error.
    /// @param jobId The job.
    /// @return disputeID The arbitrator's number of the case.
    function escalate(uint256 jobId) external returns (uint256 disputeID);

    /// @notice Gives in: the client pays in full, or the provider refunds in full. Either party, while Disputed,
    /// Contested or Escalated. Whoever has a bond loses of it as if ruled against, so that objecting and then giving in
    /// is not free.
    /// @dev Reverts with OptimisticEvaluator_NotUnderReview, OptimisticEvaluator_Unauthorized,
    /// OptimisticEvaluator_UnexpectedPhase, OptimisticEvaluator_DeadlinePassed or the escrow's error.
    /// @param jobId The job.
    function concede(uint256 jobId) external;

    /// @notice Offers the other side a division, in place of any offer before. Either party, in any phase before a
    /// ruling. The offer ends with the phase: what was offered before the arbitrator was paid is not meant for after.
    /// @dev Reverts with OptimisticEvaluator_NotUnderReview, OptimisticEvaluator_Unauthorized,
    /// OptimisticEvaluator_UnexpectedPhase, OptimisticEvaluator_DeadlinePassed or OptimisticEvaluator_InvalidShare.
    /// @param jobId The job.
    /// @param share Percent of the deposit to the provider's side, 0 to 100.
    /// @param validUntil Last second at which it can be taken; 0 withdraws the offer.
    function offerSplit(uint256 jobId, uint256 share, uint40 validUntil) external;

    /// @notice Takes the division that the other side offers. The other party, in the phase of the offer and before its
    /// deadline. Ends the job; bonds return whole, or less the arbitrator's fee if it has been paid.
    /// @dev Reverts as `concede` does, and with OptimisticEvaluator_NoSuchOffer.
    /// @param jobId The job.
    /// @param share What the offer must say: it cannot be changed under the one who takes it.
    function acceptSplit(uint256 jobId, uint256 share) external;

    /// @notice Puts something forward for the arbitrator to read. Either party, while Disputed, Contested or Escalated;
    /// up to 16 times each.
    /// @dev Reverts with OptimisticEvaluator_NotUnderReview, OptimisticEvaluator_Unauthorized,
    /// OptimisticEvaluator_UnexpectedPhase, OptimisticEvaluator_DeadlinePassed or OptimisticEvaluator_TooMuchEvidence.
    /// @param jobId The job.
    /// @param uri Where the ERC-1497 evidence file is.
    /// @param hash keccak256 of the file.
    function submitEvidence(uint256 jobId, string calldata uri, bytes32 hash) external;

    /// @notice Divides the bonds of a dispute whose job the escrow's clock has ended: as ruled; or back to where they
    /// came from, each less half of the arbitrator's fee. Anyone.
    /// @dev Reverts with OptimisticEvaluator_JobNotEnded or OptimisticEvaluator_UnexpectedPhase.
    /// @param jobId The job.
    function releaseBonds(uint256 jobId) external;

    // ─────────────────────────── money that waits ───────────────────────────

    /// @notice Sends all of the sender's credit to any account.
    /// @dev Reverts with OptimisticEvaluator_InvalidRecipient, OptimisticEvaluator_NothingToWithdraw,
    /// OptimisticEvaluator_TransferFailed or the token's error.
    /// @param to Who receives it; neither zero nor this contract.
    /// @return amount Base units of BOND_TOKEN sent.
    function withdraw(address to) external returns (uint256 amount);

    /// @notice Sends all of an account's credit to that very account. Anyone.
    /// @dev Reverts as `withdraw` does.
    /// @param account Whose credit it is, and who receives it.
    /// @return amount Base units of BOND_TOKEN sent.
    function deliver(address account) external returns (uint256 amount);

    /// @notice Sends what has arrived of the sender's fees to any account. An offer may name an evaluator's fee; it is
    /// the provider's here. Fetches it from the escrow first, if it waits there.
    /// @dev Reverts as `withdraw` does. Never pays out of bonds or credits.
    /// @param token The jobs' token.
    /// @param to Who receives them; neither zero nor this contract.
    /// @return amount Base units of `token` sent; what has not arrived stays owed.
    function withdrawFees(address token, address to) external returns (uint256 amount);

    /// @notice Sends what has arrived of a provider's fees to that very provider. Anyone.
    /// @dev Reverts as `withdrawFees` does.
    /// @param token The jobs' token.
    /// @param provider Whose fees they are, and who receives them.
    /// @return amount Base units of `token` sent; what has not arrived stays owed.
    function sweepFees(address token, address provider) external returns (uint256 amount);

    // ─────────────────────────── views ───────────────────────────

    /// @notice The dispute over a job; all zero if there never was one.
    function disputeOf(uint256 jobId) external view returns (DisputeState memory);
    /// @notice The job that the arbitrator's dispute is about; 0 if there is none.
    function jobOf(uint256 disputeID) external view returns (uint256 jobId);
    /// @notice What a party offers, or last offered.
    function splitOfferOf(uint256 jobId, address party) external view returns (SplitOffer memory);
    /// @notice What `account` can withdraw, in base units of BOND_TOKEN.
    function withdrawable(address account) external view returns (uint256);
    /// @notice Fees that are the provider's, in base units of `token`, whether they have arrived or not.
    function feesOwed(address token, address provider) external view returns (uint256);
    /// @notice All bonds and credits that are held here, in base units of BOND_TOKEN.
    function reserved() external view returns (uint256);
    /// @notice The escrow whose jobs are judged here.
    function ESCROW() external view returns (address);
    /// @notice Who decides what is contested. Its rulings 1 to 5 mean 0, 25, 50, 75 and 100 percent; any other means half.
    function ARBITRATOR() external view returns (address);
    /// @notice Seconds that the client has to object, from submission on.
    function REVIEW_PERIOD() external view returns (uint256);
    /// @notice Seconds that the provider has to contest.
    function RESPONSE_PERIOD() external view returns (uint256);
    /// @notice Seconds that both have to call the arbitrator.
    function ESCALATION_PERIOD() external view returns (uint256);
    /// @notice Seconds that the arbitrator has to rule, from the escalation on.
    function ARBITRATION_PERIOD() external view returns (uint256);
    /// @notice What bonds and the arbitrator's fee are paid in; zero for the chain's coin.
    function BOND_TOKEN() external view returns (address);
    /// @notice Each side's bond. It covers the arbitrator's fee.
    function BOND() external view returns (uint256);
    /// @notice Basis points of what the fee leaves of the loser's bond that go to the winner.
    function PENALTY_BPS() external view returns (uint256);
    /// @notice The token of jobs that can be disputed here.
    function JOB_TOKEN() external view returns (address);
    /// @notice The least deposit worth a dispute, in base units of JOB_TOKEN.
    function MIN_AMOUNT() external view returns (uint256);
    /// @notice Percent of a smaller deposit that the provider gets if the client objects; with 100 it cannot object.
    function SMALL_JOB_SHARE() external view returns (uint256);
    /// @notice What the arbitrator is told with each dispute.
    function arbitratorExtraData() external view returns (bytes memory);
}
