// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Tally} from "../libraries/Tally.sol";

/// @title TallyHarness
/// @notice Test double: the library's functions, to be called from outside.
contract TallyHarness {
    using Tally for uint40;

    /// @notice One more vote.
    function add(uint40 tally, uint256 vote) external pure returns (uint40) {
        return tally.add(vote);
    }

    /// @notice How many voted for it.
    function count(uint40 tally, uint256 vote) external pure returns (uint256) {
        return tally.count(vote);
    }

    /// @notice How many voted.
    function total(uint40 tally) external pure returns (uint256) {
        return tally.total();
    }

    /// @notice The lower middle of all votes.
    function median(uint40 tally) external pure returns (uint256) {
        return tally.median();
    }
}
