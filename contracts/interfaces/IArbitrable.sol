// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IArbitrable
/// @notice What an arbitrator calls when it has decided. ERC-792.
interface IArbitrable {
    /// @notice The arbitrator has ruled.
    event Ruling(address indexed arbitrator, uint256 indexed disputeID, uint256 ruling);

    /// @notice Takes a ruling. Arbitrator only, once per dispute.
    /// @param disputeID The dispute, by the arbitrator's count.
    /// @param ruling 0 for "refused to rule", else one of the choices.
    function rule(uint256 disputeID, uint256 ruling) external;
}
