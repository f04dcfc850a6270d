// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {Acceptance, FundingMethod, Offer} from "../../contracts/types/JobTypes.sol";
import {vm} from "../forge/Vm.sol";
import {Observer} from "./Observer.sol";

/// @notice Jobs that are hired by signed offers, in every way there is.
abstract contract HiringSteps is Observer {
    Offer[] private _offers;
    mapping(bytes32 offerHash => uint256) private _accepted;
    mapping(bytes32 offerHash => bool) private _cancelled;

    function hire(uint256 seed) external step(seed) {
        _hireSomebody(_hook());
        _observeOthers(3);
    }

    /// @notice Another acceptance of an offer that was accepted before: it may succeed only where the offer is open,
    /// alive and not exhausted.
    function acceptAgain(uint256 seed) external step(seed) {
        if (_offers.length == 0) return;
        Offer memory offer = _offers[_below(_offers.length)];
        bytes32 hash = _offerDigest(offer);
        address client = offer.client == address(0) ? _traderOtherThan(offer.provider) : offer.client;
        if (!_payable(offer.token, client)) return;
        Acceptance memory acceptance = _randomAcceptance(offer, client);
        if (_accepted[hash] < offer.capacity && !_cancelled[hash] && clock <= offer.validUntil) {
            _hire("hire (again)", offer, acceptance);
            return;
        }
        (bool success, , ) = _tryHire(offer, acceptance);
        if (success) _fail("an offer was accepted that was used up, cancelled or too old");
        _count("used offer refused");
    }

    function cancelOffer(uint256 seed) external step(seed) {
        if (_offers.length == 0) return;
        Offer memory offer = _offers[_below(_offers.length)];
        address sender = _oneIn(4) ? _trader() : offer.provider;
        vm.prank(sender);
        (bool success, ) = address(escrow).call(abi.encodeCall(IJobEscrow.cancelOffer, (offer)));
        if (success != (sender == offer.provider)) _fail("cancelling was not the provider's alone");
        if (!success) return;
        _cancelled[_offerDigest(offer)] = true;
        _count("cancelOffer");
    }

    /// @dev Has somebody hire somebody else, on terms that the escrow should accept.
    function _hireSomebody(address hook) internal returns (uint256 jobId) {
        address client = _trader();
        Offer memory offer = _randomOffer(client, hook);
        Acceptance memory acceptance = _randomAcceptance(offer, client);
        jobId = _hire("hire", offer, acceptance);
        _offers.push(offer);
    }

    function _hire(
        string memory name,
        Offer memory offer,
        Acceptance memory acceptance
    ) private returns (uint256 jobId) {
        bool success;
        bytes memory result;
        (success, jobId, result) = _tryHire(offer, acceptance);
        if (!success) revert Refused(result);
        ++_accepted[_offerDigest(offer)];
        // A permit replaced the unlimited allowance.
        if (acceptance.funding == FundingMethod.Permit) _approve(offer.token, acceptance.client, address(escrow));
        _count(name);
        _count(["funded by allowance", "by permit", "by authorization", "by Permit2"][uint8(acceptance.funding)]);
    }

    function _tryHire(
        Offer memory offer,
        Acceptance memory acceptance
    ) private returns (bool success, uint256 jobId, bytes memory result) {
        jobId = escrow.jobIdOf(offer, acceptance);
        acceptance.fundingData = _fundingData(keyOf[acceptance.client], offer, acceptance, jobId);
        // Only what binds the job's id may be sent by somebody else.
        address sender = acceptance.funding > FundingMethod.Permit ? stranger : acceptance.client;
        bytes memory signature = _signOffer(keyOf[offer.provider], offer);
        (success, result) = _act(
            sender,
            jobId,
            abi.encodeCall(IJobEscrow.hire, (offer, signature, acceptance)),
            offer.token
        );
    }

    function _randomOffer(address client, address hook) private returns (Offer memory offer) {
        offer.provider = _signerOtherThan(client);
        offer.providerAgentId = _agentOf(offer.provider);
        offer.evaluator = hook == address(reentrantHook) ? address(judge) : _evaluatorFor(client);
        offer.evaluationPeriod = uint32(_evaluationPeriod());
        offer.evaluatorFeeBps = uint16(_oneIn(3) ? 0 : _below(1_001));
        offer.token = _tokenFor(client);
        offer.amount = _amount();
        offer.deliveryPeriod = uint32(_duration());
        offer.validUntil = uint64(clock + _below(5 days));
        offer.hook = hook;
        if (_oneIn(3)) {
            offer.referrer = _oneIn(2) ? referrer : _trader();
            offer.referrerFeeBps = uint16(_below(1_001));
        }
        offer.silencePaysProvider = _oneIn(2);
        offer.capacity = 1;
        if (_oneIn(2)) {
            offer.capacity = uint32(_between(1, 3));
        } else {
            offer.client = client;
            offer.clientAgentId = _agentOf(client);
        }
        offer.termsHash = bytes32(_word());
        offer.salt = _word();
    }

    /// @dev At least what the evaluator publishes, at most what the escrow allows.
    function _evaluationPeriod() private returns (uint256) {
        uint256 shortest = slowEvaluator.maxEvaluationPeriod();
        if (shortest < 1 hours) shortest = 1 hours;
        if (shortest > 60 days) return 60 days; // too short for that evaluator, but for no other
        return _between(shortest, _oneIn(2) ? 60 days : shortest);
    }

    function _randomAcceptance(Offer memory offer, address client) private returns (Acceptance memory acceptance) {
        acceptance.client = client;
        acceptance.clientAgentId = offer.client == address(0) ? _agentOf(client) : offer.clientAgentId;
        if (offer.client == address(0)) acceptance.salt = bytes32(_word());
        if (_oneIn(2)) acceptance.inputHash = bytes32(_word());
        if (_oneIn(4)) acceptance.budgetParams = abi.encode(_word());
        if (_oneIn(4)) acceptance.fundParams = abi.encode(_word());
        bool signs = keyOf[client] != 0;
        bool signedToken = offer.token == address(stable) || offer.token == address(callback);
        if (signs && signedToken) acceptance.funding = FundingMethod(_below(4));
        else if (signs && _oneIn(3)) acceptance.funding = FundingMethod.Permit2;
    }
}
