// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IERC3009
/// @notice What can be asked of a token with ERC-3009 authorizations without using one.
interface IERC3009 {
    /// @notice True once the authorizer's nonce was used or cancelled.
    function authorizationState(address authorizer, bytes32 nonce) external view returns (bool);

    /// @notice The token's EIP-712 domain separator.
    function DOMAIN_SEPARATOR() external view returns (bytes32);
}
