// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SeatCourt} from "../evaluation/SeatCourt.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {CourtTerms} from "../types/CourtTypes.sol";

/// @title SeatCourtHarness
/// @notice Test double: the court, showing what it takes for the data of a call. None of its own functions asks.
contract SeatCourtHarness is SeatCourt {
    constructor(
        address trustedForwarder,
        IRandomness randomness,
        CourtTerms memory courtTerms
    ) SeatCourt(trustedForwarder, randomness, courtTerms) {}

    /// @notice The data of this very call.
    function callData() external view returns (bytes memory) {
        return _msgData();
    }
}
