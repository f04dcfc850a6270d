// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title KeyedDelegate
/// @notice Test double: code for accounts to delegate to (EIP-7702), which lets a second key sign for them (ERC-1271).
/// The key is part of the code, because a delegating account has storage of its own.
contract KeyedDelegate is IERC1271 {
    /// @notice Whose key signs.
    address public immutable KEY;

    /// @param key Whose key signs; an account without code.
    constructor(address key) {
        KEY = key;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return
            SignatureChecker.isValidSignatureNowCalldata(KEY, hash, signature)
                ? IERC1271.isValidSignature.selector
                : bytes4(0xffffffff);
    }
}
