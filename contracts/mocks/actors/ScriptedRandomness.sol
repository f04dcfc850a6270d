// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRandomness} from "../../interfaces/IRandomness.sol";

/// @title ScriptedRandomness
/// @notice Test double: a source of randomness that gives the word it was told to, for any moment and without proof,
/// so that a test can choose who is drawn.
contract ScriptedRandomness is IRandomness {
    /// @notice What every moment gets.
    bytes32 public word;

    /// @notice Sets what every moment gets. Open to anyone: this is a test double.
    function setWord(bytes32 word_) external {
        word = word_;
    }

    /// @inheritdoc IRandomness
    function randomnessAt(uint256, bytes calldata) external view returns (bytes32) {
        return word;
    }
}
