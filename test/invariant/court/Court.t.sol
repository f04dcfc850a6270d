// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CampaignTest} from "../CampaignTest.sol";
import {ModelCampaign} from "../ModelCampaign.sol";
import {CaseSteps} from "./CaseSteps.sol";
import {CourtHandler} from "./CourtHandler.sol";
import {EndingSteps} from "./EndingSteps.sol";
import {PoolSteps} from "./PoolSteps.sol";
import {VotingSteps} from "./VotingSteps.sol";

/// @notice The court's stateful campaign; see README.md one folder up.
contract CourtInvariants is CampaignTest {
    /// @dev One function, because each would be a campaign of its own. Longer runs than elsewhere, and fewer: a dispute
    /// that is appealed against twice takes many steps.
    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 200
    /// forge-config: deep.invariant.runs = 2000
    /// forge-config: deep.invariant.depth = 300
    function invariant_SeatsCasesAndMoney() external view {
        _assertHolds();
    }

    function test_StepsReachEveryVerbAndState() external {
        _walk("court", 12, 200);
    }

    function _newHandler() internal override returns (ModelCampaign) {
        return new CourtHandler();
    }

    /// @dev A step is drawn as often as it is named: time and the cases' own course as often as all the rest together.
    function _steps() internal pure override returns (bytes4[] memory steps) {
        steps = new bytes4[](16);
        for (uint256 i = 0; i < 8; ++i) steps[i] = CourtHandler.proceed.selector;
        steps[8] = PoolSteps.join.selector;
        steps[9] = PoolSteps.leave.selector;
        steps[10] = PoolSteps.release.selector;
        steps[11] = CaseSteps.openDispute.selector;
        steps[12] = VotingSteps.leak.selector;
        steps[13] = EndingSteps.payOut.selector;
        steps[14] = CourtHandler.changeMood.selector;
        steps[15] = CourtHandler.intrude.selector;
    }

    function _names() internal pure override returns (string[] memory names) {
        string[88] memory all = [
            "join",
            "leave",
            "leave refused",
            "releaseSeats",
            "release of a liable seat refused",
            "release of nothing refused",
            "rest of a penalised seat released",
            "penalised seat left the pool",
            "createDispute",
            "dispute in token",
            "dispute in coin",
            "dispute of an account without code",
            "dispute with another snapshot than the present",
            "dispute on wrong terms refused",
            "dispute after a dip",
            "dispute though seats have left",
            "too few old seats",
            "too few seats, then and now",
            "court full",
            "seed",
            "seed withheld",
            "seed out of time refused",
            "seat drawn that has left",
            "seat passed over that had left",
            "seat passed over that was not whole or was released",
            "seat drawn again",
            "seat in two slots of a panel",
            "commit",
            "commit refused",
            "copy committed",
            "garbage committed",
            "proveLeak",
            "leak proved by a stranger",
            "leaked to oneself",
            "leak without a reward",
            "leak refused",
            "reveal",
            "reveal refused",
            "appeal",
            "first appeal",
            "second appeal",
            "appeal to a full court",
            "redraw",
            "redrawn for want of a seed",
            "redrawn for want of a quorum",
            "no seed twice",
            "no quorum twice",
            "second panel ruled",
            "ruled by less than half",
            "releaseSlots",
            "slots released before",
            "conclude",
            "ended: with a ruling",
            "ended: refused to rule",
            "ruling overturned",
            "deliverRuling",
            "ruling not taken",
            "no code to give a ruling to",
            "re-entered from a ruling",
            "execute",
            "execute refused",
            "settled: valid panel",
            "settled: no quorum",
            "settled: no seed",
            "settled: paid in coin",
            "coherent",
            "incoherent",
            "absent",
            "leaked",
            "came to a failed panel for nothing",
            "got a share of what was not earned",
            "depleted seat",
            "appellant paid what was not earned",
            "appellant paid what was not earned in coin",
            "failed appeal's fees given back",
            "penalties burned",
            "rest of fees burned",
            "rest of coin burned",
            "first round's fees burned",
            "first round's coin burned",
            "case closed",
            "withdraw",
            "deliver",
            "coin paid out",
            "coin not taken",
            "re-entered from a payment",
            "tokens burned",
            "coin burned"
        ];
        names = new string[](all.length);
        for (uint256 i = 0; i < all.length; ++i) names[i] = all[i];
    }
}
