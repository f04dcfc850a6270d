// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IArbitrable} from "../../interfaces/IArbitrable.sol";
import {IArbitrator} from "../../interfaces/IArbitrator.sol";

/// @title CentralArbitrator
/// @notice Test double: an ERC-792 arbitrator whose owner is the test. It rules what it is told, and can be made to
/// misbehave in the ways that an arbitrator can.
contract CentralArbitrator is IArbitrator {
    /// @notice What an arbitrable asked.
    struct Question {
        uint256 choices;
        bytes extraData;
    }

    /// @notice What a dispute costs.
    uint256 public cost;
    /// @notice What it takes of a token, instead of its cost.
    uint256 public taken = type(uint256).max;
    /// @notice How many disputes there are; the last one's number.
    uint256 public count;
    /// @notice A number given to every dispute, if not 0.
    uint256 public fixedNumber;
    /// @notice Whether it refuses disputes.
    bool public closed;
    /// @notice What it was asked last.
    Question public asked;
    /// @notice Whom it calls while a dispute is created, after taking its fee, and with what.
    address public interjectionTarget;
    bytes public interjection;

    /// @notice Whether `giveRulingOnce` was called.
    mapping(uint256 disputeID => bool) public executed;

    mapping(uint256 disputeID => IArbitrable) private _arbitrables;

    error CentralArbitrator_Closed();
    error CentralArbitrator_WrongFee(uint256 fee, uint256 cost);

    function setCost(uint256 cost_) external {
        cost = cost_;
    }

    function setTaken(uint256 taken_) external {
        taken = taken_;
    }

    function setFixedNumber(uint256 number) external {
        fixedNumber = number;
    }

    function setClosed(bool closed_) external {
        closed = closed_;
    }

    function setInterjection(address target, bytes calldata interjection_) external {
        (interjectionTarget, interjection) = (target, interjection_);
    }

    /// @inheritdoc IArbitrator
    function createDispute(uint256 choices, bytes calldata extraData) external payable returns (uint256 disputeID) {
        if (msg.value != cost) revert CentralArbitrator_WrongFee(msg.value, cost);
        return _create(choices, extraData);
    }

    /// @inheritdoc IArbitrator
    function createDispute(
        uint256 choices,
        bytes calldata extraData,
        IERC20 feeToken,
        uint256 feeAmount
    ) external returns (uint256 disputeID) {
        if (feeAmount != cost) revert CentralArbitrator_WrongFee(feeAmount, cost);
        uint256 amount = taken < cost ? taken : cost;
        require(feeToken.transferFrom(msg.sender, address(this), amount), "no fee");
        return _create(choices, extraData);
    }

    /// @notice Takes as much of a token as it is still allowed to.
    function takeMore(IERC20 token, address from, uint256 amount) external {
        require(token.transferFrom(from, address(this), amount), "nothing more");
    }

    /// @notice Rules.
    function giveRuling(uint256 disputeID, uint256 ruling) external {
        _arbitrables[disputeID].rule(disputeID, ruling);
    }

    /// @notice Rules as a court may that must not be stopped by whom it rules for: once, whatever becomes of it.
    function giveRulingOnce(uint256 disputeID, uint256 ruling) external {
        require(!executed[disputeID], "executed");
        executed[disputeID] = true;
        // solhint-disable-next-line no-empty-blocks
        try _arbitrables[disputeID].rule(disputeID, ruling) {} catch {}
    }

    /// @inheritdoc IArbitrator
    function arbitrationCost(bytes calldata) external view returns (uint256) {
        return cost;
    }

    /// @inheritdoc IArbitrator
    function arbitrationCost(bytes calldata, IERC20) external view returns (uint256) {
        return cost;
    }

    function _create(uint256 choices, bytes calldata extraData) private returns (uint256 disputeID) {
        if (closed) revert CentralArbitrator_Closed();
        asked = Question(choices, extraData);
        disputeID = fixedNumber == 0 ? ++count : fixedNumber;
        _arbitrables[disputeID] = IArbitrable(msg.sender);
        emit DisputeCreation(disputeID, msg.sender);
        if (interjection.length != 0) Address.functionCall(interjectionTarget, interjection);
    }
}
