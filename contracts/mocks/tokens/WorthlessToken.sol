// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainToken} from "./PlainToken.sol";

/// @title WorthlessToken
/// @notice Test double of a token that an attacker made to name others as payers: `receiveWithAuthorization` asks for
/// no signature and creates what it is to deliver, and the domain separator is whatever the attacker says.
contract WorthlessToken is PlainToken {
    /// @notice The domain that this token claims.
    bytes32 public DOMAIN_SEPARATOR;

    constructor(string memory name_, string memory symbol_, uint8 decimals_) PlainToken(name_, symbol_, decimals_) {}

    /// @notice Sets the domain that this token claims.
    function setDomainSeparator(bytes32 domainSeparator) external {
        DOMAIN_SEPARATOR = domainSeparator;
    }

    /// @notice Delivers without looking at the signature.
    function receiveWithAuthorization(
        address,
        address to,
        uint256 value,
        uint256,
        uint256,
        bytes32,
        uint8,
        bytes32,
        bytes32
    ) external {
        _mint(to, value);
    }

    /// @notice As above, for a signature of any length.
    function receiveWithAuthorization(
        address,
        address to,
        uint256 value,
        uint256,
        uint256,
        bytes32,
        bytes calldata
    ) external {
        _mint(to, value);
    }
}
