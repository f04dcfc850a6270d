// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC8183} from "../../interfaces/IERC8183.sol";
import {Job} from "../../types/JobTypes.sol";
import {HookBase} from "./HookBase.sol";

/// @title SnapshotHook
/// @notice Test double: accepts everything and emits the whole job as `getJob` tells it in the middle of each action.
contract SnapshotHook is HookBase {
    /// @notice The job at the moment of a callback.
    event Snapshot(Phase indexed phase, uint256 indexed jobId, bytes4 indexed selector, Job job);

    function _onAction(Phase phase, uint256 jobId, bytes4 selector, bytes calldata) internal override {
        emit Snapshot(phase, jobId, selector, IERC8183(msg.sender).getJob(jobId));
    }
}
