// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC8183} from "../../contracts/interfaces/IERC8183.sol";
import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {Misbehaviour} from "../../contracts/mocks/Misbehaviour.sol";
import {Actor} from "../../contracts/mocks/actors/Actor.sol";
import {HookBase} from "../../contracts/mocks/hooks/HookBase.sol";
import {TriggeredHook} from "../../contracts/mocks/hooks/TriggeredHook.sol";
import {CallbackToken} from "../../contracts/mocks/tokens/CallbackToken.sol";
import {Job} from "../../contracts/types/JobTypes.sol";
import {DisputeOutcome} from "../../contracts/types/SettlementTypes.sol";
import {HiringSteps} from "./HiringSteps.sol";
import {KernelSteps} from "./KernelSteps.sol";
import {SettlingSteps} from "./SettlingSteps.sol";

/// @notice What hostile tokens, hooks, evaluators and strangers do, and the passing of time.
abstract contract HostileSteps is HiringSteps, KernelSteps, SettlingSteps {
    bytes4[6] private _hookable = [
        IERC8183.setBudget.selector,
        IERC8183.fund.selector,
        IERC8183.submit.selector,
        IERC8183.complete.selector,
        IERC8183.reject.selector,
        IJobEscrow.completePartially.selector
    ];

    function passTime(uint256 seed) external step(seed) {
        uint256 time = clock + _between(1, _oneIn(4) ? 1 days : 2 hours);
        if (_oneIn(4) && jobs.length != 0) {
            // The second before, at, and after a deadline.
            uint256 edge = seen[jobs[_below(jobs.length)]].expiredAt - 1 + _below(3);
            if (edge > clock && edge < clock + 3 days) time = edge;
        }
        _setClock(time);
        _count("time passed");
    }

    /// @notice A token, a hook, an evaluator or the ledger becomes hostile, or well-behaved again.
    function changeMood(uint256 seed) external step(seed) {
        bool angry = _oneIn(3);
        uint256 choice = _below(10);
        if (choice < 2) _changeStable(angry);
        else if (choice == 2) feeOnTransfer.setFeeBps(_anger(address(feeOnTransfer), angry) ? _between(1, 9_999) : 0);
        else if (choice == 3) senderFee.setFeeBps(_anger(address(senderFee), angry) ? _between(1, 10_000) : 0);
        else if (choice == 4) returnsFalse.setRefusing(_anger(address(returnsFalse), angry));
        else if (choice == 5) _changeReverting(angry);
        else if (choice == 6) _changeCallback(angry);
        else if (choice == 7) rebasing.rebase(1e18, _anger(address(rebasing), angry) ? _between(5e17, 2e18) : 1e18);
        else if (choice == 8) _changeHooks(angry);
        else if (_oneIn(2)) ledgerDown = angry;
        else slowEvaluator.setMaxEvaluationPeriod(_oneIn(8) ? type(uint256).max : _below(60 days + 1));
        _count(angry ? "somebody turned hostile" : "somebody calmed down");
    }

    /// @notice Anybody tries anything with any job. If it works, the observer asks whether it may.
    function intrude(uint256 seed) external step(seed) {
        if (jobs.length == 0) return;
        uint256 jobId = jobs[_below(jobs.length)];
        Job memory job = escrow.getJob(jobId);
        address[5] memory intruders = [
            job.client,
            job.provider,
            job.evaluator,
            people[_below(people.length)],
            stranger
        ];
        address intruder = intruders[_below(intruders.length)];
        (bool success, ) = _act(intruder, jobId, _anyCall(jobId));
        _count(success ? "intruder had the right" : "intruder refused");
        _observeOthers(3);
    }

    function attack(uint256 seed) external step(seed) {
        if (_oneIn(2)) _attackDeposit();
        else _attackSubmission();
        _observeOthers(jobs.length);
    }

    /// @dev Two deposits, one payment: the token moves nothing for the first job and funds the second from within.
    function _attackDeposit() private {
        if (hostile[address(callback)]) return;
        uint256 amount = _amount();
        uint256 first = _attackersJob(amount);
        uint256 second = _attackersJob(amount);
        bytes memory inner = abi.encodeCall(
            Actor.execute,
            (address(escrow), abi.encodeCall(IERC8183.fund, (second, amount, "")))
        );
        callback.setCallbackWith(
            CallbackToken.Moment.BeforeTransfer,
            CallbackToken.Callback(address(puppet), inner, address(puppet), 1, false, true)
        );
        (bool success, ) = _act(address(puppet), first, abi.encodeCall(IERC8183.fund, (first, amount, "")));
        callback.clearCallback(CallbackToken.Moment.BeforeTransfer);
        if (success) _fail("a deposit was counted that never came");
        _do("reject (open)", address(puppet), first, abi.encodeCall(IERC8183.reject, (first, 0, "")));
        _do("reject (open)", address(puppet), second, abi.encodeCall(IERC8183.reject, (second, 0, "")));
        _count("double deposit tried");
    }

    /// @dev A refund and a submission, one deposit: the hook has the provider decline the job that it is submitting.
    /// (A verdict cannot be re-entered by a verdict: the inner one calls the hook again, and needs its full gas.)
    function _attackSubmission() private {
        address client = _signer();
        uint256 amount = _amount();
        uint256 jobId = _create(client, address(puppet), address(reentrantHook));
        _setBudget(jobId, client, _tokenFor(client), amount);
        _do("fund", client, jobId, abi.encodeCall(IERC8183.fund, (jobId, amount, "")));
        bytes memory inner = abi.encodeCall(
            Actor.execute,
            (address(escrow), abi.encodeCall(IJobEscrow.decline, (jobId, 0)))
        );
        reentrantHook.setCall(address(puppet), inner, 1, false);
        reentrantHook.setTrigger(HookBase.Phase.Before, IERC8183.submit.selector, true);
        bytes memory data = abi.encodeCall(IERC8183.submit, (jobId, 0, ""));
        _do("reentered submission", address(puppet), jobId, data);
        reentrantHook.setTrigger(HookBase.Phase.Before, IERC8183.submit.selector, false);
    }

    function _attackersJob(uint256 amount) private returns (uint256 jobId) {
        jobId = _create(address(puppet), _signer(), address(0));
        _setBudget(jobId, address(puppet), address(callback), amount);
    }

    function _anyCall(uint256 jobId) private returns (bytes memory) {
        Job memory job = escrow.getJob(jobId);
        uint256 choice = _below(12);
        if (choice == 0) return abi.encodeCall(IERC8183.setProvider, (jobId, _trader(), 0));
        if (choice == 1) return abi.encodeCall(IERC8183.setBudget, (jobId, _tokenFor(job.client), _amount(), ""));
        if (choice == 2) return abi.encodeCall(IERC8183.fund, (jobId, job.budget, ""));
        if (choice == 3) return abi.encodeCall(IERC8183.submit, (jobId, 0, ""));
        if (choice == 4) return abi.encodeCall(IERC8183.complete, (jobId, 0, ""));
        if (choice == 5) return abi.encodeCall(IERC8183.reject, (jobId, 0, ""));
        if (choice == 6) return abi.encodeCall(IERC8183.claimRefund, (jobId));
        if (choice == 7) return abi.encodeCall(IJobEscrow.claimPayment, (jobId));
        if (choice == 8) return abi.encodeCall(IJobEscrow.decline, (jobId, 0));
        if (choice == 9) return abi.encodeCall(IJobEscrow.extendEvaluation, (jobId, job.expiredAt + 1 hours));
        if (choice == 10) {
            uint256 amount = _below(job.budget + 1);
            return abi.encodeCall(IJobEscrow.completePartially, (jobId, amount, 0, DisputeOutcome.Split, ""));
        }
        return abi.encodeCall(escrow.transferOut, (job.paymentToken, people[0], 1));
    }

    // ─────────────────────────── moods ───────────────────────────

    /// @dev Notes whether deposits in this token are to be expected to work.
    function _anger(address token, bool angry) private returns (bool) {
        hostile[token] = angry;
        return angry;
    }

    function _changeStable(bool angry) private {
        if (_oneIn(2)) {
            address account = people[_below(people.length)];
            if (angry) stable.blacklist(account);
            else stable.unBlacklist(account);
        } else if (angry != hostile[address(stable)]) {
            if (_anger(address(stable), angry)) stable.pause();
            else stable.unpause();
        }
    }

    /// @dev Either no transfer works, or none to one victim, who can still pay.
    function _changeReverting(bool angry) private {
        Misbehaviour mode = angry ? Misbehaviour(_between(1, 5)) : Misbehaviour.None;
        _anger(address(reverting), false);
        if (_oneIn(2)) reverting.setModeFor(people[_below(people.length)], mode);
        else reverting.setMode(_anger(address(reverting), angry) ? mode : Misbehaviour.None);
    }

    /// @dev During transfers the puppet tries to take, claim or fund something else.
    function _changeCallback(bool angry) private {
        CallbackToken.Moment moment = CallbackToken.Moment(_below(2));
        if (!angry || jobs.length == 0) {
            callback.clearCallback(CallbackToken.Moment.BeforeTransfer);
            callback.clearCallback(CallbackToken.Moment.AfterTransfer);
            _anger(address(callback), false);
            return;
        }
        bytes memory call_ =
            _oneIn(2)
                ? abi.encodeCall(IJobEscrow.withdraw, (address(callback), address(puppet)))
                : _anyCall(jobs[_below(jobs.length)]);
        bytes memory inner = abi.encodeCall(Actor.execute, (address(escrow), call_));
        callback.setCallbackWith(
            moment,
            CallbackToken.Callback(address(puppet), inner, address(0), 5, _anger(address(callback), _oneIn(2)), false)
        );
    }

    function _changeHooks(bool angry) private {
        bytes4 selector = _hookable[_below(_hookable.length)];
        HookBase.Phase phase = _oneIn(2) ? HookBase.Phase.Before : HookBase.Phase.After;
        uint256 choice = _below(3);
        TriggeredHook hook = revertingHook;
        if (choice == 1) {
            hook = gasBurningHook;
            gasBurningHook.setMode(Misbehaviour(_between(1, 5)));
        } else if (choice == 2) {
            hook = reentrantHook;
            bytes memory call_ = jobs.length == 0 ? bytes("") : _anyCall(jobs[_below(jobs.length)]);
            bytes memory inner = abi.encodeCall(Actor.execute, (address(escrow), call_));
            reentrantHook.setCall(_oneIn(2) ? address(judge) : address(puppet), inner, 3, _oneIn(2));
        }
        hook.setTrigger(phase, selector, angry);
        if (angry) return;
        // Calm is thorough, or before long nothing could be done on any job with a hook.
        for (uint256 i = 0; i < _hookable.length; ++i) {
            hook.setTrigger(HookBase.Phase.Before, _hookable[i], false);
            hook.setTrigger(HookBase.Phase.After, _hookable[i], false);
        }
    }
}
