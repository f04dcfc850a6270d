// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IBoundedArbitrator
/// @notice What an arbitrator publishes that promises to rule in time. Optional: ERC-792 knows no such promise.
interface IBoundedArbitrator {
    /// @notice The longest time in seconds from the creation of a dispute to its ruling, if every call that anyone may
    /// make is made in time; appeals included.
    function maxDisputeDuration() external view returns (uint256);
}
