// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {vm} from "../forge/Vm.sol";

/// @notice What every campaign needs: a clock, chance, counts of what was reached, and a memory for what is wrong. That
/// is remembered and not reverted: a revert would undo the evidence.
abstract contract Campaign {
    /// @dev Time is kept here: a step that reverts takes its time jump back, too.
    uint256 internal clock = 1_800_000_000;
    uint256 private _entropy;

    /// @notice How many steps found nothing to do, as when there is no job to submit to.
    uint256 public idleSteps;
    /// @notice The first thing that was found wrong; empty if nothing was.
    string public violation;

    uint256 private _effects;
    mapping(string name => uint256) private _counts;

    /// @dev Every step of a campaign begins so.
    modifier step(uint256 seed) {
        vm.warp(clock);
        _entropy = seed;
        uint256 before = _effects;
        _;
        if (_effects == before) ++idleSteps;
    }

    /// @notice How often a step with this name succeeded, or a state was reached.
    function countOf(string calldata name) external view returns (uint256) {
        return _counts[name];
    }

    function _fail(string memory what) internal {
        if (bytes(violation).length == 0) violation = what;
    }

    function _count(string memory name) internal {
        ++_effects;
        ++_counts[name];
    }

    function _setClock(uint256 time) internal {
        clock = time;
        vm.warp(time);
    }

    // ─────────────────────────── chance ───────────────────────────

    function _word() internal returns (uint256) {
        _entropy = uint256(keccak256(abi.encode(_entropy)));
        return _entropy;
    }

    /// @dev A number from 0 to `end` - 1.
    function _below(uint256 end) internal returns (uint256) {
        return _word() % end;
    }

    function _between(uint256 low, uint256 high) internal returns (uint256) {
        return low + _below(high - low + 1);
    }

    /// @dev True once in `n` times.
    function _oneIn(uint256 n) internal returns (bool) {
        return _below(n) == 0;
    }
}
