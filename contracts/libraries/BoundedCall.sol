// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title BoundedCall
/// @notice Calls to contracts that nobody vouches for: with a gas cap that the caller cannot starve, and without
/// copying more than one word of what they return.
/// @dev OpenZeppelin's LowLevelCall has no variant with a gas cap, hence the assembly.
library BoundedCall {
    /// Covers what is spent between the check and the call: a cold account (2,600) and the call's own memory.
    uint256 private constant OVERHEAD = 10_000;

    /// @notice The transaction carries too little gas for a call that must get its full cap. Send more gas.
    error BoundedCall_InsufficientGas(uint256 available, uint256 required);

    /// @notice Calls `target` with at most `gasCap` gas and ignores what it returns.
    /// @dev Reverts if the callee could not be given its full cap: otherwise a caller could choose a gas limit at
    /// which the inner call fails and the rest goes through (EIP-150 keeps 1/64 back).
    function tryCall(address target, uint256 gasCap, bytes memory data) internal returns (bool success) {
        _requireGas(gasCap);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            success := call(gasCap, target, 0, add(data, 0x20), mload(data), 0x00, 0x00)
        }
    }

    /// @notice Reads one word from `target` with at most `gasCap` gas.
    /// @return success False if the call reverted or returned less than a word (an account without code does).
    /// @return value The word, 0 without success.
    function tryRead(
        address target,
        uint256 gasCap,
        bytes memory data
    ) internal view returns (bool success, uint256 value) {
        _requireGas(gasCap);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            success := staticcall(gasCap, target, add(data, 0x20), mload(data), 0x00, 0x20)
            success := and(success, gt(returndatasize(), 0x1f))
            if success {
                value := mload(0x00)
            }
        }
    }

    function _requireGas(uint256 gasCap) private view {
        // The callee can be given at most 63/64 of what is left.
        uint256 required = gasCap + gasCap / 63 + OVERHEAD;
        uint256 available = gasleft();
        if (available < required) revert BoundedCall_InsufficientGas(available, required);
    }
}
