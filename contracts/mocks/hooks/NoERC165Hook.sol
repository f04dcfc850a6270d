// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title NoERC165Hook
/// @notice Test double: answers both callbacks and counts them, but has no `supportsInterface`, which ERC-8183's
/// normative interface does not ask for.
contract NoERC165Hook {
    /// @notice How many before-calls came.
    uint256 public beforeCount;

    /// @notice How many after-calls came.
    uint256 public afterCount;

    function beforeAction(uint256, bytes4, bytes calldata) external {
        ++beforeCount;
    }

    function afterAction(uint256, bytes4, bytes calldata) external {
        ++afterCount;
    }
}
