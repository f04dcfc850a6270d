// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRandomness} from "../../contracts/interfaces/IRandomness.sol";

/// @notice Test double: a word for every moment, except those that it keeps to itself.
contract RandomnessDouble is IRandomness {
    mapping(uint256 time => bool) public isWithheld;

    /// @notice There is no word for this moment.
    error RandomnessDouble_Withheld(uint256 time);

    function withhold(uint256 time) external {
        isWithheld[time] = true;
    }

    /// @inheritdoc IRandomness
    function randomnessAt(uint256 time, bytes calldata) external view returns (bytes32 word) {
        if (isWithheld[time]) revert RandomnessDouble_Withheld(time);
        return wordAt(time);
    }

    function wordAt(uint256 time) public pure returns (bytes32) {
        return keccak256(abi.encode("word", time));
    }
}
