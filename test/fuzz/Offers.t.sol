// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {Acceptance, FundingMethod, Offer} from "../../contracts/types/JobTypes.sol";
import {bound, vm} from "../forge/Vm.sol";
import {FuzzMarket} from "./FuzzMarket.sol";

/// @notice An offer and a job are what their hashes say, and an offer makes no more jobs than it says.
contract OffersFuzz is FuzzMarket {
    uint256 private constant OFFER_WORDS = 19;

    function testFuzz_OfferHashIsTheTypedDataDigest(Offer memory offer) external view {
        vm.assertEq(escrow.offerHash(offer), _offerDigest(offer), "the digest is not EIP-712's");
    }

    /// @notice No field of an offer can be changed without changing every job that is hired by it.
    function testFuzz_EveryFieldOfAnOfferCounts(Offer memory offer, uint256 field, uint256 noise) external view {
        Offer memory other = abi.decode(_withField(abi.encode(offer), field % OFFER_WORDS, noise), (Offer));
        vm.assertNotEq(escrow.offerHash(offer), escrow.offerHash(other), "two offers, one hash");
        vm.assertTrue(
            escrow.jobIdOf(offer, _acceptance()) != escrow.jobIdOf(other, _acceptance()),
            "two offers, one job"
        );
    }

    function testFuzz_EveryFieldOfAnAcceptanceCounts(
        Offer memory offer,
        Choice memory choice,
        uint256 field
    ) external view {
        Acceptance memory acceptance = _acceptance(choice);
        uint256 jobId = escrow.jobIdOf(offer, acceptance);
        field %= 6;
        if (field == 0) acceptance.client = address(~bytes20(acceptance.client));
        if (field == 1) acceptance.clientAgentId = ~acceptance.clientAgentId;
        if (field == 2) acceptance.inputHash = ~acceptance.inputHash;
        if (field == 3) acceptance.salt = ~acceptance.salt;
        if (field == 4) acceptance.budgetParams = bytes.concat(acceptance.budgetParams, "x");
        if (field == 5) acceptance.fundParams = bytes.concat(acceptance.fundParams, "x");
        vm.assertTrue(escrow.jobIdOf(offer, acceptance) != jobId, "two acceptances, one job");
    }

    /// @notice Moving bytes from one parameter to the other is another job, though the bytes in a row are the same.
    function testFuzz_ParametersDoNotRunIntoEachOther(
        bytes memory first,
        bytes1 moved,
        bytes memory second
    ) external view {
        Acceptance memory acceptance = _acceptance();
        (acceptance.budgetParams, acceptance.fundParams) = (bytes.concat(first, moved), second);
        uint256 jobId = escrow.jobIdOf(_offer(1), acceptance);
        (acceptance.budgetParams, acceptance.fundParams) = (first, bytes.concat(moved, second));
        vm.assertTrue(escrow.jobIdOf(_offer(1), acceptance) != jobId, "two acceptances, one job");
    }

    /// @notice How the client pays is its own affair, and signed over the id.
    function testFuzz_FundingIsNoPartOfTheId(
        Choice memory choice,
        uint256 funding,
        bytes memory fundingData
    ) external view {
        Acceptance memory acceptance = _acceptance(choice);
        uint256 jobId = escrow.jobIdOf(_offer(1), acceptance);
        acceptance.funding = FundingMethod(funding % 4);
        acceptance.fundingData = fundingData;
        vm.assertEq(escrow.jobIdOf(_offer(1), acceptance), jobId, "the id tells how it was paid");
    }

    /// @notice A named client gets one job, whatever it adds to its acceptances and in whatever order.
    function testFuzz_NamedOfferMakesOneJob(uint256 seed, uint8 tries) external {
        Offer memory offer = _offer(1 ether);
        offer.client = client;
        offer.clientAgentId = clientAgent;
        bytes memory signature = _signOffer(PROVIDER_KEY, offer);
        uint256 hired;
        for (uint256 i = 0; i < 2 + (uint256(tries) % 6); ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            Acceptance memory acceptance = _acceptance();
            // Of 27 forms one is plain; it must come up often, before and after others.
            if (word % 3 != 0) {
                if ((word >> 8) % 3 != 0) acceptance.inputHash = bytes32(uint256((word >> 8) % 3));
                if ((word >> 16) % 3 != 0) acceptance.budgetParams = new bytes((word >> 16) % 3);
                if ((word >> 24) % 3 != 0) acceptance.fundParams = new bytes((word >> 24) % 3);
            }
            vm.prank(client);
            try escrow.hire(offer, signature, acceptance) {
                ++hired;
            } catch {}
        }
        vm.assertEq(hired, 1, "one offer to one client, another number of jobs");
        vm.assertEq(token.balanceOf(address(escrow)), offer.amount, "one offer, another deposit");
    }

    function testFuzz_RevertWhen_NamedClientAddsSalt(bytes32 salt) external {
        Offer memory offer = _offer(1 ether);
        offer.client = client;
        offer.clientAgentId = clientAgent;
        Acceptance memory acceptance = _acceptance();
        acceptance.salt = salt == 0 ? bytes32(uint256(1)) : salt;
        _hireReverts(
            offer,
            acceptance,
            abi.encodeWithSelector(
                IJobEscrow.JobEscrow_AcceptanceMismatch.selector,
                _offerDigest(offer),
                client,
                clientAgent,
                acceptance.salt
            )
        );
    }

    /// @notice An open offer makes as many jobs as it says, then no more, to nobody.
    function testFuzz_OpenOfferMakesAsManyJobsAsItSays(uint256 capacity, uint256 salt) external {
        Offer memory offer = _offer(1 ether);
        offer.capacity = uint32(bound(capacity, 1, 8));
        Acceptance memory acceptance = _acceptance();
        for (uint256 i = 0; i < offer.capacity; ++i) {
            acceptance.salt = keccak256(abi.encode(salt, i));
            _hire(offer, acceptance);
        }
        acceptance.salt = keccak256(abi.encode(salt, "one more"));
        bytes memory exhausted = abi.encodeWithSelector(
            IJobEscrow.JobEscrow_OfferExhausted.selector,
            _offerDigest(offer),
            uint256(offer.capacity)
        );
        _hireReverts(offer, acceptance, exhausted);
        acceptance.client = stranger;
        acceptance.clientAgentId = 0;
        _hireReverts(offer, acceptance, exhausted);
        vm.assertEq(token.balanceOf(address(escrow)), offer.amount * offer.capacity, "another number of deposits");
    }

    function testFuzz_RevertWhen_SameAcceptanceComesAgain(bytes32 salt, bytes32 inputHash) external {
        Offer memory offer = _offer(1 ether);
        offer.capacity = type(uint32).max;
        Acceptance memory acceptance = _acceptance();
        (acceptance.salt, acceptance.inputHash) = (salt, inputHash);
        uint256 jobId = _hire(offer, acceptance);
        _hireReverts(offer, acceptance, abi.encodeWithSelector(IJobEscrow.JobEscrow_JobExists.selector, jobId));
    }

    function testFuzz_RevertWhen_SomebodyElseSigned(uint256 key) external {
        Offer memory offer = _offer(1 ether);
        key = bound(key, CLIENT_KEY, type(uint128).max);
        bytes memory signature = _signOffer(key, offer);
        vm.expectRevert(
            abi.encodeWithSelector(IJobEscrow.JobEscrow_InvalidOfferSignature.selector, _offerDigest(offer), provider)
        );
        vm.prank(client);
        escrow.hire(offer, signature, _acceptance());
    }

    /// @dev Changes one word of an encoded offer to another value that fits the field.
    function _withField(bytes memory encoded, uint256 field, uint256 noise) private pure returns (bytes memory) {
        uint8[19] memory bits = [160, 255, 160, 255, 160, 32, 16, 160, 255, 32, 64, 160, 160, 16, 1, 32, 255, 255, 255];
        // From 1 to the field's largest value: never 0, so that the word always changes.
        uint256 change = bound(noise, 1, (uint256(1) << bits[field]) - 1);
        assembly ("memory-safe") {
            let word := add(add(encoded, 0x20), mul(field, 0x20))
            mstore(word, xor(mload(word), change))
        }
        return encoded;
    }
}
