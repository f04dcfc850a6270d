// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Actor
/// @notice Test double: a contract that anyone may have call anything, so that it can be a client, provider, evaluator,
/// source or attacker.
contract Actor {
    /// @notice One call of `executeBatch`.
    struct Call {
        address target;
        bytes data;
    }

    /// @notice Calls `target` with `data` and the value sent along; a failure comes back with its own error.
    function execute(address target, bytes calldata data) external payable returns (bytes memory returnData) {
        return Address.functionCallWithValue(target, data, msg.value);
    }

    /// @notice As `execute`, but a failure is told and not passed on.
    function tryExecute(
        address target,
        bytes calldata data
    ) external payable returns (bool success, bytes memory returnData) {
        return target.call{value: msg.value}(data);
    }

    /// @notice Makes all calls in one transaction; the first failure comes back with its own error.
    function executeBatch(Call[] calldata calls) external {
        for (uint256 i = 0; i < calls.length; ++i) {
            Address.functionCall(calls[i].target, calls[i].data);
        }
    }
}
