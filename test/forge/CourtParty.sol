// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

import {IArbitrable} from "../../contracts/interfaces/IArbitrable.sol";
import {ISeatCourt} from "../../contracts/interfaces/ISeatCourt.sol";

/// @notice Test double: a contract that has disputes and may be a juror, too. Where the court calls it, to rule or to
/// pay it coin, it accepts, refuses, or calls everything in the court that could pay twice.
contract CourtParty is IArbitrable {
    enum Mood {
        Calm,
        Refusing,
        Reentering
    }

    ISeatCourt private immutable COURT;

    Mood public mood;
    /// @notice How often the court has ruled on a dispute, and how the last time.
    mapping(uint256 disputeID => uint256) public rulingsOf;
    mapping(uint256 disputeID => uint256) public lastRulingOf;
    uint256 public reentries;
    /// @notice What succeeded in the middle of another call.
    bytes4 public breach;

    /// @notice Not now.
    error CourtParty_Refused();
    /// @notice Only the court rules.
    error CourtParty_NotTheCourt(address sender);

    constructor(ISeatCourt court) {
        COURT = court;
    }

    receive() external payable {
        _react(0);
    }

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    /// @inheritdoc IArbitrable
    function rule(uint256 disputeID, uint256 ruling) external {
        if (msg.sender != address(COURT)) revert CourtParty_NotTheCourt(msg.sender);
        ++rulingsOf[disputeID];
        lastRulingOf[disputeID] = ruling;
        emit Ruling(msg.sender, disputeID, ruling);
        _react(disputeID);
    }

    function _react(uint256 disputeID) private {
        if (mood == Mood.Refusing) revert CourtParty_Refused();
        if (mood == Mood.Calm) return;
        ++reentries;
        uint256[] memory none = new uint256[](0);
        address token = COURT.TOKEN();
        _try(abi.encodeCall(ISeatCourt.deliverRuling, (disputeID)));
        for (uint256 panel = 0; panel < 3; ++panel) _try(abi.encodeCall(ISeatCourt.execute, (disputeID, panel)));
        _try(abi.encodeCall(ISeatCourt.conclude, (disputeID)));
        _try(abi.encodeCall(ISeatCourt.withdraw, (address(0), address(this))));
        _try(abi.encodeCall(ISeatCourt.withdraw, (token, address(this))));
        _try(abi.encodeCall(ISeatCourt.deliver, (address(0), address(this))));
        _try(abi.encodeCall(ISeatCourt.burn, (address(0))));
        _try(abi.encodeCall(ISeatCourt.burn, (token)));
        _try(abi.encodeCall(ISeatCourt.join, (1)));
        _try(abi.encodeCall(ISeatCourt.leave, (none)));
        _try(abi.encodeCall(ISeatCourt.releaseSlots, (disputeID)));
        uint256 cost = COURT.arbitrationCost("", IERC20(token));
        _try(abi.encodeWithSignature("createDispute(uint256,bytes,address,uint256)", 5, "", token, cost));
        _try(abi.encodeWithSignature("createDispute(uint256,bytes)", 5, ""), COURT.arbitrationCost(""));
    }

    function _try(bytes memory data) private {
        _try(data, 0);
    }

    function _try(bytes memory data, uint256 coin) private {
        (bool success, ) = address(COURT).call{value: coin}(data);
        if (success) breach = bytes4(data);
    }
}
