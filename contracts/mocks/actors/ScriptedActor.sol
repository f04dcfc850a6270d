// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Misbehave, Misbehaviour} from "../Misbehaviour.sol";
import {Actor} from "./Actor.sol";

/// @title ScriptedActor
/// @notice Test double: an actor that answers any function it is told to, without knowing its ABI, and misbehaves where
/// it is told to. Calls without a script follow `defaultMode` and, if that behaves, return nothing.
contract ScriptedActor is Actor {
    /// @param scripted Whether there is a script.
    /// @param mode Misbehaviour before answering.
    /// @param answer The ABI-encoded return data.
    struct Script {
        bool scripted;
        Misbehaviour mode;
        bytes answer;
    }

    /// @notice What calls without a script do.
    Misbehaviour public defaultMode;

    mapping(bytes4 selector => Script) private _scripts;

    // solhint-disable-next-line no-complex-fallback
    fallback(bytes calldata) external payable returns (bytes memory) {
        Script storage script = _scripts[msg.sig];
        if (!script.scripted) {
            _unscripted();
            return "";
        }
        bytes memory answer = script.answer;
        Misbehave.act(script.mode);
        return answer;
    }

    receive() external payable {
        Misbehave.act(defaultMode);
    }

    /// @notice Makes the function with `selector` return `answer`.
    function setAnswer(bytes4 selector, bytes calldata answer) external {
        _scripts[selector] = Script(true, Misbehaviour.None, answer);
    }

    /// @notice Makes the function with `selector` misbehave, then return `answer` if it still can.
    function setMisbehaviour(bytes4 selector, Misbehaviour mode, bytes calldata answer) external {
        _scripts[selector] = Script(true, mode, answer);
    }

    /// @notice Removes the script of `selector`.
    function clearScript(bytes4 selector) external {
        delete _scripts[selector];
    }

    /// @notice Sets what calls without a script do.
    function setDefaultMode(Misbehaviour mode) external {
        defaultMode = mode;
    }

    function _unscripted() internal virtual {
        Misbehave.act(defaultMode);
    }
}
