// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice The ways in which a hostile contract can spoil a call that it receives.
/// @param None Behaves.
/// @param Revert Reverts with a short custom error.
/// @param RevertBomb Reverts with as much data as the gas it was given can pay for.
/// @param ReturnBomb Returns as much data as the gas it was given can pay for; the first word is 1, read as "true".
/// @param BurnGas Consumes all the gas it was given and fails.
/// @param BurnGasAndSucceed Consumes nearly all the gas it was given, then goes on as if nothing had happened.
enum Misbehaviour {
    None,
    Revert,
    RevertBomb,
    ReturnBomb,
    BurnGas,
    BurnGasAndSucceed
}

/// @title Misbehave
/// @notice Test double: carries out a `Misbehaviour`, so that every hostile double misbehaves in the same way.
/// @dev A bomb is as large as the gas allows, not of a fixed size: a caller that copies it pays about as much as the
/// double did, out of the 1/64 that it kept back.
library Misbehave {
    /// Left over by `BurnGasAndSucceed`, enough to read a word and return it.
    uint256 private constant LEFT_OVER = 12_000;
    /// Set aside for computing the size of a bomb. Both figures hold for code that coverage left unoptimised, too.
    uint256 private constant BOMB_RESERVE = 12_000;

    /// @notice The short error of `Misbehaviour.Revert`.
    error Misbehave_Refused();

    /// @notice Does what `mode` says. Returns only for `None` and `BurnGasAndSucceed`; `ReturnBomb` ends the whole
    /// external call, whatever function this is used in.
    function act(Misbehaviour mode) internal view {
        act(mode, LEFT_OVER);
    }

    /// @notice As `act`, with the gas that `BurnGasAndSucceed` leaves for what comes after it.
    function act(Misbehaviour mode, uint256 leftOver) internal view {
        if (mode == Misbehaviour.None) return;
        if (mode == Misbehaviour.Revert) revert Misbehave_Refused();
        if (mode == Misbehaviour.RevertBomb) revertBomb();
        if (mode == Misbehaviour.ReturnBomb) returnBomb(1);
        if (mode == Misbehaviour.BurnGas) burnGas();
        burnGasDownTo(leftOver);
    }

    /// @notice Reverts with as much data as the gas can pay for.
    function revertBomb() internal view {
        uint256 size = _affordableBytes();
        assembly ("memory-safe") {
            revert(0x00, size)
        }
    }

    /// @notice Ends the external call, returning as much data as the gas can pay for.
    /// @param firstWord What a caller reads that copies only the first word.
    function returnBomb(uint256 firstWord) internal view {
        uint256 size = Math.max(_affordableBytes(), 0x20);
        assembly ("memory-safe") {
            mstore(0x00, firstWord)
            return(0x00, size)
        }
    }

    /// @notice Consumes all gas and fails.
    function burnGas() internal pure {
        assembly ("memory-safe") {
            invalid()
        }
    }

    /// @notice Consumes gas until about `leftOver` is left.
    function burnGasDownTo(uint256 leftOver) internal view {
        while (gasleft() > leftOver) {}
    }

    /// @dev Memory of w words costs 3w + w^2/512 gas: solved for w and rounded down.
    function _affordableBytes() private view returns (uint256) {
        uint256 available = Math.saturatingSub(gasleft(), BOMB_RESERVE);
        return (Math.sqrt(768 * 768 + 512 * available) - 768) * 32;
    }
}
