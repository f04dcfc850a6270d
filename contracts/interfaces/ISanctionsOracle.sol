// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title ISanctionsOracle
/// @notice Tells which accounts are under sanctions, in the form of the oracles that stand on public chains.
interface ISanctionsOracle {
    /// @notice True if `account` is under sanctions.
    function isSanctioned(address account) external view returns (bool);
}
