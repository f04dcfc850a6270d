// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "../../interfaces/IArbitrable.sol";

/// @title AppealableArbitrator
/// @notice Test double of a court in the shape of Kleros v1, written from ERC-792 and not from our IArbitrator: paid in
/// the chain's coin only, disputes counted from 0, a ruling can be appealed for a while, anyone executes it after that,
/// and a payment above the price is kept. Its owner is the test.
contract AppealableArbitrator {
    enum DisputeStatus {
        Waiting,
        Appealable,
        Solved
    }

    struct Case {
        IArbitrable arbitrated;
        uint256 choices;
        uint256 ruling;
        DisputeStatus status;
        uint256 appealPeriodStart;
        uint256 fees;
        bytes extraData;
    }

    /// @notice Seconds in which a ruling can be appealed.
    uint256 public constant APPEAL_PERIOD = 1 days;
    /// @notice Wei for a dispute; an appeal costs twice as much.
    uint256 public immutable PRICE;

    Case[] public cases;

    event DisputeCreation(uint256 indexed _disputeID, IArbitrable indexed _arbitrable);
    event AppealPossible(uint256 indexed _disputeID, IArbitrable indexed _arbitrable);
    event AppealDecision(uint256 indexed _disputeID, IArbitrable indexed _arbitrable);

    constructor(uint256 price) {
        PRICE = price;
    }

    function createDispute(uint256 _choices, bytes calldata _extraData) external payable returns (uint256 disputeID) {
        require(msg.value >= arbitrationCost(_extraData), "Not enough ETH to cover arbitration costs.");
        disputeID = cases.length;
        IArbitrable arbitrable = IArbitrable(msg.sender);
        cases.push(Case(arbitrable, _choices, 0, DisputeStatus.Waiting, 0, msg.value, _extraData));
        emit DisputeCreation(disputeID, arbitrable);
    }

    function giveRuling(uint256 _disputeID, uint256 _ruling) external {
        Case storage dispute = cases[_disputeID];
        require(dispute.status == DisputeStatus.Waiting, "The dispute must be waiting.");
        require(_ruling <= dispute.choices, "Invalid ruling.");
        (dispute.ruling, dispute.status) = (_ruling, DisputeStatus.Appealable);
        dispute.appealPeriodStart = block.timestamp;
        emit AppealPossible(_disputeID, dispute.arbitrated);
    }

    function appeal(uint256 _disputeID, bytes calldata _extraData) external payable {
        Case storage dispute = cases[_disputeID];
        require(dispute.status == DisputeStatus.Appealable, "The dispute must be appealable.");
        (, uint256 end) = appealPeriod(_disputeID);
        require(block.timestamp < end, "The appeal must be within the appeal period.");
        require(msg.value >= appealCost(_disputeID, _extraData), "Not enough ETH to cover appeal costs.");
        dispute.fees += msg.value;
        dispute.status = DisputeStatus.Waiting;
        emit AppealDecision(_disputeID, dispute.arbitrated);
    }

    function executeRuling(uint256 _disputeID) external {
        Case storage dispute = cases[_disputeID];
        (, uint256 end) = appealPeriod(_disputeID);
        require(dispute.status == DisputeStatus.Appealable && block.timestamp >= end, "The ruling is not final.");
        dispute.status = DisputeStatus.Solved;
        dispute.arbitrated.rule(_disputeID, dispute.ruling);
    }

    function disputeStatus(uint256 _disputeID) external view returns (DisputeStatus status) {
        return cases[_disputeID].status;
    }

    function currentRuling(uint256 _disputeID) external view returns (uint256 ruling) {
        return cases[_disputeID].ruling;
    }

    function arbitrationCost(bytes calldata) public view returns (uint256 cost) {
        return PRICE;
    }

    function appealCost(uint256, bytes calldata) public view returns (uint256 cost) {
        return 2 * PRICE;
    }

    function appealPeriod(uint256 _disputeID) public view returns (uint256 start, uint256 end) {
        start = cases[_disputeID].appealPeriodStart;
        return (start, start + APPEAL_PERIOD);
    }
}
