// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {IERC8183} from "../../contracts/interfaces/IERC8183.sol";
import {Job, JobStatus} from "../../contracts/types/JobTypes.sol";
import {DisputeOutcome, Outcome, Role, Settlement, SettlementFacts} from "../../contracts/types/SettlementTypes.sol";
import {World} from "./World.sol";

/// @notice What the ledger must say of everybody, kept in plain structs by plain code. What is not in here must not be
/// in the ledger either: that is how writing on a stranger's record would show.
abstract contract ReputationModel is World {
    mapping(bytes32 agentKey => SettlementFacts) private _facts;
    mapping(bytes32 pairKey => uint256) private _jobsTogether;
    mapping(bytes32 directedKey => bool) private _haveMet;
    mapping(uint256 agentId => mapping(address author => uint256)) internal feedbackCount;

    /// @dev What the evaluator said in the call that is being looked at.
    struct Verdict {
        uint256 providerAmount;
        DisputeOutcome dispute;
    }

    /// @dev The settlement that a call must have reported, worked out from the interface's text.
    function _settlementOf(
        Job memory before,
        bytes4 selector,
        Verdict memory verdict
    ) internal pure returns (Settlement memory settlement) {
        settlement.jobId = before.id;
        settlement.token = before.paymentToken;
        settlement.client = before.client;
        settlement.clientAgentId = before.clientAgentId;
        settlement.clientEpoch = before.clientEpoch;
        settlement.dispute = verdict.dispute;
        bool submitted = before.status == JobStatus.Submitted;
        settlement.outcome = _outcomeOf(before, selector, verdict);
        if (submitted || (before.providerSigned && settlement.outcome != Outcome.Rejected)) {
            settlement.provider = before.provider;
            settlement.providerAgentId = before.providerAgentId;
            settlement.providerEpoch = before.providerEpoch;
        }
        if (settlement.outcome == Outcome.Completed) settlement.paid = before.budget;
        else if (settlement.outcome == Outcome.Partial) settlement.paid = verdict.providerAmount;
        settlement.refunded = before.budget - settlement.paid;
        if (selector != IJobEscrow.claimPayment.selector && before.evaluator != before.client) {
            settlement.fees = (settlement.paid * before.evaluatorFeeBps) / 10_000;
        }
        if (before.referrer != before.client && before.referrer != before.provider) {
            settlement.fees += (settlement.paid * before.referrerFeeBps) / 10_000;
        }
    }

    function _outcomeOf(Job memory before, bytes4 selector, Verdict memory verdict) private pure returns (Outcome) {
        if (selector == IERC8183.reject.selector) return Outcome.Rejected;
        if (selector == IJobEscrow.decline.selector) return Outcome.Declined;
        if (selector == IERC8183.claimRefund.selector) {
            return before.status == JobStatus.Submitted ? Outcome.Unjudged : Outcome.Undelivered;
        }
        if (selector == IJobEscrow.completePartially.selector) {
            if (verdict.providerAmount == 0) return Outcome.Rejected;
            if (verdict.providerAmount < before.budget) return Outcome.Partial;
        }
        return Outcome.Completed;
    }

    /// @dev Enters a settlement, when the escrow has reported it.
    function _enter(Settlement memory settlement) internal {
        uint256 k;
        bool firstMeeting;
        if (settlement.paid != 0) (k, firstMeeting) = _meet(settlement);
        _enterFor(settlement, Role.Provider, k, firstMeeting);
        _enterFor(settlement, Role.Client, k, firstMeeting);
    }

    function _enterFor(Settlement memory settlement, Role role, uint256 k, bool firstMeeting) private {
        bool asProvider = role == Role.Provider;
        uint256 agentId = asProvider ? settlement.providerAgentId : settlement.clientAgentId;
        if (agentId == 0) return;
        uint256 epoch = asProvider ? settlement.providerEpoch : settlement.clientEpoch;
        SettlementFacts storage facts = _facts[_agentKey(settlement.token, agentId, epoch, role)];

        if (facts.firstAt == 0) facts.firstAt = clock;
        facts.lastAt = clock;
        facts.volumePaid += settlement.paid;
        facts.volumeRefunded += settlement.refunded;
        facts.fees += settlement.fees;
        if (k != 0) facts.weight += 1_000_000 / k;
        if (firstMeeting) facts.counterparties += 1;

        if (settlement.outcome == Outcome.Completed) facts.completed += 1;
        if (settlement.outcome == Outcome.Partial) facts.partiallyCompleted += 1;
        if (settlement.outcome == Outcome.Rejected) facts.rejected += 1;
        if (settlement.outcome == Outcome.Undelivered) facts.undelivered += 1;
        if (settlement.outcome == Outcome.Unjudged) facts.unjudged += 1;
        if (settlement.outcome == Outcome.Declined) facts.declined += 1;

        if (settlement.dispute == DisputeOutcome.ProviderWon) {
            if (asProvider) facts.disputesWon += 1;
            else facts.disputesLost += 1;
        }
        if (settlement.dispute == DisputeOutcome.ClientWon) {
            if (asProvider) facts.disputesLost += 1;
            else facts.disputesWon += 1;
        }
    }

    function _meet(Settlement memory settlement) private returns (uint256 k, bool firstMeeting) {
        bytes32 provider = _party(settlement.providerAgentId, settlement.providerEpoch, settlement.provider);
        bytes32 client = _party(settlement.clientAgentId, settlement.clientEpoch, settlement.client);
        bytes32 directed = keccak256(abi.encode(settlement.token, provider, client));
        bytes32 reverse = keccak256(abi.encode(settlement.token, client, provider));
        firstMeeting = !_haveMet[directed];
        _haveMet[directed] = true;
        k = ++_jobsTogether[directed < reverse ? directed : reverse];
    }

    function _party(uint256 agentId, uint256 epoch, address account) private pure returns (bytes32) {
        return keccak256(agentId == 0 ? abi.encode(account) : abi.encode("agent", agentId, epoch));
    }

    function _agentKey(address token, uint256 agentId, uint256 epoch, Role role) private pure returns (bytes32) {
        return keccak256(abi.encode(token, agentId, epoch, role));
    }

    // ─────────────────────────── comparison ───────────────────────────

    /// @dev Whether the ledger says of the settlement's two sides what it must.
    function _agreesOn(Settlement memory settlement) internal view returns (bool) {
        return
            _agrees(settlement.token, settlement.providerAgentId, settlement.providerEpoch, Role.Provider) &&
            _agrees(settlement.token, settlement.clientAgentId, settlement.clientEpoch, Role.Client);
    }

    /// @dev Whether the ledger says of everybody, in every epoch, token and role, what it must and no more.
    function _agreesOnAll() internal view returns (bool) {
        for (uint256 agentId = 1; agentId <= AGENTS; ++agentId) {
            uint256 epochs = registry.ownershipEpoch(agentId);
            for (uint256 epoch = 0; epoch <= epochs; ++epoch) {
                for (uint256 i = 0; i < tokens.length; ++i) {
                    if (!_agrees(tokens[i], agentId, epoch, Role.Provider)) return false;
                    if (!_agrees(tokens[i], agentId, epoch, Role.Client)) return false;
                }
            }
            for (uint256 i = 0; i < people.length; ++i) {
                if (ledger.getLastIndex(agentId, people[i]) != feedbackCount[agentId][people[i]]) return false;
            }
        }
        return true;
    }

    function _agrees(address token, uint256 agentId, uint256 epoch, Role role) private view returns (bool) {
        SettlementFacts memory expected = _facts[_agentKey(token, agentId, epoch, role)];
        SettlementFacts memory actual = ledger.settlementsOf(address(escrow), token, agentId, uint32(epoch), role);
        return keccak256(abi.encode(expected)) == keccak256(abi.encode(actual));
    }
}
