// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

/// @title IArbitrator
/// @notice Who decides disputes: the functions of ERC-792 that an arbitrable contract needs, once paid in the chain's
/// coin as the standard has it, once in an ERC-20 token as Kleros v2 added.
interface IArbitrator {
    /// @notice A dispute was created, for `arbitrable` to be ruled on. ERC-792.
    event DisputeCreation(uint256 indexed disputeID, address indexed arbitrable);

    /// @notice Creates a dispute and pays for it in the chain's coin. ERC-792.
    /// @param choices How many rulings there are beside 0, "refused to rule".
    /// @param extraData What the arbitrator wants to know besides: panel, tier, and the like.
    /// @return disputeID The dispute, by the arbitrator's own count.
    function createDispute(uint256 choices, bytes calldata extraData) external payable returns (uint256 disputeID);

    /// @notice Creates a dispute and pays for it in a token, of which the sender has approved the fee.
    function createDispute(
        uint256 choices,
        bytes calldata extraData,
        IERC20 feeToken,
        uint256 feeAmount
    ) external returns (uint256 disputeID);

    /// @notice What a dispute costs now, in wei. ERC-792.
    function arbitrationCost(bytes calldata extraData) external view returns (uint256 cost);

    /// @notice What a dispute costs now, in base units of `feeToken`.
    function arbitrationCost(bytes calldata extraData, IERC20 feeToken) external view returns (uint256 cost);
}
