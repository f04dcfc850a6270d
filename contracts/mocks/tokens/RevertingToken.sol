// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Misbehave, Misbehaviour} from "../Misbehaviour.sol";
import {PlainToken} from "./PlainToken.sol";

/// @title RevertingToken
/// @notice Test double: an ordinary token until `setMode`, from then on every transfer misbehaves (or only those to one
/// recipient). Minting always works.
/// @dev `ReturnBomb` returns "true" in its first word and moves nothing.
contract RevertingToken is PlainToken {
    /// @notice What transfers do.
    Misbehaviour public mode;

    /// @notice The recipient whose transfers misbehave; zero for all transfers.
    address public victim;

    constructor(string memory name_, string memory symbol_, uint8 decimals_) PlainToken(name_, symbol_, decimals_) {}

    /// @notice Sets what all transfers do.
    function setMode(Misbehaviour mode_) external {
        mode = mode_;
        victim = address(0);
    }

    /// @notice Sets what transfers to `victim_` do; all others work.
    function setModeFor(address victim_, Misbehaviour mode_) external {
        mode = mode_;
        victim = victim_;
    }

    function _update(address from, address to, uint256 value) internal override {
        bool concerned = from != address(0) && (victim == address(0) || victim == to);
        // What is left over must pay for two balances and the event.
        if (concerned) Misbehave.act(mode, 80_000);
        super._update(from, to, value);
    }
}
