// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Misbehaviour} from "../Misbehaviour.sol";
import {ScriptedActor} from "./ScriptedActor.sol";

/// @title RevertingLedger
/// @notice Test double of a settlement ledger: every call without a script (`recordSettlement` above all) fails, burns
/// gas or succeeds, as `defaultMode` says; at first it fails. What gets through is counted.
/// @dev A view that someone reads from it needs a script (`setAnswer`), because counting is not possible in a static
/// call.
contract RevertingLedger is ScriptedActor {
    /// @notice How many calls without a script got through.
    uint256 public callCount;

    /// @notice keccak256 of the last of them, selector included.
    bytes32 public lastCallHash;

    /// @notice A call without a script got through.
    event CallReceived(address indexed caller, bytes4 indexed selector, bytes data);

    constructor() {
        defaultMode = Misbehaviour.Revert;
    }

    function _unscripted() internal override {
        // Counted first: `BurnGasAndSucceed` leaves too little for doing it afterwards, and a failure undoes it.
        ++callCount;
        lastCallHash = keccak256(msg.data);
        emit CallReceived(msg.sender, msg.sig, msg.data);
        super._unscripted();
    }
}
