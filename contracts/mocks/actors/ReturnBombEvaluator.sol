// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Misbehave} from "../Misbehaviour.sol";
import {PublishedPeriodEvaluator} from "./PublishedPeriodEvaluator.sol";

/// @title ReturnBombEvaluator
/// @notice Test double: answers the question for its period with as much data as the gas it was given can pay for. The
/// first word is the period.
contract ReturnBombEvaluator is PublishedPeriodEvaluator {
    /// @param period_ The published period in seconds.
    constructor(uint256 period_) PublishedPeriodEvaluator(period_) {}

    function maxEvaluationPeriod() external view override returns (uint256) {
        Misbehave.returnBomb(_period);
    }
}
