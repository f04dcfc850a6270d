// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainToken} from "./PlainToken.sol";

/// @title ReturnsFalseToken
/// @notice Test double: a transfer that cannot be made returns `false` and does nothing, where others revert. It can
/// also be told to refuse all transfers in that way.
contract ReturnsFalseToken is PlainToken {
    /// @notice Whether every transfer is refused.
    bool public refusing;

    constructor(string memory name_, string memory symbol_, uint8 decimals_) PlainToken(name_, symbol_, decimals_) {}

    /// @notice Switches the refusal of every transfer on or off.
    function setRefusing(bool refusing_) external {
        refusing = refusing_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (refusing || balanceOf(_msgSender()) < value) return false;
        return super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (refusing || balanceOf(from) < value || allowance(from, _msgSender()) < value) return false;
        return super.transferFrom(from, to, value);
    }
}
