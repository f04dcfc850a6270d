// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Tally} from "../../contracts/libraries/Tally.sol";
import {CourtReference} from "../forge/CourtReference.sol";
import {vm} from "../forge/Vm.sol";

/// @notice The packed counts, against an array that is sorted.
contract CourtTallyFuzz {
    using Tally for uint40;

    function testFuzz_MedianIsTheLowerMiddleOfTheSortedVotes(uint8[] calldata drawn) external pure {
        uint256 length = drawn.length > 31 ? 31 : drawn.length; // twice as many as a panel has
        if (length == 0) return;
        uint40 tally = 0;
        uint256[] memory votes = new uint256[](length);
        uint256[5] memory counts;
        for (uint256 i = 0; i < length; ++i) {
            uint256 vote = drawn[i] % 5;
            tally = tally.add(vote);
            votes[i] = vote + 1;
            ++counts[vote];
        }
        uint256 median = CourtReference.median(CourtReference.revealed(votes));
        vm.assertEq(tally.median() + 1, median, "another median");
        vm.assertEq(tally.total(), length, "another total");
        for (uint256 vote = 0; vote < 5; ++vote) vm.assertEq(tally.count(vote), counts[vote], "another count");
    }

    /// @notice The median is a share that somebody voted for, and at most half of the votes lie on either side of it.
    function testFuzz_NoMajorityOnEitherSideOfTheMedian(uint8[15] calldata drawn, uint256 size) external pure {
        size = (size % 15) + 1;
        uint40 tally = 0;
        for (uint256 i = 0; i < size; ++i) tally = tally.add(drawn[i] % 5);
        uint256 median = tally.median();
        uint256 below = 0;
        uint256 above = 0;
        for (uint256 i = 0; i < size; ++i) {
            if (drawn[i] % 5 < median) ++below;
            else if (drawn[i] % 5 > median) ++above;
        }
        vm.assertGt(tally.count(median), 0, "nobody voted for the median");
        vm.assertLe(below * 2 + 1, size, "half of the votes or more lie below"); // the lower of two middles
        vm.assertLe(above * 2, size, "more than half of the votes lie above");
    }

    /// @notice 255 equal votes, the most that a count can hold, leave the others alone.
    function testFuzz_FullCountDoesNotSpill(uint256 vote) external pure {
        vote %= 5;
        uint40 tally = 0;
        for (uint256 i = 0; i < 255; ++i) tally = tally.add(vote);
        for (uint256 other = 0; other < 5; ++other) {
            vm.assertEq(tally.count(other), other == vote ? 255 : 0, "a count spilled");
        }
        vm.assertEq(tally.median(), vote, "another median");
    }
}
