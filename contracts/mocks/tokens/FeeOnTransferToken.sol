// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainToken} from "./PlainToken.sol";

/// @title FeeOnTransferToken
/// @notice Test double: of every transfer a share is burned, so the recipient gets less than was sent.
contract FeeOnTransferToken is PlainToken {
    /// @notice The burned share in basis points. 0 makes this an ordinary token.
    uint256 public feeBps;

    /// @param feeBps_ The burned share in basis points, at most 10,000.
    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        uint256 feeBps_
    ) PlainToken(name_, symbol_, decimals_) {
        feeBps = feeBps_;
    }

    /// @notice Sets the burned share in basis points, at most 10,000. Open to anyone: this is a test double.
    function setFeeBps(uint256 feeBps_) external {
        feeBps = feeBps_;
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : (value * feeBps) / 10_000;
        if (fee != 0) super._update(from, address(0), fee);
        super._update(from, to, value - fee);
    }
}
