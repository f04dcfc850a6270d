// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title AuthorizationToken
/// @notice Test double: the signature side of a big issuer's stablecoin. 6 decimals, open mint, ERC-2612 and ERC-3009,
/// each in the `(uint8 v, bytes32 r, bytes32 s)` and in the `(bytes signature)` form, and each for keys as well as for
/// ERC-1271 contracts. The EIP-712 domain is the token's name and version "1".
/// @dev OpenZeppelin's `ERC20TransferAuthorization` has the `bytes` forms too, but with sequential nonces; the issuers'
/// tokens take any 32 bytes as nonce, and the escrow uses the job's id. So this builds on its base `ERC3009`, whose
/// nonces are free, and adds what the base lacks: the `bytes` forms, ERC-1271, and validity that is always a time (the
/// base reads a value whose bit 47 is set in both bounds as a block number).
abstract contract AuthorizationToken is ERC20Permit, ERC3009 {
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    /// @notice Neither a key nor the code of `owner` signed this permit.
    error AuthorizationToken_InvalidPermit(address owner);

    constructor(string memory name_, string memory symbol_) ERC20(name_, symbol_) ERC20Permit(name_) {}

    /// @notice Creates `amount` base units for `account`. Open to anyone: this is a test double.
    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    /// @notice ERC-2612 with a signature of any length, as the issuers added for ERC-1271 owners.
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        bytes calldata signature
    ) external virtual {
        _permit(owner, spender, value, deadline, signature);
    }

    /// @notice ERC-3009 `transferWithAuthorization` with a signature of any length.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external virtual {
        _authorizedTransfer(from, to, value, validAfter, validBefore, nonce, signature);
    }

    /// @notice ERC-3009 `receiveWithAuthorization` with a signature of any length. The caller must be `to`.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external virtual {
        _authorizedReceive(from, to, value, validAfter, validBefore, nonce, signature);
    }

    /// @notice ERC-3009 `cancelAuthorization` with a signature of any length.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external virtual {
        _authorizedCancel(authorizer, nonce, signature);
    }

    /// @notice The version in the EIP-712 domain, published as the issuers' tokens do.
    function version() external pure returns (string memory) {
        return "1";
    }

    /// @inheritdoc ERC20Permit
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public virtual override {
        _permit(owner, spender, value, deadline, abi.encodePacked(r, s, v));
    }

    /// @inheritdoc ERC3009
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public virtual override {
        _authorizedTransfer(from, to, value, validAfter, validBefore, nonce, abi.encodePacked(r, s, v));
    }

    /// @inheritdoc ERC3009
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
    ) public virtual override {
        _authorizedReceive(from, to, value, validAfter, validBefore, nonce, abi.encodePacked(r, s, v));
    }

    /// @inheritdoc ERC3009
    function cancelAuthorization(
        address authorizer,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public virtual override {
        _authorizedCancel(authorizer, nonce, abi.encodePacked(r, s, v));
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        bytes memory signature
    ) internal virtual {
        if (block.timestamp > deadline) revert ERC2612ExpiredSignature(deadline);
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, _useNonce(owner), deadline));
        if (!SignatureChecker.isValidSignatureNow(owner, _hashTypedDataV4(structHash), signature)) {
            revert AuthorizationToken_InvalidPermit(owner);
        }
        _approve(owner, spender, value);
    }

    function _authorizedTransfer(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes memory signature
    ) internal virtual {
        bytes32 structHash = keccak256(
            abi.encode(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce)
        );
        _requireSignature(from, structHash, signature);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    function _authorizedReceive(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes memory signature
    ) internal virtual {
        bytes32 structHash = keccak256(
            abi.encode(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce)
        );
        _requireSignature(from, structHash, signature);
        if (to != _msgSender()) revert ERC20InvalidReceiver(to);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    function _authorizedCancel(address authorizer, bytes32 nonce, bytes memory signature) internal virtual {
        _requireSignature(
            authorizer,
            keccak256(abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce)),
            signature
        );
        _cancelAuthorization(authorizer, nonce);
    }

    /// @dev Both bounds are exclusive Unix times, as in ERC-3009.
    function _checkValidity(uint256 validAfter, uint256 validBefore) internal view virtual override {
        if (block.timestamp <= validAfter || block.timestamp >= validBefore) {
            revert ERC3009InvalidAuthorizationTime(validAfter, validBefore);
        }
    }

    function _requireSignature(address signer, bytes32 structHash, bytes memory signature) private view {
        if (!SignatureChecker.isValidSignatureNow(signer, _hashTypedDataV4(structHash), signature)) {
            revert ERC3009InvalidSignature();
        }
    }
}
