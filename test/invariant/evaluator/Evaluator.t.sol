// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CampaignTest} from "../CampaignTest.sol";
import {ModelCampaign} from "../ModelCampaign.sol";
import {EvaluatorHandler} from "./EvaluatorHandler.sol";
import {PartySteps} from "./PartySteps.sol";

/// @notice The evaluator's stateful campaign; see README.md one folder up.
contract EvaluatorInvariants is CampaignTest {
    /// @dev One function, because each would be a campaign of its own.
    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 150
    /// forge-config: deep.invariant.runs = 2000
    /// forge-config: deep.invariant.depth = 300
    function invariant_BondsDisputesAndPayments() external view {
        _assertHolds();
    }

    function test_StepsReachEveryVerbAndEnding() external {
        _walk("evaluator", 20, 250);
    }

    function _newHandler() internal override returns (ModelCampaign) {
        return new EvaluatorHandler();
    }

    /// @dev A step is drawn as often as it is named.
    function _steps() internal pure override returns (bytes4[] memory steps) {
        bytes4[32] memory all = [
            PartySteps.hireAndSubmit.selector,
            PartySteps.hireAndSubmit.selector,
            PartySteps.hireAndSubmit.selector,
            PartySteps.accept.selector,
            PartySteps.dispute.selector,
            PartySteps.dispute.selector,
            PartySteps.dispute.selector,
            PartySteps.contest.selector,
            PartySteps.contest.selector,
            PartySteps.contest.selector,
            PartySteps.contest.selector,
            EvaluatorHandler.escalate.selector,
            EvaluatorHandler.escalate.selector,
            EvaluatorHandler.escalate.selector,
            EvaluatorHandler.escalate.selector,
            EvaluatorHandler.rule.selector,
            EvaluatorHandler.rule.selector,
            PartySteps.concede.selector,
            PartySteps.offerSplit.selector,
            PartySteps.offerSplit.selector,
            PartySteps.acceptSplit.selector,
            PartySteps.acceptSplit.selector,
            PartySteps.secureReview.selector,
            EvaluatorHandler.finalise.selector,
            EvaluatorHandler.finalise.selector,
            EvaluatorHandler.claim.selector,
            EvaluatorHandler.releaseBonds.selector,
            EvaluatorHandler.payOut.selector,
            EvaluatorHandler.payOut.selector,
            EvaluatorHandler.changeMood.selector,
            EvaluatorHandler.passTime.selector,
            EvaluatorHandler.passTime.selector
        ];
        steps = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) steps[i] = all[i];
    }

    function _names() internal pure override returns (string[] memory names) {
        string[56] memory all = [
            "hire",
            "submit",
            "accept",
            "accept refused",
            "dispute",
            "dispute refused",
            "contest",
            "contest refused",
            "escalate",
            "escalate refused",
            "arbitrator not willing",
            "arbitrator took less",
            "takeMore refused",
            "rule",
            "rule (stranger) refused",
            "ruling",
            "ruling out of range",
            "ruling too late",
            "ruling on what is ruled or over",
            "ruling before its dispute",
            "ruling from inside counted",
            "concede",
            "concede refused",
            "offerSplit",
            "offerSplit refused",
            "acceptSplit",
            "acceptSplit refused",
            "secureReview",
            "secureReview refused",
            "finalise",
            "finalise refused",
            "claimPayment",
            "claimPayment refused",
            "claimRefund",
            "claimRefund refused",
            "releaseBonds",
            "releaseBonds refused",
            "withdraw",
            "withdraw refused",
            "deliver",
            "withdrawFees",
            "withdrawFees refused",
            "sweepFees",
            "ended: silence",
            "ended: small job",
            "ended: client conceded",
            "ended: provider conceded",
            "ended: split in review",
            "ended: split of a dispute",
            "ended: not contested",
            "ended: not escalated",
            "ended: not ruled",
            "ended: ruled",
            "ended: without its dispute",
            "bonds released as ruled",
            "bonds released by halves"
        ];
        names = new string[](all.length);
        for (uint256 i = 0; i < all.length; ++i) names[i] = all[i];
    }
}
