// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../contracts/interfaces/IAgentWallet.sol";
import {AdmittedUsage, Authorization, Policy, TokenLimit, Usage} from "../../contracts/types/WalletTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {WalletReference} from "../invariant/wallet/WalletReference.sol";
import {FuzzWallet} from "./FuzzWallet.sol";

/// @notice When a window begins and ends, to the second, also where the owner replaces one policy by another.
contract WalletWindowsFuzz is FuzzWallet, WalletReference {
    uint256 private constant CAP = 1_000e6;

    /// @notice What was spent counts until the window is over, and in the next one no more.
    function testFuzz_WindowHasItsFirstSecondAndNotTheNexts(uint32 window, uint256 delay, uint256 amount) external {
        window = uint32(bound(window, 1, type(uint32).max));
        amount = bound(amount, 1, CAP);
        Policy memory policy = _policy();
        (policy.limits[0].window, policy.limits[0].windowCap) = (window, uint96(CAP));
        bytes memory granted = _grant(policy);
        _pay(granted, CAP);
        uint256 end = NOW - (NOW % window) + window;
        // Half of the times one of the seconds around the border.
        uint256 time = delay % 2 == 0 ? end - 1 + ((delay >> 1) % 3) : bound(delay, NOW, NOW + 3 * uint256(window));
        if (time < NOW) time = NOW;
        vm.warp(time);
        if (time < end) {
            bytes4 selector = IAgentWallet.AgentWallet_WindowCapExceeded.selector;
            _payReverts(granted, amount, abi.encodeWithSelector(selector, address(stable), amount, 0));
        } else {
            (bool success, ) = _pay(granted, amount);
            vm.assertTrue(success, "a new window lets nothing out");
            (Usage memory usage, ) = wallet.usageOf(key, address(stable));
            vm.assertEq(usage.windowSpent, amount, "the last window counts in this one");
            vm.assertEq(usage.windowStart, time - (time % window), "the window begins at another second");
        }
    }

    /// @notice A window without length never ends.
    function testFuzz_WindowOfNoLengthNeverEnds(uint256 delay, uint256 amount) external {
        Policy memory policy = _policy();
        policy.limits[0].windowCap = uint96(CAP);
        bytes memory granted = _grant(policy);
        _pay(granted, CAP);
        vm.warp(NOW + bound(delay, 0, type(uint40).max - NOW - 1));
        amount = bound(amount, 1, type(uint96).max);
        bytes4 selector = IAgentWallet.AgentWallet_WindowCapExceeded.selector;
        _payReverts(granted, amount, abi.encodeWithSelector(selector, address(stable), amount, 0));
    }

    /// @notice Whatever policies follow each other, each payment is refused or counted as the reference has it.
    function testFuzz_ReplacedPoliciesCountOn(uint256 seed) external {
        bytes memory granted;
        Policy memory policy;
        uint256 time = NOW;
        for (uint256 i = 0; i < 12; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            if (i == 0 || word % 3 == 0) {
                policy = _policy();
                policy.limits[0] = _randomLimit(word >> 8);
                granted = _grant(policy);
            }
            time = _later(time, policy.limits[0].window, word >> 16);
            vm.warp(time);
            Spending memory spending;
            (spending.token, spending.payee, spending.amount) = (
                address(stable),
                provider,
                1 + ((word >> 64) % (CAP / 2))
            );
            bytes4 refusal = _refusal(key, policy, spending, false, time);
            (bool success, bytes memory result) = _pay(granted, spending.amount);
            vm.assertEq(bytes32(success ? bytes4(0) : bytes4(result)), bytes32(refusal), "refused for another reason");
            if (success) _enter(key, policy.limits[0], spending, time);
            _compare();
        }
    }

    /// @notice A reserve can be used up to the end of the window that it was charged in, or of the policy.
    function testFuzz_ReserveEndsWithItsWindow(uint32 window, uint40 expiresAt, uint256 validBefore) external {
        window = uint32(bound(window, 1, 365 days));
        expiresAt = uint40(bound(expiresAt, NOW + 1, NOW + 365 days));
        Policy memory policy = _policy();
        (policy.limits[0].window, policy.expiresAt) = (window, expiresAt);
        bytes memory granted = _grant(policy);
        uint256 latest = NOW - (NOW % window) + window;
        if (latest > expiresAt) latest = expiresAt;
        validBefore = validBefore % 2 == 0 ? latest - 1 + ((validBefore >> 1) % 3) : validBefore;
        Authorization memory authorization = _authorization(1, validBefore);
        bool tooLong = validBefore > latest;
        if (tooLong) {
            bytes4 selector = IAgentWallet.AgentWallet_ReserveTooLong.selector;
            vm.expectRevert(abi.encodeWithSelector(selector, validBefore, latest));
        }
        vm.prank(key);
        bytes32 digest = wallet.reserve(granted, authorization, providerAgent);
        if (!tooLong) vm.assertTrue(wallet.isReserved(key, digest), "what was charged is not reserved");
    }

    function _compare() private view {
        (Usage memory usage, AdmittedUsage memory admitted) = wallet.usageOf(key, address(stable));
        Tally storage tally = tallies[key][address(stable)];
        vm.assertEq(usage.windowSpent, tally.spent, "another sum in the window");
        vm.assertEq(usage.windowStart, tally.start, "another window");
        vm.assertEq(usage.lifetimeSpent, tally.lifetime, "another sum in all");
        vm.assertEq(admitted.windowSpent, 0, "a listed agent counts as let in by its record");
    }

    function _randomLimit(uint256 word) private view returns (TokenLimit memory limit) {
        uint32[5] memory windows = [uint32(1 hours), 1 days, 7 days, 0, uint32(word >> 128)];
        limit.token = address(stable);
        limit.window = windows[word % 5];
        limit.windowCap = uint96((word >> 8) % CAP);
        limit.lifetimeCap = uint96((word >> 40) % (4 * CAP));
        limit.coSignAbove = (word >> 72) % 2 == 0 ? limit.windowCap : uint96((word >> 80) % CAP);
    }

    /// @dev Sometimes a moment, sometimes to the border of a window and its neighbours.
    function _later(uint256 time, uint256 window, uint256 word) private pure returns (uint256) {
        uint256 end = _windowEnd(window, time);
        if (word % 3 == 0 || end > time + 365 days) return time + ((word >> 8) % 2 days);
        uint256 edge = end - 1 + ((word >> 8) % 3);
        return edge < time ? time : edge;
    }
}
