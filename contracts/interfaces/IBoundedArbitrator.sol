// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IBoundedArbitrator
/// @notice What an arbitrator that never takes for ever publishes. Optional: ERC-792 knows no such bound.
interface IBoundedArbitrator {
    /// @notice The longest time in seconds from a dispute's creation until its ruling can be given, appeals included,
    /// whatever anybody does or leaves undone.
    function maxDisputeDuration() external view returns (uint256);
}
