// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainToken} from "./PlainToken.sol";

/// @title GasSensitiveToken
/// @notice Test double of a token that refuses a transfer at once, and cheaply, when it is given less gas than it
/// insists on. Whoever starves it keeps nearly all the gas for going on without the transfer.
contract GasSensitiveToken is PlainToken {
    /// @notice The gas without which nothing is transferred.
    uint256 public threshold;

    /// @notice Less gas than `threshold` was left.
    error GasSensitiveToken_TooLittleGas(uint256 available, uint256 threshold);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) PlainToken(name_, symbol_, decimals_) {}

    /// @notice Sets the gas without which nothing is transferred.
    function setThreshold(uint256 threshold_) external {
        threshold = threshold_;
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 available = gasleft();
        if (available < threshold) revert GasSensitiveToken_TooLittleGas(available, threshold);
        super._update(from, to, value);
    }
}
