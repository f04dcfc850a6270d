// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {JobEscrow} from "../JobEscrow.sol";

/// @title JobEscrowHarness
/// @notice Test double: the escrow, showing what it takes for the data of a call. None of its own functions asks.
contract JobEscrowHarness is JobEscrow {
    constructor(
        address trustedForwarder,
        address reputationLedger,
        address permit2
    ) JobEscrow(trustedForwarder, reputationLedger, permit2) {}

    /// @notice The data of this very call.
    function callData() external view returns (bytes memory) {
        return _msgData();
    }
}
