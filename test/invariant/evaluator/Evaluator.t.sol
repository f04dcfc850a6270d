// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {log, vm} from "../../forge/Vm.sol";
import {EvaluatorHandler} from "./EvaluatorHandler.sol";
import {PartySteps} from "./PartySteps.sol";

/// @notice The evaluator's stateful campaign; see README.md one folder up.
contract EvaluatorInvariants {
    /// @dev How forge learns which functions to call on which contract.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint256 private constant WALKS = 20;
    uint256 private constant STEPS = 250;

    EvaluatorHandler private _handler;

    function setUp() external {
        _handler = new EvaluatorHandler();
    }

    /// @dev One function, because each would be a campaign of its own.
    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 150
    /// forge-config: deep.invariant.runs = 2000
    /// forge-config: deep.invariant.depth = 300
    function invariant_BondsDisputesAndPayments() external view {
        vm.assertEq(_handler.violation(), "");
        vm.assertEq(_handler.mismatch(), "");
    }

    /// @notice Runs at the end of each run, in the state that it led to.
    function afterInvariant() external {
        _handler.everybodyLeaves(uint256(keccak256(abi.encode(gasleft()))));
        vm.assertEq(_handler.violation(), "");
        vm.assertEq(_handler.mismatch(), "");
    }

    /// @notice A campaign that never gets anywhere would hold every invariant. These walks, drawn from fixed seeds, say
    /// how far the same steps get, and fail if anything that they are for is never reached.
    function test_StepsReachEveryVerbAndEnding() external {
        bytes4[] memory steps = _steps();
        string[] memory names = _names();
        uint256[] memory counts = new uint256[](names.length);
        uint256 idle = 0;
        for (uint256 walk = 0; walk < WALKS; ++walk) {
            EvaluatorHandler handler = new EvaluatorHandler();
            for (uint256 i = 0; i < STEPS; ++i) {
                uint256 seed = uint256(keccak256(abi.encode("evaluator", walk, i)));
                (bool success, ) = address(handler).call(abi.encodeWithSelector(steps[seed % steps.length], seed));
                vm.assertTrue(success, "a step failed by itself");
            }
            handler.everybodyLeaves(walk);
            vm.assertEq(handler.violation(), "");
            vm.assertEq(handler.mismatch(), "");
            idle += handler.idleSteps();
            for (uint256 i = 0; i < names.length; ++i) counts[i] += handler.countOf(names[i]);
        }
        _report(names, counts, idle);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _steps());
    }

    function _report(string[] memory names, uint256[] memory counts, uint256 idle) private view {
        string memory missing;
        string memory title = string.concat(vm.toString(WALKS), " walks of ", vm.toString(STEPS), " steps, of which ");
        log(string.concat(title, vm.toString(idle), " found nothing to do. Reached:"));
        for (uint256 i = 0; i < names.length; ++i) {
            log(string.concat("  ", names[i], ": ", vm.toString(counts[i])));
            if (counts[i] == 0) missing = string.concat(missing, names[i], "; ");
        }
        vm.assertEq(missing, "");
    }

    /// @dev A step is drawn as often as it is named.
    function _steps() private pure returns (bytes4[] memory steps) {
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

    function _names() private pure returns (string[] memory names) {
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
