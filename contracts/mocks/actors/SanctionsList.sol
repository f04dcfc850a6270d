// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISanctionsOracle} from "../../interfaces/ISanctionsOracle.sol";

/// @title SanctionsList
/// @notice Test double: a sanctions oracle whose list anyone can change, and which can be made to fail.
contract SanctionsList is ISanctionsOracle {
    /// @notice True while every question reverts.
    bool public broken;

    mapping(address account => bool) private _sanctioned;

    /// @notice The oracle was made to fail.
    error SanctionsList_Broken();

    /// @notice Puts an account on the list or takes it off.
    function set(address account, bool sanctioned) external {
        _sanctioned[account] = sanctioned;
    }

    /// @notice Makes every question revert, or not any more.
    function setBroken(bool broken_) external {
        broken = broken_;
    }

    /// @inheritdoc ISanctionsOracle
    function isSanctioned(address account) external view returns (bool) {
        if (broken) revert SanctionsList_Broken();
        return _sanctioned[account];
    }
}
