// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainToken} from "./PlainToken.sol";

/// @title SenderFeeToken
/// @notice Test double: the recipient gets the amount, and the sender is debited a fee on top of it. Starts without a
/// fee, so that a deposit can be made before it is switched on.
contract SenderFeeToken is PlainToken {
    /// @notice The fee on top, in basis points of the amount.
    uint256 public feeBps;

    constructor(string memory name_, string memory symbol_, uint8 decimals_) PlainToken(name_, symbol_, decimals_) {}

    /// @notice Sets the fee in basis points. Open to anyone: this is a test double.
    function setFeeBps(uint256 feeBps_) external {
        feeBps = feeBps_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        uint256 fee = from == address(0) || to == address(0) ? 0 : (value * feeBps) / 10_000;
        if (fee != 0) super._update(from, address(0), fee);
    }
}
