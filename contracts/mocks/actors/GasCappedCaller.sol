// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Actor} from "./Actor.sol";

/// @title GasCappedCaller
/// @notice Test double: calls a target with an exact amount of gas, to find the amounts at which an inner call starves
/// (EIP-150 keeps 1/64 back at each level) while the rest goes through.
contract GasCappedCaller is Actor {
    /// Covers the memory of the call and a cold account between the check and the call.
    uint256 private constant OVERHEAD = 10_000;

    /// @notice How the last `callWithGas` ended.
    bool public lastSuccess;

    /// @notice What the last `callWithGas` returned, cut after 1,024 bytes.
    bytes public lastReturnData;

    /// @notice How many bytes the last `callWithGas` returned.
    uint256 public lastReturnSize;

    /// @notice How much gas the last `callWithGas` used, with up to some thousands for making the call.
    uint256 public lastGasUsed;

    /// @notice A call was made.
    event Called(address indexed target, uint256 gasLimit, bool success, bytes returnData);

    /// @notice The transaction cannot give the target the exact amount. Send more gas.
    error GasCappedCaller_InsufficientGas(uint256 available, uint256 required);

    /// @notice Calls `target` with exactly `gasLimit` gas; a failure is told and not passed on.
    /// @return success Whether the call succeeded.
    /// @return returnData What it returned, cut after 1,024 bytes.
    function callWithGas(
        address target,
        uint256 gasLimit,
        bytes calldata data
    ) external returns (bool success, bytes memory returnData) {
        bytes memory request = data;
        uint256 required = gasLimit + gasLimit / 63 + OVERHEAD;
        if (gasleft() < required) revert GasCappedCaller_InsufficientGas(gasleft(), required);

        returnData = new bytes(1024);
        uint256 returnSize;
        uint256 gasBefore = gasleft();
        assembly ("memory-safe") {
            success := call(gasLimit, target, 0, add(request, 0x20), mload(request), add(returnData, 0x20), 1024)
            returnSize := returndatasize()
            if lt(returnSize, 1024) {
                mstore(returnData, returnSize)
            }
        }
        lastGasUsed = gasBefore - gasleft();
        lastReturnSize = returnSize;
        lastSuccess = success;
        lastReturnData = returnData;
        emit Called(target, gasLimit, success, returnData);
    }
}
