// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC3009} from "./IERC3009.sol";

/// @title IERC3009Receiver
/// @notice ERC-3009 `receiveWithAuthorization` in both published forms, and the domain its digest is built with.
interface IERC3009Receiver is IERC3009 {
    /// @notice The form of ERC-3009. The caller must be `to`.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice The form that big issuers added for ERC-1271 payers. The caller must be `to`.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}
