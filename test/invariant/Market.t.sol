// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {log, vm} from "../forge/Vm.sol";
import {HiringSteps} from "./HiringSteps.sol";
import {HostileSteps} from "./HostileSteps.sol";
import {KernelSteps} from "./KernelSteps.sol";
import {MarketHandler} from "./MarketHandler.sol";
import {Observer} from "./Observer.sol";
import {ReputationSteps} from "./ReputationSteps.sol";
import {SettlingSteps} from "./SettlingSteps.sol";

/// @notice The stateful campaign; see README.md beside this file.
contract MarketInvariants {
    /// @dev How forge learns which functions to call on which contract.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    MarketHandler private _market;

    function setUp() external {
        _market = new MarketHandler();
    }

    /// @dev One function, because each would be a campaign of its own.
    function invariant_MoneyStatesAndRecords() external view {
        vm.assertEq(_market.violation(), "");
        vm.assertTrue(_market.isSolvent(), "the escrow owes more than it has");
    }

    /// @notice Runs at the end of each run, in the state that it led to.
    function afterInvariant() external {
        _market.everybodyLeaves(uint256(keccak256(abi.encode(gasleft()))));
        vm.assertEq(_market.violation(), "");
        vm.assertTrue(_market.recordsAreTrue(), "the ledger says what did not happen");
    }

    /// @notice A campaign that never gets anywhere would hold every invariant. This one, drawn from a fixed seed, says
    /// how far the same steps get, and fails if anything that they are for is never reached.
    function test_StepsReachEveryVerbAndState() external {
        bytes4[] memory steps = _steps();
        uint256 refused;
        string memory missing;
        uint256 total = 1_200;
        for (uint256 i = 0; i < total; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("walk", i)));
            (bool success, bytes memory reason) = address(_market).call(
                abi.encodeWithSelector(steps[seed % steps.length], seed)
            );
            vm.assertTrue(success || bytes4(reason) == Observer.Refused.selector, "a step failed by itself");
            if (!success) ++refused;
        }
        vm.assertEq(_market.violation(), "");
        _market.everybodyLeaves(1);
        vm.assertEq(_market.violation(), "");
        vm.assertTrue(_market.recordsAreTrue(), "the ledger says what did not happen");
        log(
            string.concat(
                vm.toString(total),
                " steps: ",
                vm.toString(refused),
                " refused, ",
                vm.toString(_market.idleSteps()),
                " found nothing to do. Reached:"
            )
        );
        string[47] memory names = _names();
        for (uint256 i = 0; i < names.length; ++i) {
            uint256 count = _market.countOf(names[i]);
            log(string.concat("  ", names[i], ": ", vm.toString(count)));
            if (count == 0) missing = string.concat(missing, names[i], "; ");
        }
        vm.assertEq(missing, "");
        vm.assertLe(refused * 10, total, "more than one step in ten is refused");
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_market);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_market), _steps());
    }

    function _steps() private pure returns (bytes4[] memory steps) {
        steps = new bytes4[](18);
        steps[0] = HiringSteps.hire.selector;
        steps[1] = HiringSteps.acceptAgain.selector;
        steps[2] = HiringSteps.cancelOffer.selector;
        steps[3] = KernelSteps.createJob.selector;
        steps[4] = KernelSteps.advanceOpenJob.selector;
        steps[5] = SettlingSteps.submit.selector;
        steps[6] = SettlingSteps.judgeWork.selector;
        steps[7] = SettlingSteps.decline.selector;
        steps[8] = SettlingSteps.claim.selector;
        steps[9] = SettlingSteps.withdraw.selector;
        steps[10] = SettlingSteps.recordSettlement.selector;
        steps[11] = ReputationSteps.talk.selector;
        steps[12] = ReputationSteps.giveJobFeedback.selector;
        steps[13] = ReputationSteps.transferAgent.selector;
        steps[14] = HostileSteps.passTime.selector;
        steps[15] = HostileSteps.changeMood.selector;
        steps[16] = HostileSteps.intrude.selector;
        steps[17] = HostileSteps.attack.selector;
    }

    function _names() private pure returns (string[47] memory) {
        return
            [
                "createJob",
                "setProvider",
                "setBudget",
                "fund",
                "submit (free)",
                "reject (open)",
                "hire",
                "hire (again)",
                "funded by allowance",
                "by permit",
                "by authorization",
                "by Permit2",
                "cancelOffer",
                "used offer refused",
                "submit",
                "complete",
                "reject",
                "completePartially",
                "extendEvaluation",
                "decline",
                "claimRefund",
                "claimPayment",
                "withdraw",
                "deliver",
                "ledger broke down",
                "record postponed",
                "recordSettlement",
                "settlement recorded",
                "giveFeedback",
                "revokeFeedback",
                "appendResponse",
                "giveJobFeedback",
                "forged record",
                "agent transferred",
                "time passed",
                "somebody turned hostile",
                "somebody calmed down",
                "intruder refused",
                "intruder had the right",
                "double deposit tried",
                "reentered submission",
                "Open",
                "Funded",
                "Submitted",
                "Completed",
                "Rejected",
                "Expired"
            ];
    }
}
