// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title ERC1271Wallet
/// @notice Test double of a smart account: its owner's key signs for it (ERC-1271) and makes it call anything. It takes
/// ERC-721 tokens and native currency.
contract ERC1271Wallet is IERC1271, ERC721Holder {
    /// @notice Whose key signs.
    address public owner;

    /// @notice Only the owner may do this.
    error ERC1271Wallet_NotOwner(address caller, address owner);

    modifier onlyOwner() {
        if (msg.sender != owner) revert ERC1271Wallet_NotOwner(msg.sender, owner);
        _;
    }

    constructor(address owner_) {
        owner = owner_;
    }

    receive() external payable {}

    /// @notice Calls `target` with `data` and the value sent along; a failure comes back with its own error.
    function execute(address target, bytes calldata data) external payable onlyOwner returns (bytes memory returnData) {
        return Address.functionCallWithValue(target, data, msg.value);
    }

    /// @notice Hands the wallet over: from now on another key signs, and the old one's signatures stop being valid.
    function setOwner(address owner_) external onlyOwner {
        owner = owner_;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view override returns (bytes4) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(hash, signature);
        bool valid = failure == ECDSA.RecoverError.NoError && signer == owner;
        return valid ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
