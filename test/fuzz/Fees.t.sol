// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobStatus, Offer} from "../../contracts/types/JobTypes.sol";
import {DisputeOutcome} from "../../contracts/types/SettlementTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzMarket} from "./FuzzMarket.sol";

/// @notice What each party gets, whatever the amount, the fees and the verdict.
contract FeesFuzz is FuzzMarket {
    /// @dev The escrow never sees who should get what: it is added up here, account by account.
    mapping(address account => uint256) private _due;

    function testFuzz_PartsAddUpToTheDeposit(
        uint256 amount,
        uint256 evaluatorFeeBps,
        uint256 referrerFeeBps,
        uint256 providerAmount,
        uint256 whoIsWho
    ) external {
        Offer memory offer = _offer(bound(amount, 1, type(uint96).max));
        offer.evaluatorFeeBps = uint16(bound(evaluatorFeeBps, 0, 1_000));
        offer.evaluator = whoIsWho % 2 == 0 ? evaluator : client;
        offer.referrer = [address(0), referrer, client, provider, evaluator][(whoIsWho >> 8) % 5];
        offer.referrerFeeBps = offer.referrer == address(0) ? 0 : uint16(bound(referrerFeeBps, 0, 1_000));
        providerAmount = bound(providerAmount, 0, offer.amount);

        uint256 before = token.balanceOf(client);
        uint256 jobId = _hire(offer, _acceptance());
        _submit(jobId);
        vm.prank(offer.evaluator);
        escrow.completePartially(jobId, providerAmount, 0, DisputeOutcome.None, "");

        uint256 evaluatorFee = (providerAmount * offer.evaluatorFeeBps) / 10_000;
        uint256 referrerFee = (providerAmount * offer.referrerFeeBps) / 10_000;
        _due[client] += before - providerAmount;
        _due[offer.evaluator] += evaluatorFee;
        _due[offer.referrer] += referrerFee;
        _due[provider] += providerAmount - evaluatorFee - referrerFee;
        address[4] memory parties = [client, provider, evaluator, referrer];
        for (uint256 i = 0; i < parties.length; ++i) {
            vm.assertEq(token.balanceOf(parties[i]), _due[parties[i]], "a party got another amount");
        }
        vm.assertEq(token.balanceOf(address(escrow)), 0, "the escrow kept something");
        JobStatus status = providerAmount == 0 ? JobStatus.Rejected : JobStatus.Completed;
        vm.assertEq(uint8(_job(jobId).status), uint8(status), "another state");
    }

    /// @notice Silence pays the provider without a fee to the evaluator, who did nothing for it.
    function testFuzz_SilencePaysNoEvaluator(uint256 amount, uint256 feeBps) external {
        Offer memory offer = _offer(bound(amount, 1, type(uint96).max));
        offer.evaluatorFeeBps = uint16(bound(feeBps, 0, 1_000));
        offer.silencePaysProvider = true;
        uint256 jobId = _hire(offer, _acceptance());
        _submit(jobId);
        vm.warp(_job(jobId).expiredAt);
        vm.prank(stranger);
        escrow.claimPayment(jobId);
        vm.assertEq(token.balanceOf(provider), offer.amount, "the provider got less");
    }

    function testFuzz_RevertWhen_FeeIsTooHigh(uint256 feeBps, bool ofReferrer) external {
        Offer memory offer = _offer(1 ether);
        uint16 fee = uint16(bound(feeBps, 1_001, type(uint16).max));
        offer.referrer = referrer;
        if (ofReferrer) offer.referrerFeeBps = fee;
        else offer.evaluatorFeeBps = fee;
        _hireReverts(
            offer,
            _acceptance(),
            abi.encodeWithSelector(IJobEscrow.JobEscrow_FeeTooHigh.selector, uint256(fee), 1_000)
        );
    }

    function testFuzz_RevertWhen_MoreThanTheDepositIsDivided(uint256 amount, uint256 excess) external {
        Offer memory offer = _offer(bound(amount, 1, type(uint96).max));
        excess = bound(excess, offer.amount + 1, type(uint256).max);
        uint256 jobId = _hire(offer, _acceptance());
        _submit(jobId);
        vm.expectRevert(
            abi.encodeWithSelector(IJobEscrow.JobEscrow_AmountExceedsDeposit.selector, jobId, excess, offer.amount)
        );
        vm.prank(evaluator);
        escrow.completePartially(jobId, excess, 0, DisputeOutcome.None, "");
    }
}
