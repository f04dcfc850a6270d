// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {PublishedPeriodEvaluator} from "../../contracts/mocks/actors/PublishedPeriodEvaluator.sol";
import {JobStatus, Offer} from "../../contracts/types/JobTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzMarket} from "./FuzzMarket.sol";

/// @notice Deadlines: who is still in time, to the second.
contract ExpiryFuzz is FuzzMarket {
    uint256 private constant MIN_DURATION = 5 minutes;
    uint256 private constant MAX_DURATION = 365 days;
    uint256 private constant MAX_EVALUATION = 60 days;

    function testFuzz_HiredJobLastsFromMinimumToMaximum(uint32 deliveryPeriod) external {
        Offer memory offer = _offer(1 ether);
        offer.deliveryPeriod = deliveryPeriod;
        if (deliveryPeriod < MIN_DURATION || deliveryPeriod > MAX_DURATION) {
            _hireReverts(
                offer,
                _acceptance(),
                _outOfRange(NOW + deliveryPeriod, NOW + MIN_DURATION, NOW + MAX_DURATION)
            );
        } else {
            vm.assertEq(_job(_hire(offer, _acceptance())).expiredAt, NOW + deliveryPeriod, "another deadline");
        }
    }

    function testFuzz_CreatedJobLastsFromMinimumToMaximum(uint256 expiredAt) external {
        bool fits = expiredAt >= NOW + MIN_DURATION && expiredAt <= NOW + MAX_DURATION;
        if (!fits) vm.expectRevert(_outOfRange(expiredAt, NOW + MIN_DURATION, NOW + MAX_DURATION));
        vm.prank(client);
        uint256 jobId = escrow.createJob(provider, evaluator, expiredAt, "", address(0), 0);
        if (fits) vm.assertEq(_job(jobId).expiredAt, expiredAt, "another deadline");
    }

    /// @notice Around the deadline either the provider or the refund is in time, never both and never neither.
    function testFuzz_DeliveryOrRefund(uint256 deliveryPeriod, uint256 time) external {
        Offer memory offer = _offer(1 ether);
        offer.deliveryPeriod = uint32(bound(deliveryPeriod, MIN_DURATION, MAX_DURATION));
        uint256 jobId = _hire(offer, _acceptance());
        uint256 deadline = NOW + offer.deliveryPeriod;
        time = _near(time, NOW, deadline);
        vm.warp(time);
        bool late = time >= deadline;
        if (!late) vm.expectRevert(_notReached(jobId, deadline));
        escrow.claimRefund(jobId);
        if (late) return;
        _submit(jobId);
        uint256 reviewed = time + offer.evaluationPeriod;
        vm.assertEq(_job(jobId).expiredAt, reviewed > deadline ? reviewed : deadline, "another end of the review");
    }

    function testFuzz_RevertWhen_SubmittedLate(uint256 delay) external {
        uint256 jobId = _hire(_offer(1 ether), _acceptance());
        vm.warp(NOW + 1 days + bound(delay, 0, 365 days));
        vm.expectRevert(_passed(jobId, NOW + 1 days));
        vm.prank(provider);
        escrow.submit(jobId, 0, "");
    }

    /// @notice Around the end of the review either the evaluator or the claim is in time.
    function testFuzz_VerdictOrClaim(bool silencePays, uint256 evaluationPeriod, uint256 time) external {
        Offer memory offer = _offer(1 ether);
        offer.silencePaysProvider = silencePays;
        offer.evaluationPeriod = uint32(bound(evaluationPeriod, 1 hours, MAX_EVALUATION));
        uint256 jobId = _hire(offer, _acceptance());
        _submit(jobId);
        uint256 deadline = _job(jobId).expiredAt;
        time = _near(time, NOW, deadline);
        vm.warp(time);
        bool late = time >= deadline;

        if (late) vm.expectRevert(_passed(jobId, deadline));
        vm.prank(evaluator);
        escrow.complete(jobId, 0, "");
        if (!late) return;
        if (silencePays) {
            vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_SilencePays.selector, jobId));
            escrow.claimRefund(jobId);
            escrow.claimPayment(jobId);
            vm.assertEq(uint8(_job(jobId).status), uint8(JobStatus.Completed), "silence did not pay");
        } else {
            vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobEscrow_SilenceRefunds.selector, jobId));
            escrow.claimPayment(jobId);
            escrow.claimRefund(jobId);
            vm.assertEq(uint8(_job(jobId).status), uint8(JobStatus.Expired), "silence did not refund");
        }
    }

    /// @notice The evaluator extends forward, and to no more than the longest evaluation after the submission.
    function testFuzz_ExtensionIsBounded(uint256 expiredAt) external {
        uint256 jobId = _hire(_offer(1 ether), _acceptance());
        _submit(jobId);
        uint256 earliest = _job(jobId).expiredAt + 1;
        uint256 latest = NOW + MAX_EVALUATION;
        expiredAt = expiredAt % 4 == 0 ? expiredAt : _near(expiredAt >> 2, earliest, latest);
        bool fits = expiredAt >= earliest && expiredAt <= latest;
        if (!fits) vm.expectRevert(_outOfRange(expiredAt, earliest, latest));
        vm.prank(evaluator);
        escrow.extendEvaluation(jobId, expiredAt);
        vm.assertEq(_job(jobId).expiredAt, fits ? expiredAt : earliest - 1, "another end of the review");
    }

    /// @notice What an evaluator publishes is the least that a signed period may be.
    function testFuzz_PublishedPeriodIsTheShortest(uint256 published, uint256 agreed) external {
        Offer memory offer = _offer(1 ether);
        offer.evaluator = address(new PublishedPeriodEvaluator(published));
        uint256 shortest = published < 1 hours ? 1 hours : published;
        offer.evaluationPeriod = uint32(_near(agreed, 1 hours, shortest > MAX_EVALUATION ? MAX_EVALUATION : shortest));
        if (offer.evaluationPeriod < shortest || offer.evaluationPeriod > MAX_EVALUATION) {
            // Above the escrow's own limit the evaluator need not be asked.
            uint256 floor = offer.evaluationPeriod > MAX_EVALUATION ? 1 hours : shortest;
            bytes4 selector = IJobEscrow.JobEscrow_EvaluationPeriodOutOfRange.selector;
            bytes memory expected = abi.encodeWithSelector(
                selector,
                uint256(offer.evaluationPeriod),
                floor,
                MAX_EVALUATION
            );
            _hireReverts(offer, _acceptance(), expected);
        } else {
            vm.assertEq(
                _job(_hire(offer, _acceptance())).evaluationPeriod,
                offer.evaluationPeriod,
                "another period than agreed"
            );
        }
    }

    /// @dev Half of the times one of the seconds around `edge`, else any from `from` to well after it.
    function _near(uint256 seed, uint256 from, uint256 edge) private pure returns (uint256) {
        uint256 choice = seed >> 1;
        return seed % 2 == 0 ? edge - 1 + (choice % 3) : bound(choice, from, edge + 30 days);
    }

    function _outOfRange(uint256 value, uint256 earliest, uint256 latest) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobEscrow.JobEscrow_ExpiryOutOfRange.selector, value, earliest, latest);
    }

    function _passed(uint256 jobId, uint256 deadline) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobEscrow.JobEscrow_DeadlinePassed.selector, jobId, deadline);
    }

    function _notReached(uint256 jobId, uint256 deadline) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobEscrow.JobEscrow_DeadlineNotReached.selector, jobId, deadline);
    }
}
