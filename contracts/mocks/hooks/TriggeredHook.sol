// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HookBase} from "./HookBase.sol";

/// @title TriggeredHook
/// @notice Test double: a hook that does its deed only in chosen callbacks and lets all others pass. Until a trigger is
/// set it lets everything pass.
abstract contract TriggeredHook is HookBase {
    /// @notice Stands for every selector in `setTrigger`.
    bytes4 public constant ANY_SELECTOR = bytes4(0);

    mapping(Phase phase => mapping(bytes4 selector => bool)) private _triggers;

    /// @notice Arms or disarms the callback of `selector` (or of all selectors) in `phase`.
    function setTrigger(Phase phase, bytes4 selector, bool armed) external {
        _triggers[phase][selector] = armed;
    }

    function _onAction(Phase phase, uint256 jobId, bytes4 selector, bytes calldata data) internal override {
        if (_triggers[phase][selector] || _triggers[phase][ANY_SELECTOR]) _onTrigger(phase, jobId, selector, data);
    }

    function _onTrigger(Phase phase, uint256 jobId, bytes4 selector, bytes calldata data) internal virtual;
}
