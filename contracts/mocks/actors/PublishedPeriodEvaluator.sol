// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IEvaluator} from "../../interfaces/IEvaluator.sol";
import {Actor} from "./Actor.sol";

/// @title PublishedPeriodEvaluator
/// @notice Test double of an evaluator contract: it publishes whatever period it was last told and judges, extends or
/// attacks through `execute`.
contract PublishedPeriodEvaluator is Actor, IEvaluator {
    uint256 internal _period;

    /// @param period_ The published period in seconds.
    constructor(uint256 period_) {
        _period = period_;
    }

    /// @notice Sets the published period in seconds. Open to anyone: this is a test double.
    function setMaxEvaluationPeriod(uint256 period_) external {
        _period = period_;
    }

    /// @inheritdoc IEvaluator
    function maxEvaluationPeriod() external view virtual override returns (uint256) {
        return _period;
    }
}
