// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC8183} from "../../../contracts/interfaces/IERC8183.sol";
import {IJobEscrow} from "../../../contracts/interfaces/IJobEscrow.sol";
import {IOptimisticEvaluator} from "../../../contracts/interfaces/IOptimisticEvaluator.sol";
import {Phase, SplitOffer} from "../../../contracts/types/DisputeTypes.sol";
import {Acceptance, JobStatus, Offer} from "../../../contracts/types/JobTypes.sol";
import {EvaluatorModel} from "./EvaluatorModel.sol";

/// @notice What the two sides of a job do, each at the right time and at any other, and strangers in their place.
abstract contract PartySteps is EvaluatorModel {
    uint256 private constant SOME_DEALS = 5;

    /// @dev The deal whose division was offered last.
    uint256 private _lastSplit;

    function hireAndSubmit(uint256 seed) external step(seed) {
        if (live.length >= SOME_DEALS) return;
        uint256 client = _below(TRADERS);
        uint256 provider = (client + _between(1, TRADERS - 1)) % TRADERS;
        Offer memory offer;
        (offer.client, offer.provider, offer.evaluator) = (people[client], people[provider], address(evaluator));
        offer.evaluationPeriod = uint32(_oneIn(4) ? 30 days : REVIEW + GRACE);
        offer.evaluatorFeeBps = uint16(_oneIn(2) ? 0 : _between(1, 1_000));
        (offer.token, offer.amount) = (
            address(token),
            _oneIn(5) ? _between(1, MIN_AMOUNT - 1) : MIN_AMOUNT + _below(1e9)
        );
        offer.deliveryPeriod = uint32(_oneIn(4) ? 10 days : 1 hours);
        offer.validUntil = uint64(clock);
        offer.silencePaysProvider = _oneIn(2);
        (offer.capacity, offer.salt) = (1, deals.length);
        Acceptance memory acceptance;
        acceptance.client = offer.client;
        bytes memory hiring = abi.encodeCall(IJobEscrow.hire, (offer, _signOffer(provider + 1, offer), acceptance));
        (, uint256 id) = _try("hire", offer.client, address(escrow), hiring, true);
        _try("submit", offer.provider, address(escrow), abi.encodeCall(IERC8183.submit, (id, bytes32(seed), "")), true);

        Deal storage deal = deals.push();
        live.push(deals.length - 1);
        (deal.id, deal.client, deal.provider, deal.amount) = (id, offer.client, offer.provider, offer.amount);
        (deal.feeBps, deal.silencePays, deal.status) = (
            offer.evaluatorFeeBps,
            offer.silencePaysProvider,
            JobStatus.Submitted
        );
        deal.deadline = clock + REVIEW;
        uint256 longest = offer.deliveryPeriod > offer.evaluationPeriod ? offer.deliveryPeriod : offer.evaluationPeriod;
        deal.expiredAt = clock + longest;
        balances[deal.client] -= deal.amount;
        balances[address(escrow)] += deal.amount;
    }

    function accept(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(Phase.Review);
        if (!found) return;
        Deal storage deal = deals[index];
        address sender = _oftenest(deal.client);
        bool allowed = _isJudgeable(deal) && sender == deal.client && deal.phase == Phase.Review;
        if (_ask("accept", sender, abi.encodeCall(IOptimisticEvaluator.accept, (deal.id)), allowed)) {
            _end(index, 100, JobStatus.Completed, true);
        }
    }

    function dispute(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(Phase.Review);
        if (!found) return;
        Deal storage deal = deals[index];
        address sender = _oftenest(deal.client);
        bool allowed = _isJudgeable(deal) && _isOpen(deal) && sender == deal.client && deal.phase == Phase.Review;
        if (!_ask("dispute", sender, abi.encodeCall(IOptimisticEvaluator.dispute, (deal.id)), allowed)) return;
        if (deal.amount < MIN_AMOUNT) {
            _judge("ended: small job", index, SMALL_JOB_SHARE, false);
            return;
        }
        _enter(deal, Phase.Disputed, RESPONSE);
        _takeBond(deal.client);
    }

    function contest(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(Phase.Disputed);
        if (!found) return;
        Deal storage deal = deals[index];
        address sender = _oftenest(deal.provider);
        bool allowed = _isOpen(deal) && sender == deal.provider && deal.phase == Phase.Disputed;
        if (!_ask("contest", sender, abi.encodeCall(IOptimisticEvaluator.contest, (deal.id)), allowed)) return;
        _enter(deal, Phase.Contested, ESCALATION);
        _takeBond(deal.provider);
    }

    function concede(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(Phase(_between(1, 3)));
        if (!found) return;
        Deal storage deal = deals[index];
        address sender = _oftenest(_oneIn(2) ? deal.client : deal.provider);
        bool allowed = _isOpen(deal) && _isParty(deal, sender) && deal.phase != Phase.Review;
        if (!_ask("concede", sender, abi.encodeCall(IOptimisticEvaluator.concede, (deal.id)), allowed)) return;
        if (sender == deal.client) _judge("ended: client conceded", index, 100, true);
        else _judge("ended: provider conceded", index, 0, true);
    }

    function offerSplit(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(Phase(_below(4)));
        if (!found) return;
        Deal storage deal = deals[index];
        address sender = _oftenest(_oneIn(2) ? deal.client : deal.provider);
        uint256 share = _below(_oneIn(8) ? 120 : 101);
        uint40 until = uint40(clock + _below(4 days));
        bool allowed = _isOpen(deal) && _isParty(deal, sender) && share <= 100;
        bytes memory data = abi.encodeCall(IOptimisticEvaluator.offerSplit, (deal.id, share, until));
        if (!_ask("offerSplit", sender, data, allowed)) return;
        splits[index][sender] = SplitOffer(uint8(share), until, deal.phase);
        _lastSplit = index;
    }

    function acceptSplit(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(Phase(_below(4)));
        if (!found) return;
        if (_lastSplit < deals.length && _oneIn(2)) index = _lastSplit;
        Deal storage deal = deals[index];
        address other = _oneIn(2) ? deal.client : deal.provider;
        if (splits[index][other].validUntil == 0) other = other == deal.client ? deal.provider : deal.client;
        address sender = _oftenest(other == deal.client ? deal.provider : deal.client);
        SplitOffer memory offer = splits[index][sender == deal.client ? deal.provider : deal.client];
        uint256 share = _oneIn(8) ? _below(101) : offer.share;
        bool allowed = _isOpen(deal) && _isJudgeable(deal) && _isParty(deal, sender) && share == offer.share;
        allowed = allowed && offer.phase == deal.phase && clock <= offer.validUntil;
        bytes memory data = abi.encodeCall(IOptimisticEvaluator.acceptSplit, (deal.id, share));
        if (!_ask("acceptSplit", sender, data, allowed)) return;
        _judge(
            deal.phase == Phase.Review ? "ended: split in review" : "ended: split of a dispute",
            index,
            share,
            false
        );
    }

    function secureReview(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(Phase.Review);
        if (!found) return;
        Deal storage deal = deals[index];
        // Hired jobs always have the time that this would give them.
        bool allowed = _isUnderReview(deal) && deal.phase == Phase.Review;
        _ask("secureReview", _person(), abi.encodeCall(IOptimisticEvaluator.secureReview, (deal.id)), allowed);
    }

    // ─────────────────────────── who and what ───────────────────────────

    function _ask(string memory name, address sender, bytes memory data, bool allowed) internal returns (bool success) {
        (success, ) = _try(name, sender, address(evaluator), data, allowed);
    }

    /// @dev A verdict, with the bonds if there are any.
    function _judge(string memory ending, uint256 index, uint256 share, bool penalised) internal {
        Deal storage deal = deals[index];
        if (deal.phase != Phase.Review) _divide(deal, share, penalised);
        _end(index, share, (deal.amount * share) / 100 == 0 ? JobStatus.Rejected : JobStatus.Completed, true);
        _count(ending);
    }

    function _takeBond(address from) internal {
        balances[from] -= BOND;
        balances[address(evaluator)] += BOND;
    }

    /// @dev A deal in this phase, most of the time; sometimes any, also one that has ended.
    function _pick(Phase phase) internal returns (bool found, uint256 index) {
        if (deals.length == 0) return (false, 0);
        if (live.length == 0 || _oneIn(8)) return (true, _below(deals.length));
        uint256 first = _below(live.length);
        for (uint256 i = 0; i < live.length; ++i) {
            index = live[(first + i) % live.length];
            if (deals[index].phase == phase) return (true, index);
        }
    }

    function _person() internal returns (address) {
        return people[_below(people.length)];
    }

    function _oftenest(address party) internal returns (address) {
        return _oneIn(8) ? _person() : party;
    }
}
