// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReputationLedger} from "../../contracts/interfaces/IReputationLedger.sol";
import {Facts} from "../../contracts/libraries/Facts.sol";
import {FakeEscrow} from "../../contracts/mocks/actors/FakeEscrow.sol";
import {DisputeOutcome, Outcome, Role, Settlement, SettlementFacts} from "../../contracts/types/SettlementTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzMarket} from "./FuzzMarket.sol";

/// @dev Facts that start anywhere: counts of 32 bits cannot be filled up one by one.
contract FactsHarness {
    using Facts for Facts.Packed;

    Facts.Packed private _facts;

    function set(Facts.Packed calldata facts) external {
        _facts = facts;
    }

    function add(Settlement calldata settlement, Role role, uint256 k, bool firstMeeting) external {
        _facts.add(settlement, role, k, firstMeeting);
    }

    function read() external view returns (SettlementFacts memory) {
        return _facts.unpack();
    }
}

/// @notice What the ledger counts: every number on its own, up to the largest that it can hold.
contract FactsFuzz is FuzzMarket {
    /// @dev A settlement, its enums as numbers: forge draws enums beyond their range.
    struct Report {
        uint256 jobId;
        address token;
        address client;
        uint256 clientAgentId;
        uint256 clientEpoch;
        address provider;
        uint256 providerAgentId;
        uint256 providerEpoch;
        uint256 outcome;
        uint256 dispute;
        uint256 paid;
        uint256 refunded;
        uint256 fees;
    }

    FactsHarness private _harness;
    FakeEscrow private _source;

    function setUp() public override {
        super.setUp();
        _harness = new FactsHarness();
        _source = new FakeEscrow();
    }

    /// @notice From any state, with any report, each number grows by what is its own and none touches its neighbours.
    /// All but the weight, the completed jobs and the counterparties saturate.
    function testFuzz_NumbersSaturateAlone(
        Facts.Packed memory start,
        Report memory report,
        bool asClient,
        uint256 k,
        bool firstMeeting,
        uint256 full
    ) external {
        Settlement memory settlement = _settlement(report);
        k = bound(k, 1, type(uint64).max);
        _fillUp(start, full);
        _harness.set(start);
        SettlementFacts memory facts = _harness.read();
        _harness.add(settlement, asClient ? Role.Client : Role.Provider, k, firstMeeting);

        Outcome outcome = settlement.outcome;
        facts.volumePaid = _sum(facts.volumePaid, settlement.paid, type(uint128).max);
        if (settlement.paid != 0) facts.weight = _sum(facts.weight, 1_000_000 / k, type(uint64).max);
        if (outcome == Outcome.Completed && settlement.paid != 0) facts.completed = _next(facts.completed);
        if (firstMeeting && settlement.paid != 0) facts.counterparties = _next(facts.counterparties);
        facts.fees = _sum(facts.fees, settlement.fees, type(uint96).max);
        if (facts.firstAt == 0) facts.firstAt = NOW;
        facts.lastAt = NOW;
        if (outcome == Outcome.Rejected) facts.rejected = _next(facts.rejected);
        if (outcome == Outcome.Undelivered) facts.undelivered = _next(facts.undelivered);
        facts.volumeRefunded = _sum(facts.volumeRefunded, settlement.refunded, type(uint96).max);
        // Without a refund and a dispute the rare numbers are left alone: an honest escrow has no such settlement.
        if (settlement.refunded != 0 || settlement.dispute != DisputeOutcome.None) {
            if (outcome == Outcome.Partial) facts.partiallyCompleted = _next(facts.partiallyCompleted);
            if (outcome == Outcome.Unjudged) facts.unjudged = _next(facts.unjudged);
            if (outcome == Outcome.Declined) facts.declined = _next(facts.declined);
        }
        if (settlement.dispute == (asClient ? DisputeOutcome.ClientWon : DisputeOutcome.ProviderWon)) {
            facts.disputesWon = _next(facts.disputesWon);
        }
        if (settlement.dispute == (asClient ? DisputeOutcome.ProviderWon : DisputeOutcome.ClientWon)) {
            facts.disputesLost = _next(facts.disputesLost);
        }
        vm.assertEq(keccak256(abi.encode(_harness.read())), keccak256(abi.encode(facts)), "a number went astray");
    }

    /// @notice No report is refused for what it says, however large.
    function testFuzz_NoReportIsRefused(Report memory report) external {
        _report(_settlement(report));
        _report(_settlement(report));
    }

    /// @notice The k-th job of a pair weighs 1/k, whoever of the two worked; each direction is one counterparty, once.
    function testFuzz_PairsAreDamped(uint256 directions, uint256 jobs) external {
        jobs = bound(jobs, 1, 12);
        uint256[2] memory weight;
        uint256[2] memory worked;
        for (uint256 i = 0; i < jobs; ++i) {
            uint256 direction = (directions >> i) & 1;
            _report(direction == 0 ? _paid(providerAgent, clientAgent) : _paid(clientAgent, providerAgent));
            weight[direction] += 1_000_000 / (i + 1);
            ++worked[direction];
        }
        _assertPair(_facts(providerAgent, Role.Provider), weight[0], worked[0]);
        _assertPair(_facts(clientAgent, Role.Client), weight[0], worked[0]);
        _assertPair(_facts(clientAgent, Role.Provider), weight[1], worked[1]);
        _assertPair(_facts(providerAgent, Role.Client), weight[1], worked[1]);
    }

    /// @notice Counterparties are counted once each, in whatever order they come back.
    function testFuzz_CounterpartiesAreDistinct(uint256 order, uint256 jobs) external {
        jobs = bound(jobs, 1, 16);
        uint256 met;
        for (uint256 i = 0; i < jobs; ++i) {
            uint256 other = (order >> (i * 2)) & 3;
            met |= 1 << other;
            Settlement memory settlement = _paid(providerAgent, 0);
            settlement.client = address(uint160(0xc0 + other));
            _report(settlement);
        }
        uint256 distinct = (met & 1) + ((met >> 1) & 1) + ((met >> 2) & 1) + ((met >> 3) & 1);
        vm.assertEq(_facts(providerAgent, Role.Provider).counterparties, distinct, "another number of counterparties");
    }

    /// @notice What one source reports is not to be read under another source, token, agent, epoch or role.
    function testFuzz_FactsStayWhereTheyBelong(address source, address of_, uint256 agent, uint32 epoch) external {
        _report(_paid(providerAgent, 0));
        bool same = source == address(_source) && of_ == address(token) && agent == providerAgent && epoch == 0;
        SettlementFacts memory nothing;
        SettlementFacts memory facts = ledger.settlementsOf(source, of_, agent, epoch, Role.Provider);
        if (!same) vm.assertEq(keccak256(abi.encode(facts)), keccak256(abi.encode(nothing)), "facts from nowhere");
        facts = ledger.settlementsOf(address(escrow), address(token), providerAgent, 0, Role.Provider);
        vm.assertEq(keccak256(abi.encode(facts)), keccak256(abi.encode(nothing)), "written under another source");
        facts = ledger.settlementsOf(address(_source), address(token), providerAgent, 0, Role.Client);
        vm.assertEq(keccak256(abi.encode(facts)), keccak256(abi.encode(nothing)), "written in another role");
    }

    /// @dev The two structs are encoded alike.
    function _settlement(Report memory report) private pure returns (Settlement memory) {
        report.outcome %= 6;
        report.dispute %= 4;
        return abi.decode(abi.encode(report), (Settlement));
    }

    function _paid(uint256 providerId, uint256 clientId) private view returns (Settlement memory settlement) {
        settlement.token = address(token);
        settlement.client = client;
        settlement.clientAgentId = clientId;
        settlement.provider = provider;
        settlement.providerAgentId = providerId;
        settlement.outcome = Outcome.Completed;
        settlement.paid = 1;
    }

    function _report(Settlement memory settlement) private {
        _source.execute(address(ledger), abi.encodeCall(IReputationLedger.recordSettlement, (settlement)));
    }

    function _facts(uint256 agentId, Role role) private view returns (SettlementFacts memory) {
        return ledger.settlementsOf(address(_source), address(token), agentId, 0, role);
    }

    function _assertPair(SettlementFacts memory facts, uint256 weight, uint256 worked) private pure {
        vm.assertEq(facts.weight, weight, "another weight");
        vm.assertEq(facts.completed, worked, "another number of jobs");
        vm.assertEq(facts.counterparties, worked == 0 ? 0 : 1, "another number of counterparties");
    }

    /// @dev Sets whole numbers to all ones: chance alone rarely starts close to a limit.
    function _fillUp(Facts.Packed memory start, uint256 full) private pure {
        uint256 mask;
        for (uint256 i = 0; i < 8; ++i) {
            if ((full >> i) & 1 == 1) mask |= uint256(type(uint32).max) << (i * 32);
        }
        start.paid |= mask;
        start.rare |= mask;
        // What grows by single calls alone does not saturate: weight, completed jobs, counterparties. They have room.
        start.paid &= ~((uint256(1) << 191) | (uint256(1) << 223) | (uint256(1) << 255));
        // Its numbers lie at other places: fees, times, and two counts.
        if ((full >> 8) & 1 == 1) start.common |= type(uint96).max;
        if ((full >> 9) & 1 == 1) start.common |= uint256(type(uint64).max) << 176;
        if ((full >> 10) & 1 == 1) start.common &= ~(uint256(type(uint40).max) << 96);
    }

    function _next(uint256 count) private pure returns (uint256) {
        return _sum(count, 1, type(uint32).max);
    }

    function _sum(uint256 left, uint256 right, uint256 highest) private pure returns (uint256) {
        return right > highest - left ? highest : left + right;
    }
}
