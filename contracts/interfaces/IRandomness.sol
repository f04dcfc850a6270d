// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IRandomness
/// @notice Where a court takes the seed of a draw from. One answer per moment: whoever asks, and whenever.
interface IRandomness {
    /// @notice The random word that belongs to the moment `time`. Nobody may know it much before that moment, and
    /// nobody may have a choice between several.
    /// @dev Reverts while there is none, no longer any, or if `proof` does not prove it.
    /// @param time Unix time in seconds.
    /// @param proof What the source needs to check its answer; empty for a source that stores its answers.
    /// @return word 32 bytes.
    function randomnessAt(uint256 time, bytes calldata proof) external view returns (bytes32 word);
}
