// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Outcome, Role, Settlement, SettlementFacts} from "../types/SettlementTypes.sol";

/// @title IReputationLedger
/// @notice Facts about settled jobs, and feedback that cites them. Nothing here scores anybody.
/// @dev Facts are kept per (source, token, agent, ownership epoch, role). The source is the escrow that reported
/// them: readers choose whom they believe, and nobody can write under another's name.
interface IReputationLedger {
    /// @notice A settlement was recorded under `source`, whose own events tell the amounts of `jobId`.
    event SettlementRecorded(
        address indexed source,
        uint256 indexed providerAgentId,
        uint256 indexed clientAgentId,
        uint256 jobId,
        Outcome outcome
    );

    /// @notice Feedback number `feedbackIndex` of `clientAddress` on `agentId` cites a settled job.
    event JobFeedbackGiven(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed source,
        uint256 jobId,
        Role authorRole
    );

    /// @notice What vouches for a feedback entry. All zero for an entry that cites no job.
    struct JobMark {
        /// The escrow that confirmed the job.
        address source;
        /// Ownership epoch of the rated agent when the job was funded.
        uint32 epoch;
        /// In which role the author took part.
        Role authorRole;
        address token;
        /// Base units of `token` that had been deposited for the job.
        uint96 amount;
        uint256 jobId;
    }

    /// @notice The source says that this job gives nobody a right to feedback.
    error ReputationLedger_JobNotEligible(address source, uint256 jobId);
    /// @notice Only the job's client and provider may leave feedback on it.
    error ReputationLedger_NotAParty(address source, uint256 jobId, address caller);
    /// @notice The other side took part without an ERC-8004 identity, so there is nothing to rate.
    error ReputationLedger_CounterpartyHasNoAgent(address source, uint256 jobId);
    /// @notice Each side has one entry per job.
    error ReputationLedger_FeedbackAlreadyGiven(address source, uint256 jobId, address caller);
    /// @notice Job feedback is a whole number from 0 to 100.
    error ReputationLedger_ValueOutOfRange(int128 value);

    /// @notice Records a settlement under the sender. Anyone may call: what is written concerns only readers who
    /// trust the sender as a source. Never reverts for its content.
    /// @dev The source is `msg.sender`, not the ERC-2771 sender: no forwarder can speak for an escrow. Weight,
    /// completed jobs and counterparties count only if something was paid; partial, unjudged and declined ones only if
    /// something was refunded or a dispute is reported.
    /// @param settlement What happened; an agentId of 0 leaves that side unrecorded.
    function recordSettlement(Settlement calldata settlement) external;

    /// @notice Leaves feedback on the other side of a settled job, once per side. The sender must be the job's
    /// client (rating the provider's agent) or provider (rating the client's agent), as `source` confirms.
    /// @param source The escrow that settled the job; it is asked, and stored with the entry.
    /// @param jobId The job.
    /// @param value From 0 (worst) to 100 (best), without decimals.
    /// @param tag1 Free tag, as in `giveFeedback`.
    /// @param tag2 Free tag, as in `giveFeedback`.
    /// @param endpoint The endpoint that was used, as in `giveFeedback`.
    /// @param feedbackURI Further detail, as in `giveFeedback`.
    /// @param feedbackHash keccak256 of what the URI resolves to.
    /// @return feedbackIndex The entry's number among the sender's on that agent, from 1.
    /// @dev Reverts with ReputationLedger_ValueOutOfRange, ReputationLedger_JobNotEligible,
    /// ReputationLedger_NotAParty, ReputationLedger_CounterpartyHasNoAgent, ReputationLedger_FeedbackAlreadyGiven,
    /// FeedbackRegistry_SelfFeedback (the sender owns the rated agent or is its wallet) or ERC721NonexistentToken.
    function giveJobFeedback(
        address source,
        uint256 jobId,
        int128 value,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external returns (uint64 feedbackIndex);

    /// @notice All facts of one agent in one role, in one read.
    /// @param source The escrow that reported them.
    /// @param token The token the jobs were paid in.
    /// @param agentId The agent.
    /// @param epoch Ownership epoch; `AgentRegistry.ownershipEpoch` gives the current one.
    /// @param role In which role.
    function settlementsOf(
        address source,
        address token,
        uint256 agentId,
        uint32 epoch,
        Role role
    ) external view returns (SettlementFacts memory facts);

    /// @notice What vouches for a feedback entry; all zero for free talk.
    /// @param agentId The rated agent.
    /// @param clientAddress The entry's author.
    /// @param feedbackIndex The entry's number, from 1.
    function jobMarkOf(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    ) external view returns (JobMark memory mark);

    /// @notice True if that side of the job has used its one entry.
    function feedbackGiven(address source, uint256 jobId, Role authorRole) external view returns (bool);

    /// @notice What the first paid job between two parties adds to `SettlementFacts.weight`.
    function WEIGHT_UNIT() external view returns (uint256);
}
