// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainToken} from "./PlainToken.sol";

/// @title PhantomToken
/// @notice Test double of a WETH-like token: it has neither `permit` nor ERC-3009, but its fallback accepts every call,
/// so that calling them succeeds and does nothing. A caller that takes success for payment pays out of others' money.
contract PhantomToken is PlainToken {
    constructor(string memory name_, string memory symbol_, uint8 decimals_) PlainToken(name_, symbol_, decimals_) {}

    /// @notice Accepts any call to a function that this token does not have.
    fallback() external payable {}

    /// @notice Accepts native currency.
    receive() external payable {}
}
