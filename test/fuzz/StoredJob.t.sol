// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {JobEscrow} from "../../contracts/JobEscrow.sol";
import {ReputationLedger} from "../../contracts/ReputationLedger.sol";
import {RegistryImpostor} from "../../contracts/mocks/actors/RegistryImpostor.sol";
import {RevertingHook} from "../../contracts/mocks/hooks/RevertingHook.sol";
import {Acceptance, Job, JobStatus, Offer} from "../../contracts/types/JobTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzMarket} from "./FuzzMarket.sol";

/// @notice A job is packed by hand: what was agreed must come back out, at every width's bound, and what does not fit
/// must revert.
contract StoredJobFuzz is FuzzMarket {
    uint256 private constant LAST_TIME = type(uint40).max - 425 days;

    RegistryImpostor private _identities;
    address private _hook;

    function setUp() public override {
        super.setUp();
        // Says yes to every agent, so that ids and epochs can be as large as their slots.
        _identities = new RegistryImpostor();
        ledger = new ReputationLedger(address(forwarder), address(_identities));
        _redeployEscrow();
        _hook = address(new RevertingHook());
        _endow(address(token), client, type(uint96).max);
    }

    function testFuzz_HiredJobReadsAsAgreed(
        Offer memory offer,
        Choice memory choice,
        uint256 time,
        uint32 epoch,
        uint256 wait
    ) external {
        Acceptance memory acceptance = _acceptance(choice);
        time = bound(time, 1, LAST_TIME);
        vm.warp(time);
        _identities.setEpoch(epoch);
        _fit(offer, acceptance, time);
        uint256 jobId = _hire(offer, acceptance);

        Job memory expected;
        expected.id = jobId;
        expected.client = client;
        expected.provider = provider;
        expected.evaluator = offer.evaluator;
        expected.budget = offer.amount;
        expected.expiredAt = time + offer.deliveryPeriod;
        expected.status = JobStatus.Funded;
        expected.hook = offer.hook;
        expected.paymentToken = address(token);
        expected.providerAgentId = offer.providerAgentId;
        expected.clientAgentId = acceptance.clientAgentId;
        expected.clientEpoch = acceptance.clientAgentId == 0 ? 0 : epoch;
        expected.providerEpoch = offer.providerAgentId == 0 ? 0 : epoch;
        expected.evaluationPeriod = offer.evaluationPeriod;
        expected.evaluatorFeeBps = offer.evaluatorFeeBps;
        expected.referrer = offer.referrer;
        expected.referrerFeeBps = offer.referrerFeeBps;
        expected.silencePaysProvider = offer.silencePaysProvider;
        expected.providerSigned = true;
        _assertReads(jobId, expected);

        // Submitting writes into a slot that is full of other things.
        time += bound(wait, 0, offer.deliveryPeriod - 1);
        vm.warp(time);
        _submit(jobId);
        expected.status = JobStatus.Submitted;
        expected.submittedAt = time;
        if (time + offer.evaluationPeriod > expected.expiredAt) expected.expiredAt = time + offer.evaluationPeriod;
        _assertReads(jobId, expected);
    }

    function testFuzz_RevertWhen_HiredAmountDoesNotFit(uint256 amount) external {
        Offer memory offer = _offer(bound(amount, uint256(type(uint96).max) + 1, type(uint256).max));
        _hireReverts(offer, _acceptance(), _doesNotFit(96, offer.amount));
    }

    function testFuzz_RevertWhen_HiredAgentIdDoesNotFit(uint256 agentId, bool ofClient) external {
        agentId = bound(agentId, uint256(type(uint40).max) + 1, type(uint256).max);
        Offer memory offer = _offer(1 ether);
        Acceptance memory acceptance = _acceptance();
        if (ofClient) acceptance.clientAgentId = agentId;
        else offer.providerAgentId = agentId;
        _hireReverts(offer, acceptance, _doesNotFit(40, agentId));
    }

    function testFuzz_RevertWhen_KernelValueDoesNotFit(uint256 amount, uint256 agentId) external {
        amount = bound(amount, uint256(type(uint96).max) + 1, type(uint256).max);
        agentId = bound(agentId, uint256(type(uint40).max) + 1, type(uint256).max);
        uint256 jobId = _create(address(0), 0);

        vm.expectRevert(_doesNotFit(40, agentId));
        vm.prank(client);
        escrow.setProvider(jobId, provider, agentId);
        vm.expectRevert(_doesNotFit(96, amount));
        vm.prank(client);
        escrow.setBudget(jobId, address(token), amount, "");
        vm.expectRevert(_doesNotFit(40, agentId));
        _create(provider, agentId);
    }

    function testFuzz_KernelJobReadsAsAgreed(uint256 amount, uint256 agentId, uint32 epoch, uint256 duration) external {
        amount = bound(amount, 1, type(uint96).max);
        agentId = bound(agentId, 1, type(uint40).max);
        duration = bound(duration, 5 minutes, 365 days);
        _identities.setEpoch(epoch);
        vm.prank(client);
        uint256 jobId = escrow.createJob(provider, evaluator, NOW + duration, "text", address(0), agentId);
        vm.prank(client);
        escrow.setBudget(jobId, address(token), amount, "");
        vm.prank(client);
        escrow.fund(jobId, amount, "");

        Job memory expected;
        expected.id = jobId;
        expected.client = client;
        expected.provider = provider;
        expected.evaluator = evaluator;
        expected.description = "text";
        expected.budget = amount;
        expected.expiredAt = NOW + duration;
        expected.status = JobStatus.Funded;
        expected.paymentToken = address(token);
        expected.providerAgentId = agentId;
        expected.providerEpoch = epoch;
        expected.evaluationPeriod = 1 hours;
        _assertReads(jobId, expected);
    }

    /// @dev Keeps of a random offer what the escrow allows, in its whole width.
    function _fit(Offer memory offer, Acceptance memory acceptance, uint256 time) private view {
        offer.provider = provider;
        offer.providerAgentId = bound(offer.providerAgentId, 0, type(uint40).max);
        offer.client = address(0);
        offer.clientAgentId = 0;
        if (uint160(offer.evaluator) <= 0xff || offer.evaluator == provider || offer.evaluator.code.length != 0) {
            offer.evaluator = evaluator;
        }
        offer.evaluationPeriod = uint32(bound(offer.evaluationPeriod, 1 hours, 60 days));
        offer.evaluatorFeeBps = uint16(bound(offer.evaluatorFeeBps, 0, 1_000));
        offer.token = address(token);
        offer.amount = bound(offer.amount, 1, type(uint96).max);
        offer.deliveryPeriod = uint32(bound(offer.deliveryPeriod, 5 minutes, 365 days));
        offer.validUntil = uint64(bound(offer.validUntil, time, type(uint64).max));
        offer.hook = uint160(offer.hook) % 2 == 0 ? address(0) : _hook;
        offer.referrerFeeBps = offer.referrer == address(0) ? 0 : uint16(bound(offer.referrerFeeBps, 0, 1_000));
        offer.capacity = uint32(bound(offer.capacity, 1, type(uint32).max));
        acceptance.client = client;
        acceptance.clientAgentId = bound(acceptance.clientAgentId, 0, type(uint40).max);
        if (acceptance.clientAgentId == offer.providerAgentId) acceptance.clientAgentId = 0;
    }

    function _redeployEscrow() private {
        escrow = new JobEscrow(address(forwarder), address(ledger), PERMIT2);
        _readDomain();
    }

    function _create(address to, uint256 agentId) private returns (uint256) {
        vm.prank(client);
        return escrow.createJob(to, evaluator, NOW + 1 days, "", address(0), agentId);
    }

    function _assertReads(uint256 jobId, Job memory expected) private view {
        Job memory job = _job(jobId);
        vm.assertEq(job.client, expected.client, "client");
        vm.assertEq(job.provider, expected.provider, "provider");
        vm.assertEq(job.evaluator, expected.evaluator, "evaluator");
        vm.assertEq(job.description, expected.description);
        vm.assertEq(job.budget, expected.budget, "budget");
        vm.assertEq(job.expiredAt, expected.expiredAt, "expiredAt");
        vm.assertEq(uint8(job.status), uint8(expected.status), "status");
        vm.assertEq(job.hook, expected.hook, "hook");
        vm.assertEq(job.paymentToken, expected.paymentToken, "paymentToken");
        vm.assertEq(job.providerAgentId, expected.providerAgentId, "providerAgentId");
        vm.assertEq(job.submittedAt, expected.submittedAt, "submittedAt");
        vm.assertEq(job.clientAgentId, expected.clientAgentId, "clientAgentId");
        vm.assertEq(job.clientEpoch, expected.clientEpoch, "clientEpoch");
        vm.assertEq(job.providerEpoch, expected.providerEpoch, "providerEpoch");
        vm.assertEq(job.evaluationPeriod, expected.evaluationPeriod, "evaluationPeriod");
        vm.assertEq(job.evaluatorFeeBps, expected.evaluatorFeeBps, "evaluatorFeeBps");
        vm.assertEq(job.referrer, expected.referrer, "referrer");
        vm.assertEq(job.referrerFeeBps, expected.referrerFeeBps, "referrerFeeBps");
        vm.assertEq(job.silencePaysProvider, expected.silencePaysProvider, "silencePaysProvider");
        vm.assertEq(job.providerSigned, expected.providerSigned, "providerSigned");
        // Whatever else there may be one day.
        vm.assertEq(keccak256(abi.encode(job)), keccak256(abi.encode(expected)), "the rest");
    }

    function _doesNotFit(uint8 bits, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, bits, value);
    }
}
