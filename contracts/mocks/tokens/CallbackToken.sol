// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {AuthorizationToken} from "./AuthorizationToken.sol";

/// @title CallbackToken
/// @notice Test double of a token that calls out while it is being called, as ERC-777 tokens do and a hostile token
/// may: one configured call for each moment. With an actor's `execute` as the call, that actor re-enters.
/// @dev Each callback is disarmed before it runs, `times` allowing, so a callback that causes another transfer does not
/// recurse without end. Results are kept, because a failed re-entry must not undo the transfer unless asked to.
contract CallbackToken is AuthorizationToken {
    /// @notice When a callback runs.
    /// @param BeforeTransfer In transfer, transferFrom and authorized transfers, before balances change.
    /// @param AfterTransfer In the same, after balances have changed.
    /// @param Permit In `permit`, before anything is checked.
    /// @param Authorization In `receiveWithAuthorization` and `transferWithAuthorization`, before anything is checked.
    /// @param BalanceOf In `balanceOf`, which others call statically: so is the callback, and it leaves no trace.
    enum Moment {
        BeforeTransfer,
        AfterTransfer,
        Permit,
        Authorization,
        BalanceOf
    }

    /// @param party Runs only if this account sends (before) or receives (after) the tokens; zero for any.
    /// @param times How often it still runs; not counted for `BalanceOf`.
    /// @param mustSucceed Whether a failure of the call reverts the token's own call.
    /// @param swallow Whether the transfer then moves nothing and yet reports success (`BeforeTransfer` only).
    struct Callback {
        address target;
        bytes data;
        address party;
        uint256 times;
        bool mustSucceed;
        bool swallow;
    }

    /// @notice What came of one callback.
    struct CallbackResult {
        Moment moment;
        bool success;
        bytes returnData;
    }

    mapping(Moment moment => Callback) private _callbacks;
    CallbackResult[] private _results;

    /// @notice A callback ran.
    event CallbackRan(Moment indexed moment, address indexed target, bool success, bytes returnData);

    constructor(string memory name_, string memory symbol_) AuthorizationToken(name_, symbol_) {}

    /// @notice Arms one call of `target` with `data` at `moment`, for any party; its failure is recorded and ignored.
    function setCallback(Moment moment, address target, bytes calldata data) external {
        _callbacks[moment] = Callback(target, data, address(0), 1, false, false);
    }

    /// @notice Arms a callback with every option.
    function setCallbackWith(Moment moment, Callback calldata callback) external {
        _callbacks[moment] = callback;
    }

    /// @notice Disarms the callback of `moment`.
    function clearCallback(Moment moment) external {
        delete _callbacks[moment];
    }

    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external override {
        _run(Moment.Authorization, from);
        _authorizedTransfer(from, to, value, validAfter, validBefore, nonce, signature);
    }

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external override {
        _run(Moment.Authorization, from);
        _authorizedReceive(from, to, value, validAfter, validBefore, nonce, signature);
    }

    /// @notice How many callbacks have run, `BalanceOf` excepted.
    function resultCount() external view returns (uint256) {
        return _results.length;
    }

    /// @notice What came of callback number `i`, from 0.
    function result(uint256 i) external view returns (CallbackResult memory) {
        return _results[i];
    }

    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public override {
        _run(Moment.Authorization, from);
        super.transferWithAuthorization(from, to, value, validAfter, validBefore, nonce, v, r, s);
    }

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public override {
        _run(Moment.Authorization, from);
        super.receiveWithAuthorization(from, to, value, validAfter, validBefore, nonce, v, r, s);
    }

    function balanceOf(address account) public view override returns (uint256) {
        Callback storage callback = _callbacks[Moment.BalanceOf];
        if (callback.target != address(0) && (callback.party == address(0) || callback.party == account)) {
            (bool success, bytes memory returnData) = callback.target.staticcall(callback.data);
            if (callback.mustSucceed) Address.verifyCallResult(success, returnData);
        }
        return super.balanceOf(account);
    }

    function _permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        bytes memory signature
    ) internal override {
        _run(Moment.Permit, owner);
        super._permit(owner, spender, value, deadline, signature);
    }

    function _update(address from, address to, uint256 value) internal override {
        bool transferring = from != address(0) && to != address(0);
        if (transferring && _run(Moment.BeforeTransfer, from)) return;
        super._update(from, to, value);
        if (transferring) _run(Moment.AfterTransfer, to);
    }

    /// @return swallow Whether a callback ran that swallows the transfer.
    function _run(Moment moment, address party) private returns (bool swallow) {
        Callback memory callback = _callbacks[moment];
        if (callback.times == 0 || (callback.party != address(0) && callback.party != party)) return false;
        _callbacks[moment].times = callback.times - 1;

        (bool success, bytes memory returnData) = callback.target.call(callback.data);
        if (callback.mustSucceed) Address.verifyCallResult(success, returnData);
        _results.push(CallbackResult(moment, success, returnData));
        emit CallbackRan(moment, callback.target, success, returnData);
        return callback.swallow;
    }
}
