// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainToken} from "./PlainToken.sol";

/// @title NoZeroApprovalToken
/// @notice Test double of a token that refuses to approve nothing, as some tokens do.
contract NoZeroApprovalToken is PlainToken {
    error NoZeroApprovalToken_ApprovesNothing(address spender);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) PlainToken(name_, symbol_, decimals_) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        if (value == 0) revert NoZeroApprovalToken_ApprovesNothing(spender);
        return super.approve(spender, value);
    }
}
