// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Misbehave, Misbehaviour} from "../Misbehaviour.sol";
import {AuthorizationToken} from "./AuthorizationToken.sol";

/// @title PermitGriefToken
/// @notice Test double: transfers work, `permit` misbehaves. A caller for whom a failed permit is not the end must
/// survive every mode of it.
/// @dev `ReturnBomb` and `BurnGasAndSucceed` report success; only the latter grants the allowance.
contract PermitGriefToken is AuthorizationToken {
    /// @notice What `permit` does.
    Misbehaviour public mode = Misbehaviour.Revert;

    constructor(string memory name_, string memory symbol_) AuthorizationToken(name_, symbol_) {}

    /// @notice Sets what `permit` does.
    function setMode(Misbehaviour mode_) external {
        mode = mode_;
    }

    function _permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        bytes memory signature
    ) internal override {
        // What is left over must pay for the nonce, the allowance and the signature check.
        Misbehave.act(mode, 150_000);
        super._permit(owner, spender, value, deadline, signature);
    }
}
