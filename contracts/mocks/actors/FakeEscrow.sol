// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISettlementSource} from "../../interfaces/ISettlementSource.sol";
import {ScriptedActor} from "./ScriptedActor.sol";

/// @title FakeEscrow
/// @notice Test double: a contract that passes itself off as an escrow. It writes to ledgers through `execute`, under
/// its own address as source, and tells of jobs that never were through `settledJob`.
contract FakeEscrow is ScriptedActor, ISettlementSource {
    mapping(uint256 jobId => SettledJob) private _jobs;
    mapping(uint256 jobId => bool) private _eligible;

    /// @notice Makes up a job that `settledJob` tells of.
    function setSettledJob(uint256 jobId, bool eligible, SettledJob calldata job) external {
        _eligible[jobId] = eligible;
        _jobs[jobId] = job;
    }

    /// @inheritdoc ISettlementSource
    function settledJob(uint256 jobId) external view override returns (bool eligible, SettledJob memory job) {
        return (_eligible[jobId], _jobs[jobId]);
    }
}
