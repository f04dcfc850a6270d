// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IEvaluator
/// @notice What a contract that evaluates jobs publishes about itself. Optional: an evaluator that does not answer
/// is given at least MIN_EVALUATION_PERIOD.
interface IEvaluator {
    /// @notice The longest time in seconds that this evaluator can take from a job's submission to its verdict.
    /// JobEscrow reads it when a job is funded and lets no job have less.
    function maxEvaluationPeriod() external view returns (uint256);
}
