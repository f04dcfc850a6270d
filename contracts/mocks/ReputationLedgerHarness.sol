// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReputationLedger} from "../ReputationLedger.sol";

/// @title ReputationLedgerHarness
/// @notice Test double: the ledger, showing what it takes for the data of a call. None of its own functions asks.
contract ReputationLedgerHarness is ReputationLedger {
    constructor(address trustedForwarder, address agentRegistry) ReputationLedger(trustedForwarder, agentRegistry) {}

    /// @notice The data of this very call.
    function callData() external view returns (bytes memory) {
        return _msgData();
    }
}
