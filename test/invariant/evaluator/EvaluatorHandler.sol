// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "../../../contracts/interfaces/IArbitrable.sol";
import {IOptimisticEvaluator} from "../../../contracts/interfaces/IOptimisticEvaluator.sol";
import {CentralArbitrator} from "../../../contracts/mocks/actors/CentralArbitrator.sol";
import {Phase} from "../../../contracts/types/DisputeTypes.sol";
import {JobStatus} from "../../../contracts/types/JobTypes.sol";
import {PartySteps} from "./PartySteps.sol";

/// @notice The one contract that a campaign calls: the parties, an arbitrator with moods, what anybody may do, time,
/// and the end of all things.
contract EvaluatorHandler is PartySteps {
    /// @dev What the arbitrator does in the middle of an escalation: nothing, what is guarded, or rule.
    bool private _interjects;
    bool private _interjectionFails;
    uint256 private _ruledInside;
    uint256 private _rulingInside;

    // ─────────────────────────── steps ───────────────────────────

    function escalate(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(Phase.Contested);
        if (!found) return;
        Deal storage deal = deals[index];
        address sender = _oftenest(_oneIn(2) ? deal.client : deal.provider);
        uint256 cost = arbitrator.cost();
        bool willing = !arbitrator.closed() && cost <= BOND && arbitrator.fixedNumber() == 0 && !_interjectionFails;
        bool allowed = willing && _isOpen(deal) && _isParty(deal, sender) && deal.phase == Phase.Contested;
        if (!_ask("escalate", sender, abi.encodeCall(IOptimisticEvaluator.escalate, (deal.id)), allowed)) {
            if (!willing) _count("arbitrator not willing");
            return;
        }
        // What was ruled in between counts for disputes that were there before; never for this one.
        if (_interjects && _applyRuling(_ruledInside, _rulingInside)) _count("ruling from inside counted");
        deal.disputeID = arbitrator.count();
        dealOf[deal.disputeID] = index + 1;
        deal.fee = arbitrator.taken() < cost ? arbitrator.taken() : cost;
        _enter(deal, Phase.Escalated, ARBITRATION);
        balances[address(evaluator)] -= deal.fee;
        balances[address(arbitrator)] += deal.fee;
        if (deal.fee < cost) _count("arbitrator took less");
    }

    /// @notice Right, out of range, late, twice, or by somebody else.
    function rule(uint256 seed) external step(seed) {
        (bool found, uint256 index) = _pick(_oneIn(4) ? Phase.Ruled : Phase.Escalated);
        uint256 id = found ? deals[index].disputeID : 0;
        if (id == 0) return;
        uint256 ruling =
            _oneIn(6)
                ? _oneIn(2)
                    ? 0
                    : 6 + _word() / 2
                : _between(1, 5);
        if (_oneIn(8)) {
            _ask("rule (stranger)", _person(), abi.encodeCall(IArbitrable.rule, (id, ruling)), false);
            return;
        }
        bytes memory data = abi.encodeCall(CentralArbitrator.giveRuling, (id, ruling));
        (bool success, ) = _try("rule", _person(), address(arbitrator), data, true);
        if (success) _applyRuling(id, ruling);
    }

    /// @notice Somebody ends what is due, one way or the other, or tries to end what is not.
    function finalise(uint256 seed) external step(seed) {
        if (deals.length != 0) _finalise(_mostlyDue(false));
    }

    function claim(uint256 seed) external step(seed) {
        if (deals.length != 0) _claim(_mostlyDue(true), _oneIn(8));
    }

    function releaseBonds(uint256 seed) external step(seed) {
        if (deals.length == 0) return;
        uint256 first = _below(deals.length);
        // One that has ended without its dispute, if there is any.
        for (uint256 i = 0; i < deals.length; ++i) {
            Deal storage deal = deals[(first + i) % deals.length];
            if (deal.status > JobStatus.Submitted && _bondsOf(deal) != 0) first = (first + i) % deals.length;
        }
        _release(first);
    }

    function payOut(uint256 seed) external step(seed) {
        address account = _person();
        address to = _oneIn(8) ? (_oneIn(2) ? address(0) : address(evaluator)) : _person();
        if (_oneIn(2)) _payCredit(account, to, _oneIn(2));
        else _payFees(account, to, _oneIn(2));
    }

    /// @notice The arbitrator changes its price, takes less, refuses, gives a number twice, re-enters or rules from
    /// inside; or tries to take more of the bonds.
    function changeMood(uint256 seed) external step(seed) {
        uint256 disputes = arbitrator.count();
        (_interjects, _interjectionFails) = (false, false);
        arbitrator.setCost(COST);
        arbitrator.setTaken(type(uint256).max);
        arbitrator.setClosed(false);
        arbitrator.setFixedNumber(0);
        arbitrator.setInterjection(address(0), "");
        uint256 mood = _below(16); // calm, more often than not
        if (mood == 0) arbitrator.setCost(_oneIn(2) ? BOND + 1 : BOND);
        else if (mood == 1) arbitrator.setTaken(_below(COST));
        else if (mood == 2) arbitrator.setClosed(true);
        else if (mood == 3 && disputes != 0) arbitrator.setFixedNumber(_between(1, disputes));
        else if (mood == 4 && deals.length != 0) {
            _interjectionFails = true;
            bytes memory guarded = abi.encodeCall(IOptimisticEvaluator.finalise, (deals[_below(deals.length)].id));
            arbitrator.setInterjection(address(evaluator), guarded);
        } else if (mood < 8) {
            // On a dispute that is there, or on the one that is about to be.
            (_interjects, _ruledInside, _rulingInside) = (true, disputes + _below(2), _below(8));
            bytes memory ruling = abi.encodeCall(IArbitrable.rule, (_ruledInside, _rulingInside));
            arbitrator.setInterjection(address(evaluator), ruling);
        }
        bytes memory theft = abi.encodeCall(CentralArbitrator.takeMore, (token, address(evaluator), 1));
        _try("takeMore", _person(), address(arbitrator), theft, false);
    }

    /// @notice Some hours, or to where the next phase or job ends, -1, 0, +1; seldom far.
    function passTime(uint256 seed) external step(seed) {
        uint256 next = clock + (_oneIn(16) ? 30 days : ARBITRATION);
        bool clockOfJobs = _oneIn(3);
        for (uint256 i = 0; i < live.length && !_oneIn(8); ++i) {
            uint256 edge = clockOfJobs ? deals[live[i]].expiredAt : deals[live[i]].deadline;
            if (edge > clock + 1 && edge < next) next = edge;
        }
        _setClock(_oneIn(3) ? next - 1 + _below(3) : clock + _between(1, 8 hours));
        _count("time passed");
    }

    // ─────────────────────────── the end ───────────────────────────

    /// @notice Nobody does anything more but strangers, and the arbitrator is gone. Time and calls that anybody may
    /// make end every job and dispute, and pay everybody; then the evaluator is empty.
    function everybodyLeaves(uint256 seed) external override step(seed) {
        arbitrator.setClosed(true);
        if (_oneIn(3)) _setClock(clock + 60 days); // nobody came in time: the escrow's own claims end it all
        while (live.length != 0) {
            uint256 next = live[0];
            for (uint256 i = 1; i < live.length; ++i) if (_dueAt(live[i]) < _dueAt(next)) next = live[i];
            if (_dueAt(next) > clock) _setClock(_dueAt(next));
            uint256 left = live.length;
            if (clock < deals[next].expiredAt) _finalise(next);
            else _claim(next, false);
            if (live.length == left) {
                _fail("a job does not end");
                return;
            }
        }
        for (uint256 i = 0; i < deals.length; ++i) if (_bondsOf(deals[i]) != 0) _release(i);
        for (uint256 i = 0; i < people.length; ++i) {
            if (credits[people[i]] != 0) _payCredit(people[i], people[i], true);
            if (fees[people[i]] != 0) _payFees(people[i], people[i], true);
        }
        if (evaluator.reserved() != 0) _fail("something stays reserved");
        if (token.balanceOf(address(evaluator)) != 0) _fail("the evaluator is not empty");
        if (token.balanceOf(address(escrow)) != 0) _fail("the escrow is not empty");
    }

    function _mostlyDue(bool expired) private returns (uint256 index) {
        index = live.length == 0 ? _below(deals.length) : live[_below(live.length)];
        for (uint256 i = 0; i < live.length; ++i) {
            if (clock >= (expired ? deals[live[i]].expiredAt : _dueAt(live[i])) && !_oneIn(4)) index = live[i];
        }
    }

    function _dueAt(uint256 index) private view returns (uint256) {
        return deals[index].phase == Phase.Ruled ? 0 : deals[index].deadline;
    }

    // ─────────────────────────── verbs that anybody has ───────────────────────────

    function _finalise(uint256 index) private {
        Deal storage deal = deals[index];
        Phase phase = deal.phase;
        bool allowed = _isJudgeable(deal) && (phase == Phase.Ruled || clock >= deal.deadline);
        if (!_ask("finalise", _person(), abi.encodeCall(IOptimisticEvaluator.finalise, (deal.id)), allowed)) return;
        if (phase == Phase.Review) _judge("ended: silence", index, 100, false);
        else if (phase == Phase.Disputed) _judge("ended: not contested", index, 0, false);
        else if (phase == Phase.Contested) _judge("ended: not escalated", index, 50, false);
        else if (phase == Phase.Escalated) _judge("ended: not ruled", index, 50, false);
        else _judge("ended: ruled", index, deal.share, true);
    }

    function _claim(uint256 index, bool wrongly) private {
        Deal storage deal = deals[index];
        bool pays = deal.silencePays != wrongly;
        bool allowed = !wrongly && _isUnderReview(deal) && clock >= deal.expiredAt;
        string memory name = pays ? "claimPayment" : "claimRefund";
        bytes memory data = abi.encodeWithSignature(string.concat(name, "(uint256)"), deal.id);
        (bool success, ) = _try(name, _person(), address(escrow), data, allowed);
        if (!success) return;
        _end(index, pays ? 100 : 0, pays ? JobStatus.Completed : JobStatus.Expired, false);
        if (deal.phase != Phase.Review) _count("ended: without its dispute");
    }

    function _release(uint256 index) private {
        Deal storage deal = deals[index];
        bool allowed = deal.status > JobStatus.Submitted && _bondsOf(deal) != 0;
        bool ruled = deal.phase == Phase.Ruled;
        bytes memory data = abi.encodeCall(IOptimisticEvaluator.releaseBonds, (deal.id));
        if (!_ask("releaseBonds", _person(), data, allowed)) return;
        _divide(deal, ruled ? deal.share : 50, ruled);
        _count(ruled ? "bonds released as ruled" : "bonds released by halves");
    }

    function _payCredit(address account, address to, bool delivers) private {
        if (delivers) to = account;
        bool allowed = credits[account] != 0 && to != address(0) && to != address(evaluator);
        (bool success, uint256 amount) = delivers
            ? _try("deliver", _person(), address(evaluator), abi.encodeCall(evaluator.deliver, (account)), allowed)
            : _try("withdraw", account, address(evaluator), abi.encodeCall(evaluator.withdraw, (to)), allowed);
        if (!success) return;
        if (amount != credits[account]) _fail("another credit was paid out");
        _paid(to, amount);
        delete credits[account];
    }

    function _payFees(address account, address to, bool sweeps) private {
        if (sweeps) to = account;
        bool allowed = fees[account] != 0 && to != address(0) && to != address(evaluator);
        address paidIn = address(token);
        bytes memory data =
            sweeps
                ? abi.encodeCall(evaluator.sweepFees, (paidIn, account))
                : abi.encodeCall(evaluator.withdrawFees, (paidIn, to));
        address sender = sweeps ? _person() : account;
        (bool success, uint256 amount) = _try(
            sweeps ? "sweepFees" : "withdrawFees",
            sender,
            address(evaluator),
            data,
            allowed
        );
        if (!success) return;
        if (amount != fees[account]) _fail("other fees were paid out");
        _paid(to, amount);
        delete fees[account];
    }

    function _paid(address to, uint256 amount) private {
        balances[address(evaluator)] -= amount;
        balances[to] += amount;
    }
}
