// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainToken} from "../../contracts/mocks/tokens/PlainToken.sol";
import {IERC8183} from "../../contracts/interfaces/IERC8183.sol";
import {Acceptance, Job, Offer} from "../../contracts/types/JobTypes.sol";
import {Market} from "../forge/Market.sol";
import {vm} from "../forge/Vm.sol";

/// @notice The market with one of everything, and an offer that can be hired by as it is.
abstract contract FuzzMarket is Market {
    /// @dev What a client decides but how it pays: forge draws enums beyond their range.
    struct Choice {
        address client;
        uint256 clientAgentId;
        bytes32 inputHash;
        bytes32 salt;
        bytes budgetParams;
        bytes fundParams;
    }

    uint256 internal constant PROVIDER_KEY = 1;
    uint256 internal constant CLIENT_KEY = 2;
    uint256 internal constant NOW = 1_800_000_000;

    address internal provider = vm.addr(PROVIDER_KEY);
    address internal client = vm.addr(CLIENT_KEY);
    address internal evaluator = address(0xe7a1);
    address internal referrer = address(0x4ef);
    address internal stranger = address(0x5742);
    PlainToken internal token;
    uint256 internal providerAgent;
    uint256 internal clientAgent;

    function setUp() public virtual {
        vm.warp(NOW);
        _deployMarket();
        token = new PlainToken("Plain", "PLN", 18);
        _endow(address(token), client, type(uint128).max);
        providerAgent = _register(provider);
        clientAgent = _register(client);
    }

    function _register(address owner) internal returns (uint256) {
        vm.prank(owner);
        return registry.register();
    }

    function _offer(uint256 amount) internal view returns (Offer memory offer) {
        offer.provider = provider;
        offer.providerAgentId = providerAgent;
        offer.evaluator = evaluator;
        offer.evaluationPeriod = 1 days;
        offer.token = address(token);
        offer.amount = amount;
        offer.deliveryPeriod = 1 days;
        offer.validUntil = uint64(NOW + 1 days);
        offer.capacity = 1;
        offer.termsHash = keccak256("terms");
    }

    function _acceptance() internal view returns (Acceptance memory acceptance) {
        acceptance.client = client;
        acceptance.clientAgentId = clientAgent;
    }

    function _acceptance(Choice memory choice) internal pure returns (Acceptance memory acceptance) {
        acceptance.client = choice.client;
        acceptance.clientAgentId = choice.clientAgentId;
        acceptance.inputHash = choice.inputHash;
        acceptance.salt = choice.salt;
        acceptance.budgetParams = choice.budgetParams;
        acceptance.fundParams = choice.fundParams;
    }

    function _hire(Offer memory offer, Acceptance memory acceptance) internal returns (uint256 jobId) {
        bytes memory signature = _signOffer(PROVIDER_KEY, offer);
        vm.prank(acceptance.client);
        return escrow.hire(offer, signature, acceptance);
    }

    /// @dev Expects `hire` to fail with exactly this error.
    function _hireReverts(Offer memory offer, Acceptance memory acceptance, bytes memory expected) internal {
        bytes memory signature = _signOffer(PROVIDER_KEY, offer);
        vm.expectRevert(expected);
        vm.prank(acceptance.client);
        escrow.hire(offer, signature, acceptance);
    }

    function _submit(uint256 jobId) internal {
        vm.prank(provider);
        escrow.submit(jobId, keccak256("work"), "");
    }

    function _job(uint256 jobId) internal view returns (Job memory) {
        return IERC8183(address(escrow)).getJob(jobId);
    }
}
