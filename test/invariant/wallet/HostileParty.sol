// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

import {CentralArbitrator} from "../../../contracts/mocks/actors/CentralArbitrator.sol";
import {PlainToken} from "../../../contracts/mocks/tokens/PlainToken.sol";
import {Acceptance, Job, Offer} from "../../../contracts/types/JobTypes.sol";

/// @notice Test double: everything at once that a policy can list, and a granted key besides. As an escrow it tells of
/// jobs what it was told to, as an evaluator it names itself for a court and another for an escrow; wherever it is
/// called it takes all that it may, tries to take more, or calls the wallet with what it may do as a key.
contract HostileParty {
    enum Mood {
        Calm,
        TakingLess,
        TakingMore,
        Refusing,
        Reentering
    }

    address private immutable WALLET;
    IERC20[] private _tokens;

    Mood public mood;
    /// @notice Whether a call that it makes now comes from inside the wallet.
    bool public armed;
    /// @notice Whom its jobs are told to be before; read as an evaluator's.
    address public ESCROW;
    uint256 public reentries;
    /// @notice What succeeded in the middle of another call.
    bytes4 public breach;
    uint256 public notes;
    mapping(address account => bool) public isSanctioned;

    Job private _job;
    bytes[] private _attempts;

    /// @notice Not now.
    error HostileParty_Refused();

    constructor(address wallet, IERC20[] memory tokens) {
        (WALLET, _tokens, ESCROW) = (wallet, tokens, address(this));
    }

    receive() external payable {
        react();
    }

    // ─────────────────────────── what it is told ───────────────────────────

    function setMood(Mood mood_, address escrow, Job calldata job, bytes[] calldata attempts) external {
        (mood, ESCROW, _job) = (mood_, escrow, job);
        _attempts = attempts;
    }

    function arm(bool yes) external {
        armed = yes;
    }

    function sanction(address account, bool yes) external {
        isSanctioned[account] = yes;
    }

    /// @notice A call that moves nothing.
    function note() external returns (uint256) {
        react();
        return ++notes;
    }

    // ─────────────────────────── escrow, evaluator and court ───────────────────────────

    function hire(Offer calldata, bytes calldata, Acceptance calldata) external returns (uint256) {
        _take();
        return 0;
    }

    function fund(uint256, uint256, bytes calldata) external {
        _take();
    }

    function dispute(uint256) external payable {
        _take();
    }

    function contest(uint256) external payable {
        _take();
    }

    function appeal(uint256) external payable {
        _take();
    }

    function getJob(uint256) external view returns (Job memory) {
        return _job;
    }

    function ARBITRATOR() external view returns (address) {
        return address(this);
    }

    function jobOf(uint256 disputeID) external pure returns (uint256) {
        return disputeID;
    }

    // ─────────────────────────── malice ───────────────────────────

    /// @notice Also called by the hostile token, in the middle of a transfer.
    function react() public {
        if (mood == Mood.Refusing) revert HostileParty_Refused();
        if (mood != Mood.Reentering || !armed) return;
        ++reentries;
        for (uint256 i = 0; i < _attempts.length; ++i) {
            (bool success, ) = WALLET.call(_attempts[i]);
            if (success) breach = bytes4(_attempts[i]);
        }
    }

    function _take() private {
        react();
        for (uint256 i = 0; i < _tokens.length; ++i) {
            uint256 allowed = _tokens[i].allowance(WALLET, address(this));
            if (mood == Mood.TakingMore) {
                (bool success, ) = address(_tokens[i]).call(
                    abi.encodeCall(IERC20.transferFrom, (WALLET, address(this), allowed + 1))
                );
                if (success) breach = IERC20.transferFrom.selector;
            }
            if (mood == Mood.TakingLess) allowed /= 2;
            if (allowed != 0) _tokens[i].transferFrom(WALLET, address(this), allowed);
        }
    }
}

/// @notice Test double: a token that charges its sender a fee on top, and tells somebody in the middle of a transfer.
contract HostileToken is PlainToken {
    uint256 public feeBps;
    HostileParty public told;

    constructor() PlainToken("Hostile", "HST", 6) {}

    function setMood(uint256 feeBps_, HostileParty told_) external {
        (feeBps, told) = (feeBps_, told_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0) || to == address(0)) return;
        if (feeBps != 0) super._update(from, address(0), (value * feeBps) / 10_000);
        if (address(told) != address(0)) told.react();
    }
}

/// @notice Test double: the scripted arbitrator, which takes appeals, too, at a price of its own.
contract AppealsArbitrator is CentralArbitrator {
    PlainToken private immutable TOKEN;
    uint256 public immutable APPEAL_FEE;

    constructor(PlainToken token, uint256 fee) {
        (TOKEN, APPEAL_FEE) = (token, fee);
    }

    function appeal(uint256) external {
        require(TOKEN.transferFrom(msg.sender, address(this), APPEAL_FEE), "no fee");
    }
}
