// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IAgentWallet} from "../interfaces/IAgentWallet.sol";
import {IERC3009} from "../interfaces/IERC3009.sol";
import {Offers} from "../libraries/Offers.sol";
import {Offer} from "../types/JobTypes.sol";
import {Authorization, Intent} from "../types/WalletTypes.sol";
import {WalletLimits} from "./WalletLimits.sol";

/// @title WalletSignatures
/// @notice What the wallet answers for (ERC-1271), and how digests are built. A general check of a key's signature
/// would let any protocol that asks for one spend past every limit; so nothing is accepted whose meaning the
/// wallet does not know: it builds each digest itself, or has charged it before.
abstract contract WalletSignatures is WalletLimits, EIP712 {
    /// @dev What follows the first byte of an offer's signature.
    struct SignedOffer {
        address key;
        bytes policy;
        address escrow;
        Offer offer;
        bytes signature;
    }

    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant ESCROW_NAME_HASH = keccak256("AgentMarketJobEscrow");
    bytes32 private constant REGISTRY_NAME_HASH = keccak256("ERC8004IdentityRegistry");
    bytes32 private constant VERSION_HASH = keccak256("1");
    bytes32 private constant AGENT_WALLET_SET_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );
    bytes32 private constant TRANSFER_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant INTENT_TYPEHASH = keccak256(
        "Intent(address key,bytes call,uint256 nonce,uint256 deadline,uint256 epoch)"
    );

    bytes1 private constant OFFER = 0x01;
    bytes1 private constant WALLET_CONSENT = 0x02;
    bytes1 private constant RESERVE = 0x03;
    bytes4 private constant REFUSED = 0xffffffff;

    // ─────────────────────────── reserves ───────────────────────────

    /// @inheritdoc IAgentWallet
    function release(address key, Authorization calldata authorization, bool hiring) external {
        // Checks
        bytes32 digest = _authorizationHash(authorization, hiring);
        if (_storage().reserves[key][digest] == bytes32(0)) revert AgentWallet_NotReserved(digest);
        if (
            block.timestamp < authorization.validBefore ||
            IERC3009(authorization.token).authorizationState(address(this), authorization.nonce)
        ) revert AgentWallet_NotReleasable(digest);

        // Effects: a window's sum is left alone, as a reserve never outlasts its window.
        delete _storage().reserves[key][digest];
        _storage().usage[key][authorization.token] -= _pack(0, 0, authorization.value); // was charged, and so is in it
        emit ReserveReleased(key, authorization.token, digest, authorization.value);
    }

    /// @inheritdoc IAgentWallet
    function isReserved(address key, bytes32 digest) public view returns (bool) {
        bytes32 reserved = _storage().reserves[key][digest];
        return reserved != bytes32(0) && reserved == _reserveHash(key);
    }

    /// @dev Makes the wallet answer for an authorization that was charged in the window that is over at `windowEnd`: if it
    /// could be used later, one window's cap would leave in the next.
    function _reserve(
        address key,
        uint256 expiresAt,
        uint256 windowEnd,
        Authorization calldata authorization,
        bytes32 digest
    ) internal {
        // Checks
        uint256 latest = expiresAt < windowEnd ? expiresAt : windowEnd;
        if (authorization.validBefore > latest) {
            revert AgentWallet_ReserveTooLong(authorization.validBefore, latest);
        }
        if (_storage().reserves[key][digest] != bytes32(0)) revert AgentWallet_AlreadyReserved(digest);

        // Effects
        _storage().reserves[key][digest] = _reserveHash(key);

        // Interactions: the digest binds the token by its address already; this only tells a wrong name from a right one.
        bytes32 asked = IERC3009(authorization.token).DOMAIN_SEPARATOR();
        bytes32 built = _domainOf(authorization);
        if (asked != built) revert AgentWallet_WrongDomain(authorization.token, asked);
    }

    function _authorizationHash(Authorization calldata authorization, bool hiring) internal view returns (bytes32) {
        return
            MessageHashUtils.toTypedDataHash(
                _domainOf(authorization),
                keccak256(
                    abi.encode(
                        hiring ? RECEIVE_TYPEHASH : TRANSFER_TYPEHASH,
                        address(this),
                        authorization.to,
                        authorization.value,
                        authorization.validAfter,
                        authorization.validBefore,
                        authorization.nonce
                    )
                )
            );
    }

    // ─────────────────────────── ERC-1271 ───────────────────────────

    /// @inheritdoc IAgentWallet
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (signature.length == 0) return REFUSED;
        bytes1 kind = signature[0];
        bool accepted = false;
        if (kind == RESERVE) accepted = signature.length == 21 && isReserved(address(bytes20(signature[1:])), digest);
        else if (kind == OFFER) accepted = _isOffer(digest, signature[1:]);
        else if (kind == WALLET_CONSENT) accepted = _isWalletConsent(digest, signature[1:]);
        return accepted ? IERC1271.isValidSignature.selector : REFUSED;
    }

    function _isOffer(bytes32 digest, bytes calldata data) private view returns (bool) {
        SignedOffer calldata signed;
        // What abi.decode would do, without a copy of it all; reading a member checks its bounds.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            signed := data.offset
        }
        return
            _isGranted(signed.key, signed.policy) &&
            signed.offer.provider == address(this) &&
            _contains(_decoded(signed.policy).escrows, signed.escrow) &&
            digest == _offerHash(signed.escrow, signed.offer) &&
            _isSignedBy(signed.key, digest, signed.signature);
    }

    function _isWalletConsent(bytes32 digest, bytes calldata data) private view returns (bool) {
        (uint256 agentId, address agentOwner, uint256 deadline, bytes memory signature) = abi.decode(
            data,
            (uint256, address, uint256, bytes)
        );
        bytes32 structHash = keccak256(
            abi.encode(AGENT_WALLET_SET_TYPEHASH, agentId, address(this), agentOwner, deadline)
        );
        return
            digest == _typedHash(REGISTRY_NAME_HASH, address(_REGISTRY), structHash) &&
            _isSignedBy(owner(), digest, signature);
    }

    /// @inheritdoc IAgentWallet
    function intentHash(Intent calldata intent) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        INTENT_TYPEHASH,
                        intent.key,
                        keccak256(intent.call),
                        intent.nonce,
                        intent.deadline,
                        intent.epoch
                    )
                )
            );
    }

    /// @dev An account's key first, then ERC-1271; but never by asking this wallet what it answers for itself.
    function _isSignedBy(address signer, bytes32 digest, bytes memory signature) internal view returns (bool) {
        // slither-disable-next-line unused-return: the third value only details a failure
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return signer != address(this) && SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
    }

    function _offerHash(address escrow, Offer calldata offer) internal view returns (bytes32) {
        return _typedHash(ESCROW_NAME_HASH, escrow, Offers.structHash(offer));
    }

    function _typedHash(bytes32 nameHash, address verifier, bytes32 structHash) private view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_domain(nameHash, VERSION_HASH, verifier), structHash);
    }

    function _domainOf(Authorization calldata authorization) private view returns (bytes32) {
        bytes32 nameHash = keccak256(bytes(authorization.name));
        return _domain(nameHash, keccak256(bytes(authorization.version)), authorization.token);
    }

    function _domain(bytes32 nameHash, bytes32 versionHash, address verifier) private view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, nameHash, versionHash, block.chainid, verifier));
    }

    function _reserveHash(address key) private view returns (bytes32) {
        return keccak256(abi.encode(_storage().grants[key], _storage().epoch));
    }
}
