// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Misbehave, Misbehaviour} from "../Misbehaviour.sol";
import {PublishedPeriodEvaluator} from "./PublishedPeriodEvaluator.sol";

/// @title GasBurningEvaluator
/// @notice Test double: burns all gas when asked for its period, or reverts, or burns and then answers, as `mode` says.
contract GasBurningEvaluator is PublishedPeriodEvaluator {
    /// @notice What asking for the period does.
    Misbehaviour public mode = Misbehaviour.BurnGas;

    /// @param period_ The published period in seconds, for `BurnGasAndSucceed` and `None`.
    constructor(uint256 period_) PublishedPeriodEvaluator(period_) {}

    /// @notice Sets what asking for the period does.
    function setMode(Misbehaviour mode_) external {
        mode = mode_;
    }

    function maxEvaluationPeriod() external view override returns (uint256) {
        Misbehave.act(mode);
        return _period;
    }
}
