// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Actor} from "./Actor.sol";

/// @title GasSensitiveActor
/// @notice Test double of a hook, ledger or evaluator that refuses a call at once, and cheaply, when it is given less
/// gas than it insists on. Whoever starves it keeps nearly all the gas for going on without it.
contract GasSensitiveActor is Actor {
    /// @notice The gas without which every call is refused.
    uint256 public immutable THRESHOLD;

    /// @notice The word that every other call returns.
    uint256 public answer;

    /// @notice Less gas than `THRESHOLD` was left.
    error GasSensitiveActor_TooLittleGas(uint256 available, uint256 threshold);

    /// @param threshold The gas without which every call is refused.
    constructor(uint256 threshold) {
        THRESHOLD = threshold;
    }

    // solhint-disable-next-line no-complex-fallback
    fallback(bytes calldata) external returns (bytes memory) {
        uint256 available = gasleft();
        if (available < THRESHOLD) revert GasSensitiveActor_TooLittleGas(available, THRESHOLD);
        return abi.encode(answer);
    }

    /// @notice Sets the word that every call returns.
    function setAnswer(uint256 answer_) external {
        answer = answer_;
    }
}
