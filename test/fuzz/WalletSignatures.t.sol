// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Authorization} from "../../contracts/types/WalletTypes.sol";
import {Offer} from "../../contracts/types/JobTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzWallet} from "./FuzzWallet.sol";

/// @notice What the wallet answers for: an offer that a key signed, and what was charged. Nothing that is made up.
contract WalletSignaturesFuzz is FuzzWallet {
    bytes1 private constant OFFER = 0x01;
    bytes1 private constant CONSENT = 0x02;
    bytes1 private constant RESERVE = 0x03;
    uint256 private constant OFFER_WORDS = 19;

    bytes private _granted;

    function setUp() public override {
        super.setUp();
        _granted = _grant(_policy());
    }

    function testFuzz_BytesAreNoSignature(bytes32 digest, bytes memory blob, uint8 kind) external view {
        vm.assertTrue(!_accepts(digest, blob), "bytes are accepted");
        vm.assertTrue(!_accepts(digest, bytes.concat(bytes1(kind % 5), blob)), "bytes of some kind are accepted");
    }

    /// @notice Neither key nor owner can sign for the wallet what it does not know the meaning of.
    function testFuzz_SignaturesOfAnyDigestAreNone(bytes32 digest, uint256 deadline) external view {
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory signature = _sign(i == 0 ? OWNER_KEY : AGENT_KEY, digest);
            vm.assertTrue(!_accepts(digest, signature), "a plain signature is accepted");
            bytes memory offer = abi.encode(key, _granted, address(escrow), _walletsOffer(deadline), signature);
            vm.assertTrue(!_accepts(digest, bytes.concat(OFFER, offer)), "accepted for an offer");
            bytes memory consent = abi.encode(providerAgent, owner, deadline, signature);
            vm.assertTrue(!_accepts(digest, bytes.concat(CONSENT, consent)), "accepted for a consent");
            vm.assertTrue(!_accepts(digest, abi.encodePacked(RESERVE, key)), "accepted for a reserve");
            vm.assertTrue(!_accepts(digest, abi.encodePacked(RESERVE, key, signature)), "accepted for a reserve");
        }
    }

    /// @notice Exactly the offer that the key signed, in whose name the wallet works, and no field of it otherwise.
    function testFuzz_OfferOnlyAsItWasSigned(uint256 salt, uint256 field, uint256 noise) external view {
        Offer memory offer = _walletsOffer(salt);
        bytes32 digest = _offerDigest(offer);
        bytes memory signature = _sign(AGENT_KEY, digest);
        vm.assertTrue(_accepts(digest, _offerBlob(offer, signature)), "a signed offer is refused");
        vm.assertTrue(!_accepts(digest, _offerBlob(offer, _sign(OWNER_KEY, digest))), "the owner is no key");
        Offer memory other = abi.decode(_withWord(abi.encode(offer), field % OFFER_WORDS, noise), (Offer));
        if (_offerDigest(other) == digest) return;
        vm.assertTrue(!_accepts(digest, _offerBlob(other, signature)), "another offer is accepted");
        vm.assertTrue(!_accepts(_offerDigest(other), _offerBlob(other, signature)), "the key did not sign this");
        other.provider = provider;
        digest = _offerDigest(other);
        signature = _sign(AGENT_KEY, digest);
        vm.assertTrue(!_accepts(digest, _offerBlob(other, signature)), "another's offer is accepted");
    }

    /// @notice A charge answers for its own digest, with its own key, and for nothing near it.
    function testFuzz_ReserveAnswersForOneDigest(
        uint256 value,
        uint256 validBefore,
        uint8 bit,
        address other
    ) external {
        Authorization memory authorization = _authorization(
            bound(value, 0, type(uint96).max),
            bound(validBefore, 0, type(uint40).max)
        );
        vm.prank(key);
        bytes32 digest = wallet.reserve(_granted, authorization, providerAgent);
        bytes memory signature = abi.encodePacked(RESERVE, key);
        vm.assertTrue(_accepts(digest, signature), "what was charged is refused");
        vm.assertTrue(!_accepts(digest ^ bytes32(uint256(1) << bit), signature), "another digest is accepted");
        vm.assertTrue(!_accepts(digest, bytes.concat(signature, "x")), "a longer signature is accepted");
        if (other != key) vm.assertTrue(!_accepts(digest, abi.encodePacked(RESERVE, other)), "another key is accepted");
        vm.prank(guardian);
        wallet.freeze();
        vm.assertTrue(!_accepts(digest, signature), "accepted while frozen");
    }

    /// @notice The token takes a reserve once, at its value, in its time.
    function testFuzz_ReserveIsPaidOnce(uint256 value, uint256 validBefore) external {
        Authorization memory authorization = _authorization(
            bound(value, 0, type(uint96).max),
            bound(validBefore, NOW - 1, NOW + 2)
        );
        vm.prank(key);
        wallet.reserve(_granted, authorization, providerAgent);
        uint256 before = stable.balanceOf(provider);
        bool due = authorization.validBefore > NOW;
        vm.assertEq(_present(authorization), due, "paid at another time");
        vm.assertTrue(!_present(authorization), "paid twice");
        vm.assertEq(stable.balanceOf(provider) - before, due ? authorization.value : 0, "another amount was paid");
    }

    function _present(Authorization memory authorization) private returns (bool success) {
        bytes memory data = abi.encodeWithSignature(
            "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
            address(wallet),
            authorization.to,
            authorization.value,
            authorization.validAfter,
            authorization.validBefore,
            authorization.nonce,
            abi.encodePacked(RESERVE, key)
        );
        (success, ) = address(stable).call(data);
    }

    function _walletsOffer(uint256 salt) private view returns (Offer memory offer) {
        offer = _offer(1e6);
        (offer.provider, offer.providerAgentId, offer.salt) = (address(wallet), 0, salt);
    }

    function _offerBlob(Offer memory offer, bytes memory signature) private view returns (bytes memory) {
        return bytes.concat(OFFER, abi.encode(key, _granted, address(escrow), offer, signature));
    }

    /// @dev Changes the lowest byte of a word, in which every field of an offer has bits; flags by their one.
    function _withWord(bytes memory encoded, uint256 index, uint256 noise) private pure returns (bytes memory) {
        uint256 change = index == 14 ? 1 : 1 + (noise % 255);
        assembly ("memory-safe") {
            let word := add(add(encoded, 0x20), mul(index, 0x20))
            mstore(word, xor(mload(word), change))
        }
        return encoded;
    }
}
