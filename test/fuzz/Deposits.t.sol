// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {FeeOnTransferToken} from "../../contracts/mocks/tokens/FeeOnTransferToken.sol";
import {SenderFeeToken} from "../../contracts/mocks/tokens/SenderFeeToken.sol";
import {Offer} from "../../contracts/types/JobTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzMarket} from "./FuzzMarket.sol";

/// @notice What comes in is measured, and what goes out takes nothing along.
contract DepositsFuzz is FuzzMarket {
    function testFuzz_DepositIsExactOrRefused(uint256 amount, uint256 feeBps, uint256 donation) external {
        feeBps = bound(feeBps, 0, 10_000);
        FeeOnTransferToken taxed = new FeeOnTransferToken("Taxed", "TAX", 18, 0);
        _endow(address(taxed), client, type(uint128).max);
        // What lies in the escrow already is no part of the deposit.
        taxed.mint(address(escrow), bound(donation, 0, type(uint96).max));
        taxed.setFeeBps(feeBps);
        Offer memory offer = _offer(bound(amount, 1, type(uint96).max));
        offer.token = address(taxed);
        uint256 fee = (offer.amount * feeBps) / 10_000;
        if (fee == 0) {
            uint256 before = taxed.balanceOf(address(escrow));
            _hire(offer, _acceptance());
            vm.assertEq(taxed.balanceOf(address(escrow)), before + offer.amount, "another deposit");
        } else {
            _hireReverts(
                offer,
                _acceptance(),
                abi.encodeWithSelector(
                    IJobEscrow.JobEscrow_IncorrectDeposit.selector,
                    address(taxed),
                    offer.amount,
                    offer.amount - fee
                )
            );
        }
    }

    /// @notice A token that debits its sender on top of the amount cannot take it from other jobs: what it would not
    /// move honestly is credited, and waits.
    function testFuzz_SenderFeeIsNotPaidByOthers(uint256 amount, uint256 others, uint256 feeBps) external {
        SenderFeeToken greedy = new SenderFeeToken("Greedy", "GRD", 18);
        _endow(address(greedy), client, type(uint128).max);
        others = bound(others, 0, type(uint96).max);
        greedy.mint(address(escrow), others); // stands for the deposits of other jobs
        Offer memory offer = _offer(bound(amount, 1, type(uint96).max));
        offer.token = address(greedy);
        uint256 jobId = _hire(offer, _acceptance());
        greedy.setFeeBps(bound(feeBps, 0, 10_000));
        vm.warp(NOW + offer.deliveryPeriod);
        uint256 before = greedy.balanceOf(client);
        escrow.claimRefund(jobId);

        bool free = (offer.amount * greedy.feeBps()) / 10_000 == 0;
        uint256 credit = escrow.withdrawable(address(greedy), client);
        vm.assertEq(credit, free ? 0 : offer.amount, "another credit");
        vm.assertEq(greedy.balanceOf(client) - before, free ? offer.amount : 0, "another refund");
        vm.assertEq(greedy.balanceOf(address(escrow)), others + credit, "others paid the fee");
    }
}
