// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBoundedArbitrator} from "../../interfaces/IBoundedArbitrator.sol";
import {CentralArbitrator} from "./CentralArbitrator.sol";

/// @title BoundedArbitrator
/// @notice Test double: a CentralArbitrator that publishes how long it can take.
contract BoundedArbitrator is CentralArbitrator, IBoundedArbitrator {
    /// @inheritdoc IBoundedArbitrator
    uint256 public immutable maxDisputeDuration;

    constructor(uint256 maxDisputeDuration_) {
        maxDisputeDuration = maxDisputeDuration_;
    }
}
