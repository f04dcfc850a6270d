// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../contracts/interfaces/IAgentWallet.sol";
import {AgentRef, CallScope, Policy, TokenLimit} from "../../contracts/types/WalletTypes.sol";
import {vm} from "../forge/Vm.sol";
import {FuzzWallet} from "./FuzzWallet.sol";

/// @notice A policy has one encoding: the one that the owner's grant made. Any other bytes are no policy.
contract WalletPoliciesFuzz is FuzzWallet {
    function testFuzz_PolicyIsGrantedUntilItExpires(uint256 seed) external {
        Policy memory policy = _randomPolicy(seed);
        bytes memory encoded = _grant(policy);
        vm.assertEq(wallet.isGranted(key, encoded), NOW < policy.expiresAt, "granted for another time");
        vm.assertTrue(!wallet.isGranted(provider, encoded), "granted to somebody else");
        if (policy.expiresAt <= NOW) {
            bytes4 selector = IAgentWallet.AgentWallet_Expired.selector;
            _payReverts(encoded, 1, abi.encodeWithSelector(selector, key, uint256(policy.expiresAt)));
        }
    }

    /// @notice Not one bit can be changed.
    function testFuzz_RevertWhen_AnyBitDiffers(uint256 seed, uint256 at, uint8 bit) external {
        Policy memory policy = _randomPolicy(seed);
        bytes memory encoded = _grant(policy);
        at %= encoded.length;
        encoded[at] = bytes1(uint8(encoded[at]) ^ uint8(1 << (bit % 8)));
        _refuses(encoded);
    }

    function testFuzz_RevertWhen_BytesAreAddedOrCut(uint256 seed, bytes memory more, uint256 cut) external {
        Policy memory policy = _randomPolicy(seed);
        bytes memory encoded = _grant(policy);
        if (more.length != 0) _refuses(bytes.concat(encoded, more));
        cut = 1 + (cut % encoded.length);
        assembly ("memory-safe") {
            mstore(encoded, sub(mload(encoded), cut))
        }
        _refuses(encoded);
    }

    /// @notice The same policy, said in other bytes that would be decoded to the same: refused.
    function testFuzz_RevertWhen_EncodedAnotherWay(uint256 seed, bytes32 gap) external {
        Policy memory policy = _randomPolicy(seed);
        bytes memory encoded = _grant(policy);
        _refuses(bytes.concat(abi.encode(uint256(0x40), gap), _withoutHead(encoded)));
    }

    /// @notice However the owner's own call is encoded, what is granted is the canonical form.
    function testFuzz_GrantIsCanonicalHoweverItIsSent(uint256 seed, bytes32 gap, bytes memory more) external {
        Policy memory policy = _randomPolicy(seed);
        policy.expiresAt = type(uint40).max;
        bytes memory encoded = abi.encode(policy);
        bytes memory data = bytes.concat(
            IAgentWallet.grant.selector,
            abi.encode(key, uint256(0x60), gap),
            _withoutHead(encoded),
            more
        );
        vm.prank(owner);
        (bool success, ) = address(wallet).call(data);
        vm.assertTrue(success, "a grant was refused");
        vm.assertTrue(wallet.isGranted(key, encoded), "the canonical form is not granted");
    }

    /// @notice A policy ends with its revocation, its replacement and a freeze.
    function testFuzz_PolicyEnds(uint256 seed, uint256 other, uint256 way) external {
        Policy memory policy = _randomPolicy(seed);
        policy.expiresAt = type(uint40).max;
        bytes memory encoded = _grant(policy);
        if (way % 3 == 0) {
            vm.prank(owner);
            wallet.revoke(key);
        } else if (way % 3 == 1) {
            Policy memory next = _randomPolicy(other);
            if (keccak256(abi.encode(next)) == keccak256(encoded)) next.maxJobDuration ^= 1;
            _grant(next);
        } else {
            vm.prank(guardian);
            wallet.freeze();
            vm.prank(owner);
            wallet.thaw();
        }
        _refuses(encoded);
    }

    /// @dev Every member random, and up to three entries in each list.
    function _randomPolicy(uint256 seed) private pure returns (Policy memory policy) {
        policy.expiresAt = uint40(_word(seed, 0) % 4 == 0 ? NOW - 1 + (_word(seed, 1) % 3) : _word(seed, 1));
        policy.maxJobDuration = uint32(_word(seed, 2));
        policy.sanctionsOracle = address(uint160(_word(seed, 3)));
        (policy.reputation.source, policy.reputation.token) = (policy.sanctionsOracle, policy.sanctionsOracle);
        (policy.reputation.minCompleted, policy.reputation.minVolume) = (uint32(seed), uint128(seed));
        policy.agents = new AgentRef[](_word(seed, 4) % 4);
        for (uint256 i = 0; i < policy.agents.length; ++i) policy.agents[i] = AgentRef(_word(seed, 100 + i), uint32(i));
        policy.payees = _accounts(seed, 200);
        policy.escrows = _accounts(seed, 300);
        policy.evaluators = _accounts(seed, 400);
        policy.hooks = _accounts(seed, 500);
        policy.limits = new TokenLimit[](_word(seed, 5) % 4);
        for (uint256 i = 0; i < policy.limits.length; ++i) {
            (policy.limits[i].token, policy.limits[i].window) = (address(uint160(_word(seed, 600 + i))), uint32(seed));
            (policy.limits[i].windowCap, policy.limits[i].jobCap) = (uint96(seed), uint96(_word(seed, 700 + i)));
        }
        policy.calls = new CallScope[](_word(seed, 6) % 4);
        for (uint256 i = 0; i < policy.calls.length; ++i) {
            policy.calls[i] = CallScope(address(uint160(_word(seed, 800 + i))), bytes4(bytes32(_word(seed, 900 + i))));
        }
    }

    function _accounts(uint256 seed, uint256 salt) private pure returns (address[] memory accounts) {
        accounts = new address[](_word(seed, salt) % 4);
        for (uint256 i = 0; i < accounts.length; ++i) accounts[i] = address(uint160(_word(seed, salt + 1 + i)));
    }

    function _word(uint256 seed, uint256 salt) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }

    function _refuses(bytes memory encoded) private {
        vm.assertTrue(!wallet.isGranted(key, encoded), "other bytes are granted");
        bytes4 selector = IAgentWallet.AgentWallet_NotGranted.selector;
        _payReverts(encoded, 1, abi.encodeWithSelector(selector, key, keccak256(encoded)));
    }

    /// @dev Without the word that says where the policy begins.
    function _withoutHead(bytes memory encoded) private pure returns (bytes memory rest) {
        rest = new bytes(encoded.length - 32);
        for (uint256 i = 0; i < rest.length; ++i) rest[i] = encoded[i + 32];
    }
}
