// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Misbehave, Misbehaviour} from "../Misbehaviour.sol";
import {TriggeredHook} from "./TriggeredHook.sol";

/// @title GasBurningHook
/// @notice Test double: in the chosen callbacks it burns all gas, or throws a return or revert bomb, as `mode` says.
contract GasBurningHook is TriggeredHook {
    /// @notice What the chosen callbacks do.
    Misbehaviour public mode = Misbehaviour.BurnGas;

    /// @notice Sets what the chosen callbacks do.
    function setMode(Misbehaviour mode_) external {
        mode = mode_;
    }

    function _onTrigger(Phase, uint256, bytes4, bytes calldata) internal view override {
        Misbehave.act(mode);
    }
}
