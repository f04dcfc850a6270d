// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "../../interfaces/IArbitrable.sol";
import {Misbehave, Misbehaviour} from "../Misbehaviour.sol";
import {Actor} from "./Actor.sol";

/// @title ScriptedArbitrable
/// @notice Test double: an actor that takes rulings from anybody, keeps them all, and calls back or misbehaves in the
/// middle of taking one, as it is told.
contract ScriptedArbitrable is Actor, IArbitrable {
    /// @notice A ruling that was taken.
    struct Taken {
        address arbitrator;
        uint256 disputeID;
        uint256 ruling;
    }

    /// @notice What taking a ruling does, after it was kept.
    Misbehaviour public mode;
    /// @notice How many calls of the script succeeded, and what the last one returned or reverted with.
    uint256 public succeeded;
    bytes public returnData;

    Call[] private _script;
    Taken[] private _taken;

    receive() external payable {}

    /// @notice Sets what taking a ruling does.
    function setMode(Misbehaviour mode_) external {
        mode = mode_;
    }

    /// @notice Sets the calls to make when the next ruling comes; their failures are kept and ignored.
    function setScript(Call[] calldata script) external {
        delete _script;
        for (uint256 i = 0; i < script.length; ++i) {
            _script.push(script[i]);
        }
    }

    /// @inheritdoc IArbitrable
    function rule(uint256 disputeID, uint256 ruling) external {
        _taken.push(Taken(msg.sender, disputeID, ruling));
        emit Ruling(msg.sender, disputeID, ruling);
        for (uint256 i = 0; i < _script.length; ++i) {
            bool success;
            (success, returnData) = _script[i].target.call(_script[i].data);
            if (success) ++succeeded;
        }
        Misbehave.act(mode);
    }

    /// @notice How many rulings were taken.
    function rulingCount() external view returns (uint256) {
        return _taken.length;
    }

    /// @notice Ruling number `i`, from 0.
    function rulingAt(uint256 i) external view returns (Taken memory) {
        return _taken[i];
    }
}
