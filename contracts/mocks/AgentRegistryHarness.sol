// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AgentRegistry} from "../AgentRegistry.sol";

/// @title AgentRegistryHarness
/// @notice Test double: the registry, showing what it takes for the data of a call. None of its own functions asks.
contract AgentRegistryHarness is AgentRegistry {
    constructor(address trustedForwarder) AgentRegistry(trustedForwarder) {}

    /// @notice The data of this very call.
    function callData() external view returns (bytes memory) {
        return _msgData();
    }
}
