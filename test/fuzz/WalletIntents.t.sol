// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../contracts/interfaces/IAgentWallet.sol";
import {Intent, Policy} from "../../contracts/types/WalletTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzWallet} from "./FuzzWallet.sol";

/// @notice An intent is carried out once, as it was signed, in its time and epoch; and above a threshold only with the
/// owner's signature of the very same.
contract WalletIntentsFuzz is FuzzWallet {
    bytes32 private constant INTENT_TYPEHASH = keccak256(
        "Intent(address key,bytes call,uint256 nonce,uint256 deadline,uint256 epoch)"
    );
    uint256 private constant CAP = 1_000e6;
    uint256 private constant THRESHOLD = 400e6;

    bytes private _granted;

    function setUp() public override {
        super.setUp();
        Policy memory policy = _policy();
        (policy.limits[0].windowCap, policy.limits[0].coSignAbove) = (uint96(CAP), uint96(THRESHOLD));
        _granted = _grant(policy);
    }

    function testFuzz_IntentHashIsTheTypedDataDigest(Intent memory intent) external view {
        vm.assertEq(wallet.intentHash(intent), _intentDigest(intent), "the digest is not EIP-712's");
    }

    function testFuzz_EveryFieldOfAnIntentCounts(Intent memory intent, uint256 field) external view {
        bytes32 digest = wallet.intentHash(intent);
        field %= 5;
        if (field == 0) intent.key = address(~bytes20(intent.key));
        if (field == 1) intent.call = bytes.concat(intent.call, "x");
        if (field == 2) intent.nonce = ~intent.nonce;
        if (field == 3) intent.deadline = ~intent.deadline;
        if (field == 4) intent.epoch = ~intent.epoch;
        vm.assertNotEq(wallet.intentHash(intent), digest, "two intents, one digest");
    }

    /// @notice Each number serves once, in any order, and takes no other with it.
    function testFuzz_IntentIsCarriedOutOnce(uint256 nonce, uint256 bit, address sender) external {
        if (sender == key) sender = stranger;
        uint256 other = nonce ^ (uint256(1) << (bit % 256));
        _execute(sender, nonce, "");
        vm.assertTrue(wallet.nonceUsed(key, nonce), "a used number is free");
        vm.assertTrue(!wallet.nonceUsed(key, other), "a number was used up by another");
        _executeReverts(nonce, abi.encodeWithSelector(IAgentWallet.AgentWallet_NonceUsed.selector, key, nonce));
        _execute(sender, other, "");
        vm.assertEq(stable.balanceOf(provider), 2, "another amount was paid");
    }

    function testFuzz_RevertWhen_Cancelled(uint256 nonce, bool byOwner) external {
        vm.prank(byOwner ? owner : key);
        wallet.cancelIntent(key, nonce);
        _executeReverts(nonce, abi.encodeWithSelector(IAgentWallet.AgentWallet_NonceUsed.selector, key, nonce));
    }

    /// @notice Any number, but only somebody whose it is can cancel it.
    function testFuzz_RevertWhen_SomebodyElseCancels(address sender, uint256 nonce) external {
        if (sender == key || sender == owner) sender = stranger;
        vm.expectRevert(abi.encodeWithSelector(IAgentWallet.AgentWallet_Unauthorized.selector, sender));
        vm.prank(sender);
        wallet.cancelIntent(key, nonce);
    }

    function testFuzz_RevertWhen_SomebodyElseSigned(uint256 secret, uint256 nonce) external {
        secret = bound(secret, 1, type(uint128).max);
        if (secret == AGENT_KEY) ++secret;
        Intent memory intent = _intent(_payment(_granted, 1), nonce);
        bytes memory signature = _sign(secret, _intentDigest(intent));
        vm.expectRevert(abi.encodeWithSelector(IAgentWallet.AgentWallet_InvalidSignature.selector, key));
        wallet.execute(intent, signature, "");
    }

    function testFuzz_RevertWhen_OwnersSignatureIsAnothers(uint256 secret, bytes memory noise, bool bytes_) external {
        secret = bound(secret, 1, type(uint128).max);
        if (secret == OWNER_KEY) ++secret;
        Intent memory intent = _intent(_payment(_granted, 1), 0);
        bytes32 digest = _intentDigest(intent);
        bytes memory signature = bytes_ && noise.length != 0 ? noise : _sign(secret, digest);
        bytes memory keySignature = _sign(AGENT_KEY, digest);
        vm.expectRevert(abi.encodeWithSelector(IAgentWallet.AgentWallet_InvalidSignature.selector, owner));
        wallet.execute(intent, keySignature, signature);
    }

    function testFuzz_DeadlineIsTheLastSecond(uint256 deadline) external {
        deadline = deadline % 2 == 0 ? NOW - 1 + ((deadline >> 1) % 3) : deadline;
        Intent memory intent = _intent(_payment(_granted, 1), 0);
        intent.deadline = deadline;
        bytes memory signature = _sign(AGENT_KEY, _intentDigest(intent));
        if (deadline < NOW) {
            vm.expectRevert(abi.encodeWithSelector(IAgentWallet.AgentWallet_IntentExpired.selector, deadline));
        }
        wallet.execute(intent, signature, "");
        vm.assertEq(stable.balanceOf(provider), deadline < NOW ? 0 : 1, "another amount was paid");
    }

    function testFuzz_RevertWhen_SignedForAnotherEpoch(uint256 epoch, uint8 freezes) external {
        uint256 current = 1 + (freezes % 4);
        for (uint256 i = 1; i < current; ++i) {
            vm.prank(guardian);
            wallet.freeze();
        }
        epoch = epoch % 2 == 0 ? (epoch >> 1) % 8 : epoch;
        if (epoch == current) ++epoch;
        Intent memory intent = _intent(_payment(_granted, 1), 0);
        intent.epoch = epoch;
        bytes memory signature = _sign(AGENT_KEY, _intentDigest(intent));
        vm.expectRevert(abi.encodeWithSelector(IAgentWallet.AgentWallet_WrongEpoch.selector, epoch, current));
        wallet.execute(intent, signature, "");
    }

    /// @notice Up to the threshold the key alone; above it with the owner; above the cap nobody.
    function testFuzz_ThresholdNeedsTheOwner(uint256 first, uint256 second) external {
        first = bound(first, 0, THRESHOLD);
        second = second % 2 == 0 ? THRESHOLD - first + ((second >> 1) % 2) : bound(second, 0, CAP + 1 - first);
        (bool success, ) = _pay(_granted, first);
        vm.assertTrue(success, "the key alone may pay as much as the threshold");
        uint256 sum = first + second;
        if (sum > CAP) {
            bytes4 selector = IAgentWallet.AgentWallet_WindowCapExceeded.selector;
            bytes memory expected = abi.encodeWithSelector(selector, address(stable), second, CAP - first);
            _payReverts(_granted, second, expected);
            _coSignedReverts(second, expected);
            return;
        }
        if (sum > THRESHOLD) {
            bytes4 selector = IAgentWallet.AgentWallet_CoSignatureRequired.selector;
            _payReverts(_granted, second, abi.encodeWithSelector(selector, address(stable), sum, THRESHOLD));
        }
        Intent memory intent = _intent(_payment(_granted, second), 7);
        bytes32 digest = _intentDigest(intent);
        bytes memory ownerSignature = _sign(OWNER_KEY, digest);
        vm.prank(key);
        wallet.execute(intent, "", ownerSignature);
        vm.assertEq(stable.balanceOf(provider), sum, "another amount was paid");
    }

    /// @notice Only functions that take a policy.
    function testFuzz_RevertWhen_CallIsNoKeysVerb(bytes memory call_) external {
        if (_isKeysVerb(bytes4(call_))) call_ = "";
        Intent memory intent = _intent(call_, 0);
        bytes4 selector = call_.length < 4 ? bytes4(0) : bytes4(call_);
        bytes memory signature = _sign(AGENT_KEY, _intentDigest(intent));
        vm.expectRevert(
            abi.encodeWithSelector(IAgentWallet.AgentWallet_CallNotAllowed.selector, address(wallet), selector)
        );
        wallet.execute(intent, signature, "");
    }

    function _execute(address sender, uint256 nonce, bytes memory ownerSignature) private {
        Intent memory intent = _intent(_payment(_granted, 1), nonce);
        bytes memory signature = _sign(AGENT_KEY, _intentDigest(intent));
        vm.prank(sender);
        wallet.execute(intent, signature, ownerSignature);
    }

    function _executeReverts(uint256 nonce, bytes memory expected) private {
        Intent memory intent = _intent(_payment(_granted, 1), nonce);
        bytes memory signature = _sign(AGENT_KEY, _intentDigest(intent));
        vm.expectRevert(expected);
        wallet.execute(intent, signature, "");
    }

    function _coSignedReverts(uint256 amount, bytes memory expected) private {
        Intent memory intent = _intent(_payment(_granted, amount), 7);
        bytes memory ownerSignature = _sign(OWNER_KEY, _intentDigest(intent));
        vm.expectRevert(expected);
        vm.prank(key);
        wallet.execute(intent, "", ownerSignature);
        vm.assertTrue(!wallet.nonceUsed(key, 7), "a refused intent used its number");
    }

    function _isKeysVerb(bytes4 selector) private pure returns (bool) {
        bytes4[10] memory verbs = [
            IAgentWallet.hire.selector,
            IAgentWallet.fund.selector,
            IAgentWallet.pay.selector,
            IAgentWallet.dispute.selector,
            IAgentWallet.contest.selector,
            IAgentWallet.appeal.selector,
            IAgentWallet.act.selector,
            IAgentWallet.call.selector,
            IAgentWallet.reserve.selector,
            IAgentWallet.reserveHire.selector
        ];
        for (uint256 i = 0; i < 10; ++i) if (verbs[i] == selector) return true;
        return false;
    }

    /// @dev Type strings are written out here a second time: a wrong one in the wallet cannot agree with itself.
    function _intentDigest(Intent memory intent) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("AgentMarketWallet"),
                keccak256("1"),
                block.chainid,
                address(wallet)
            )
        );
        bytes32 structHash = keccak256(
            abi.encode(INTENT_TYPEHASH, intent.key, keccak256(intent.call), intent.nonce, intent.deadline, intent.epoch)
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }
}
