// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Tally
/// @notice Counts of votes for five shares, packed into 40 bits, and their median. Votes are 0 to 4, for 0, 25, 50, 75
/// and 100 percent.
library Tally {
    uint256 internal constant CHOICES = 5;
    uint256 private constant WIDTH = 8;
    uint256 private constant MASK = 0xff;

    /// @notice One more vote. A panel has fewer than 256.
    function add(uint40 tally, uint256 vote) internal pure returns (uint40) {
        return tally + uint40(1 << (vote * WIDTH)); // vote is at most 4: 40 bits hold it
    }

    /// @notice How many voted for it.
    function count(uint40 tally, uint256 vote) internal pure returns (uint256) {
        return (tally >> (vote * WIDTH)) & MASK;
    }

    /// @notice How many voted.
    function total(uint40 tally) internal pure returns (uint256 sum) {
        for (uint256 vote = 0; vote < CHOICES; ++vote) sum += count(tally, vote);
    }

    /// @notice The lower middle of all votes. There must be one.
    function median(uint40 tally) internal pure returns (uint256 vote) {
        // The n-th of 2n or 2n - 1 votes, counted from the lowest.
        uint256 middle = (total(tally) + 1) / 2;
        uint256 seen = count(tally, 0);
        while (seen < middle) seen += count(tally, ++vote);
    }
}
