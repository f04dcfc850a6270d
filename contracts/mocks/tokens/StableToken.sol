// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {AuthorizationToken} from "./AuthorizationToken.sol";

/// @title StableToken
/// @notice Test double of a big issuer's stablecoin: 6 decimals, ERC-2612 and ERC-3009 for keys and contracts, a
/// blacklist and a pause. **Anyone may mint, blacklist and pause**; a real issuer keeps these to itself.
/// @dev As with the issuers' tokens: a blacklisted account can neither send, receive, approve nor be approved, and a
/// call by it fails even when it moves others' tokens; a pause stops everything but reading and administration.
contract StableToken is AuthorizationToken, Pausable {
    /// @notice Whether the issuer has frozen `account`.
    mapping(address account => bool) public isBlacklisted;

    /// @notice The issuer froze `account`.
    event Blacklisted(address indexed account);

    /// @notice The issuer released `account`.
    event UnBlacklisted(address indexed account);

    /// @notice `account` takes part in a call and is blacklisted.
    error StableToken_Blacklisted(address account);

    constructor(string memory name_, string memory symbol_) AuthorizationToken(name_, symbol_) {}

    /// @notice Freezes `account`. Open to anyone: this is a test double.
    function blacklist(address account) external {
        isBlacklisted[account] = true;
        emit Blacklisted(account);
    }

    /// @notice Releases `account`. Open to anyone: this is a test double.
    function unBlacklist(address account) external {
        isBlacklisted[account] = false;
        emit UnBlacklisted(account);
    }

    /// @notice Stops all transfers, approvals, authorizations and mints. Open to anyone: this is a test double.
    function pause() external {
        _pause();
    }

    /// @notice Ends the pause. Open to anyone: this is a test double.
    function unpause() external {
        _unpause();
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        // An unlimited allowance is not written, so `_approve` alone would not see the spender.
        _requireFree(_msgSender());
        return super.transferFrom(from, to, value);
    }

    function _update(address from, address to, uint256 value) internal override whenNotPaused {
        _requireFree(from);
        _requireFree(to);
        super._update(from, to, value);
    }

    function _approve(
        address owner,
        address spender,
        uint256 value,
        bool emitEvent
    ) internal override(ERC20) whenNotPaused {
        _requireFree(owner);
        _requireFree(spender);
        super._approve(owner, spender, value, emitEvent);
    }

    function _cancelAuthorization(address authorizer, bytes32 nonce) internal override whenNotPaused {
        super._cancelAuthorization(authorizer, nonce);
    }

    function _requireFree(address account) private view {
        if (isBlacklisted[account]) revert StableToken_Blacklisted(account);
    }
}
