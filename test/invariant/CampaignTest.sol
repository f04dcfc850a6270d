// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {log, vm} from "../forge/Vm.sol";
import {ModelCampaign} from "./ModelCampaign.sol";

/// @notice What campaigns with a model have in common: how forge is told what to call, what holds, and walks that show
/// how far the steps get.
abstract contract CampaignTest {
    /// @dev How forge learns which functions to call on which contract.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    ModelCampaign private _handler;

    function setUp() external {
        _handler = _newHandler();
    }

    /// @notice Runs at the end of each run, in the state that it led to.
    function afterInvariant() external {
        _handler.everybodyLeaves(uint256(keccak256(abi.encode(gasleft()))));
        _assertHolds();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _steps());
    }

    function _assertHolds() internal view {
        _assertHolds(_handler);
    }

    /// @dev A campaign that never gets anywhere would hold every invariant. These walks, drawn from fixed seeds, say
    /// how far the same steps get, and fail if anything that they are for is never reached.
    function _walk(string memory name, uint256 walks, uint256 length) internal {
        bytes4[] memory steps = _steps();
        string[] memory names = _names();
        uint256[] memory counts = new uint256[](names.length);
        uint256 idle = 0;
        for (uint256 walk = 0; walk < walks; ++walk) {
            ModelCampaign handler = _newHandler();
            for (uint256 i = 0; i < length; ++i) {
                uint256 seed = uint256(keccak256(abi.encode(name, walk, i)));
                (bool success, ) = address(handler).call(abi.encodeWithSelector(steps[seed % steps.length], seed));
                vm.assertTrue(success, "a step failed by itself");
            }
            _assertHolds(handler);
            handler.everybodyLeaves(walk);
            _assertHolds(handler);
            idle += handler.idleSteps();
            for (uint256 i = 0; i < names.length; ++i) counts[i] += handler.countOf(names[i]);
        }

        string memory missing;
        string memory title = string.concat(vm.toString(walks), " walks of ", vm.toString(length), " steps, of which ");
        log(string.concat(title, vm.toString(idle), " found nothing to do. Reached:"));
        for (uint256 i = 0; i < names.length; ++i) {
            log(string.concat("  ", names[i], ": ", vm.toString(counts[i])));
            if (counts[i] == 0) missing = string.concat(missing, names[i], "; ");
        }
        vm.assertEq(missing, "");
    }

    /// @dev A market of its own, with everybody in it.
    function _newHandler() internal virtual returns (ModelCampaign);

    /// @dev A step is drawn as often as it is named.
    function _steps() internal pure virtual returns (bytes4[] memory);

    /// @dev What must be reached.
    function _names() internal pure virtual returns (string[] memory);

    function _assertHolds(ModelCampaign handler) private view {
        vm.assertEq(handler.violation(), "");
        vm.assertEq(handler.mismatch(), "");
    }
}
