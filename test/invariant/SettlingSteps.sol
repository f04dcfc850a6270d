// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

import {IERC8183} from "../../contracts/interfaces/IERC8183.sol";
import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {IReputationLedger} from "../../contracts/interfaces/IReputationLedger.sol";
import {Job, JobStatus} from "../../contracts/types/JobTypes.sol";
import {DisputeOutcome, Settlement} from "../../contracts/types/SettlementTypes.sol";
import {vm} from "../forge/Vm.sol";
import {Observer} from "./Observer.sol";
import {Rights} from "./Rights.sol";

/// @notice Work, verdicts, claims and withdrawals: how jobs and money leave.
abstract contract SettlingSteps is Observer {
    function submit(uint256 seed) external step(seed) {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 jobId = _jobIn(JobStatus.Funded);
            if (jobId != 0) _submit(jobId);
        }
        _observeOthers(3);
    }

    function judgeWork(uint256 seed) external step(seed) {
        uint256 jobId = _jobIn(_oneIn(8) ? JobStatus.Funded : JobStatus.Submitted);
        if (jobId == 0) return;
        Job memory job = escrow.getJob(jobId);
        uint256 choice = job.status == JobStatus.Funded ? 0 : _below(6);
        bytes32 reason = bytes32(_word());
        if (choice == 0) {
            _judge("reject", job, abi.encodeCall(IERC8183.reject, (jobId, reason, "")));
        } else if (choice <= 2) {
            _judge("complete", job, abi.encodeCall(IERC8183.complete, (jobId, reason, "")));
        } else if (choice <= 4) {
            uint256 amount = _oneIn(4) ? (_oneIn(2) ? 0 : job.budget) : _between(0, job.budget);
            DisputeOutcome dispute = DisputeOutcome(_below(4));
            bytes memory data = abi.encodeCall(IJobEscrow.completePartially, (jobId, amount, reason, dispute, ""));
            _judge("completePartially", job, data);
        } else if (job.expiredAt < job.submittedAt + 60 days) {
            uint256 expiredAt = _between(job.expiredAt + 1, job.submittedAt + 60 days);
            bytes memory data = abi.encodeCall(IJobEscrow.extendEvaluation, (jobId, expiredAt));
            _demand("extendEvaluation", job.evaluator, jobId, data);
        }
        _observeOthers(3);
    }

    function decline(uint256 seed) external step(seed) {
        if (!_oneIn(3)) return; // else few jobs would get any further
        uint256 jobId = _jobIn(JobStatus.Funded);
        if (jobId == 0) return;
        Job memory job = escrow.getJob(jobId);
        _demand("decline", job.provider, jobId, abi.encodeCall(IJobEscrow.decline, (jobId, bytes32(_word()))));
        _observeOthers(3);
    }

    /// @notice A stranger claims for a job, mostly the one whose time runs out first; time may jump there.
    function claim(uint256 seed) external step(seed) {
        uint256 jobId = _oneIn(3) ? _jobIn(JobStatus.Submitted) : _firstToExpire();
        if (jobId == 0) return;
        if (clock < seen[jobId].expiredAt) {
            // Too early for either claim.
            _act(stranger, jobId, abi.encodeCall(IERC8183.claimRefund, (jobId)));
            _act(stranger, jobId, abi.encodeCall(IJobEscrow.claimPayment, (jobId)));
            if (_oneIn(2)) return;
            _setClock(seen[jobId].expiredAt);
        }
        _claim(jobId);
        _observeOthers(3);
    }

    function withdraw(uint256 seed) external step(seed) {
        uint256 first = _below(tokens.length);
        for (uint256 i = 0; i < tokens.length; ++i) {
            address token = tokens[(first + i) % tokens.length];
            if (hostile[token]) continue;
            for (uint256 j = 0; j < people.length; ++j) {
                if (escrow.withdrawable(token, people[j]) == 0) continue;
                if (_oneIn(2)) _withdraw(token, people[j]);
                else _deliver(token, people[j]);
                return;
            }
        }
    }

    function recordSettlement(uint256 seed) external step(seed) {
        if (postponedJobs.length == 0) {
            ledgerDown = true; // so that there will be something to record
            _count("ledger broke down");
            return;
        }
        uint256 index = _below(postponedJobs.length);
        uint256 jobId = postponedJobs[index];
        Settlement memory settlement = postponed[jobId];
        bytes memory record = abi.encodeCall(IReputationLedger.recordSettlement, (settlement));
        bytes memory data = abi.encodeCall(IJobEscrow.recordSettlement, (jobId, record));
        if (ledgerDown) {
            (bool success, ) = _act(stranger, jobId, data);
            if (success) _fail("a record was given up that the ledger did not take");
            ledgerDown = false; // or most records would stay postponed
            return;
        }
        _demand("recordSettlement", stranger, jobId, data);
        _recorded(settlement);
        postponedJobs[index] = postponedJobs[postponedJobs.length - 1];
        postponedJobs.pop();
        (bool again, ) = _act(stranger, jobId, data);
        if (again) _fail("a settlement was recorded twice");
    }

    function _submit(uint256 jobId) internal {
        Job memory job = escrow.getJob(jobId);
        bytes memory data = abi.encodeCall(IERC8183.submit, (jobId, bytes32(_word()), ""));
        if (job.hook == address(0)) _demand("submit", job.provider, jobId, data);
        else _do("submit", job.provider, jobId, data);
    }

    /// @dev Whatever everybody else does, a claim in time succeeds. The other claim is tried first: the observer would
    /// see it succeed without right.
    function _claim(uint256 jobId) internal {
        bytes memory refund = abi.encodeCall(IERC8183.claimRefund, (jobId));
        bytes memory payment = abi.encodeCall(IJobEscrow.claimPayment, (jobId));
        bool pays = seen[jobId].status == JobStatus.Submitted && seen[jobId].silencePays;
        _act(stranger, jobId, pays ? refund : payment);
        if (pays) _demand("claimPayment", stranger, jobId, payment);
        else _demand("claimRefund", stranger, jobId, refund);
    }

    /// @dev All of a credit goes to where its holder says, and to nobody's cost.
    function _withdraw(address token, address account) internal {
        _takeOut("withdraw", account, token, account, abi.encodeCall(IJobEscrow.withdraw, (token, outsider)));
    }

    /// @dev Whoever asks for it, a credit is delivered to its holder.
    function _deliver(address token, address account) private {
        uint256 balance = IERC20(token).balanceOf(account);
        _takeOut("deliver", stranger, token, account, abi.encodeCall(IJobEscrow.deliver, (token, account)));
        if (IERC20(token).balanceOf(account) <= balance && !_roundsOff(token)) _fail("a credit went elsewhere");
    }

    function _takeOut(string memory name, address caller, address token, address account, bytes memory data) private {
        int256 held = _held(token);
        vm.prank(caller);
        (bool success, bytes memory reason) = address(escrow).call(data);
        if (!success) revert Refused(reason);
        if (escrow.withdrawable(token, account) != 0) _fail("a credit was left over");
        if (_held(token) != held && !_roundsOff(token)) _fail("a credit took what was not the account's");
        _count(name);
    }

    /// @dev A verdict must go through unless a hook may stop it.
    function _judge(string memory name, Job memory job, bytes memory data) private {
        if (job.hook == address(0) || job.silencePaysProvider) _demand(name, job.evaluator, job.id, data);
        else _do(name, job.evaluator, job.id, data);
    }

    /// @dev A job in this state with time left; 0 if there is none.
    function _jobIn(JobStatus status) private returns (uint256) {
        uint256 first = jobs.length == 0 ? 0 : _below(jobs.length);
        for (uint256 i = 0; i < jobs.length; ++i) {
            uint256 jobId = jobs[(first + i) % jobs.length];
            if (seen[jobId].status == status && clock < seen[jobId].expiredAt) return jobId;
        }
        return 0;
    }

    function _firstToExpire() private view returns (uint256 jobId) {
        uint256 earliest = type(uint256).max;
        for (uint256 i = 0; i < jobs.length; ++i) {
            if (Rights.isTerminal(seen[jobs[i]].status) || seen[jobs[i]].expiredAt >= earliest) continue;
            jobId = jobs[i];
            earliest = seen[jobId].expiredAt;
        }
    }
}
