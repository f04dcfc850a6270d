// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title ISettlementSource
/// @notice What an escrow answers to a ledger that asks whether a job's parties may leave feedback on it.
interface ISettlementSource {
    /// @notice The parties of a job that ended after work had been submitted against a deposit.
    struct SettledJob {
        address client;
        uint256 clientAgentId;
        uint32 clientEpoch;
        address provider;
        uint256 providerAgentId;
        uint32 providerEpoch;
        address token;
        /// Base units of `token` that had been deposited.
        uint256 amount;
        /// Basis points of what the provider's side was paid that were the evaluator's, if it judged.
        uint16 evaluatorFeeBps;
    }

    /// @notice The job's parties, if it gives them the right to feedback.
    /// @param jobId The job.
    /// @return eligible True if the job is terminal, reached Submitted, and its deposit was not zero.
    /// @return job The parties and what was at stake; meaningless unless eligible.
    function settledJob(uint256 jobId) external view returns (bool eligible, SettledJob memory job);
}
