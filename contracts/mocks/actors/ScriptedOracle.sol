// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISanctionsOracle} from "../../interfaces/ISanctionsOracle.sol";
import {Misbehave, Misbehaviour} from "../Misbehaviour.sol";

/// @title ScriptedOracle
/// @notice Test double of a sanctions oracle: names the accounts it is told to, or fails in the way it is told to.
contract ScriptedOracle is ISanctionsOracle {
    /// @notice How the oracle answers. `Short` is one byte less than the word that was asked for.
    enum Conduct {
        Honest,
        Silent,
        Short,
        Reverting,
        BurningGas
    }

    /// @notice How the oracle answers now.
    Conduct public conduct;

    mapping(address account => bool) private _sanctioned;

    /// @notice This oracle does not answer.
    error ScriptedOracle_OutOfOrder();

    /// @notice Sets how the oracle answers. Open to anyone: this is a test double.
    function setConduct(Conduct conduct_) external {
        conduct = conduct_;
    }

    /// @notice Sets whether an account is named. Open to anyone: this is a test double.
    function setSanctioned(address account, bool sanctioned) external {
        _sanctioned[account] = sanctioned;
    }

    /// @inheritdoc ISanctionsOracle
    function isSanctioned(address account) external view returns (bool) {
        if (conduct == Conduct.Reverting) revert ScriptedOracle_OutOfOrder();
        if (conduct == Conduct.BurningGas) Misbehave.act(Misbehaviour.BurnGas);
        if (conduct == Conduct.Silent || conduct == Conduct.Short) {
            uint256 length = conduct == Conduct.Silent ? 0 : 31;
            // solhint-disable-next-line no-inline-assembly
            assembly ("memory-safe") {
                return(0x00, length)
            }
        }
        return _sanctioned[account];
    }
}
