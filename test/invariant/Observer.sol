// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {IReputationLedger} from "../../contracts/interfaces/IReputationLedger.sol";
import {Job, JobStatus} from "../../contracts/types/JobTypes.sol";
import {Settlement} from "../../contracts/types/SettlementTypes.sol";
import {vm} from "../forge/Vm.sol";
import {ReputationModel} from "./ReputationModel.sol";
import {Rights} from "./Rights.sol";

/// @notice Looks at every call of the escrow: who was let do what, which state followed, and what became of the money
/// and of the records.
abstract contract Observer is ReputationModel {
    /// @notice What was last seen of a job, and what it has done to the escrow's money.
    struct Seen {
        bool exists;
        JobStatus status;
        bool silencePays;
        uint256 expiredAt;
        address token;
        uint256 paidIn;
        uint256 paidOut;
        bytes32 terms;
        bytes32 whole;
    }

    uint256[] internal jobs;
    mapping(uint256 jobId => Seen) internal seen;

    /// @dev Deposits of jobs that have not ended.
    mapping(address token => uint256) internal live;
    /// @dev What a token pretended to pay out and kept where it was: nobody's money, but in the escrow.
    mapping(address token => uint256) internal abandoned;

    /// @dev Settlements that the ledger did not take, by job.
    mapping(uint256 jobId => Settlement) internal postponed;
    uint256[] internal postponedJobs;
    /// @dev Whether the ledger fails at present.
    bool internal ledgerDown;

    /// @notice The escrow refused a step that chance had drawn: no fault, but a step without effect.
    error Refused(bytes reason);

    // ─────────────────────────── calls ───────────────────────────

    /// @dev Makes a call that may be refused.
    function _do(string memory name, address sender, uint256 jobId, bytes memory data) internal {
        (bool success, bytes memory result) = _act(sender, jobId, data);
        if (!success) revert Refused(result);
        _count(name);
    }

    /// @dev Makes a call that no token, hook, evaluator or ledger may stop.
    function _demand(string memory name, address sender, uint256 jobId, bytes memory data) internal {
        (bool success, ) = _act(sender, jobId, data);
        if (success) _count(name);
        else _fail(string.concat(name, " was refused"));
    }

    /// @dev Makes a call about one job, and looks at what it changed.
    function _act(address sender, uint256 jobId, bytes memory data) internal returns (bool, bytes memory) {
        return _act(sender, jobId, data, seen[jobId].token);
    }

    function _act(
        address sender,
        uint256 jobId,
        bytes memory data,
        address token
    ) internal returns (bool success, bytes memory result) {
        Job memory before;
        if (seen[jobId].exists) before = escrow.getJob(jobId);
        int256 heldBefore = _held(token);

        if (ledgerDown) vm.mockCallRevert(address(ledger), _recordSelector(), "");
        vm.prank(sender);
        (success, result) = address(escrow).call(data);
        if (ledgerDown) vm.clearMockedCalls();
        if (!success) return (success, result);

        if (before.client != address(0) && !Rights.mayCall(bytes4(data), sender, before, clock)) {
            _fail("somebody was let do what is not theirs to do");
        }
        if (jobId == 0) jobId = abi.decode(result, (uint256)); // createJob
        _observe(jobId, before, data, _held(token) - heldBefore);
    }

    /// @dev What the escrow has of a token for jobs: all but what it owes as credit.
    function _held(address token) internal view returns (int256) {
        if (token == address(0)) return 0;
        return int256(IERC20(token).balanceOf(address(escrow))) - int256(_credits(token));
    }

    function _credits(address token) internal view returns (uint256 sum) {
        for (uint256 i = 0; i < people.length; ++i) sum += escrow.withdrawable(token, people[i]);
    }

    // ─────────────────────────── observation ───────────────────────────

    /// @param before The job as the call found it; empty if there was none.
    /// @param change What the call did to the money that the escrow holds for jobs in this token.
    function _observe(uint256 jobId, Job memory before, bytes memory data, int256 change) internal {
        Job memory job = escrow.getJob(jobId);
        Seen storage last = seen[jobId];
        bool isNew = !last.exists;
        if (isNew) {
            jobs.push(jobId);
            last.exists = true;
            if (job.status > JobStatus.Funded) _fail("a job began in a state that jobs do not begin in");
        } else if (last.status != job.status) {
            bool priced = before.budget != 0;
            if (!Rights.mayBecome(last.status, job.status, priced)) _fail("a job took a forbidden transition");
        }
        _compareTerms(last, job, bytes4(data));

        bool leavesOpen = (isNew || last.status == JobStatus.Open) && job.status != JobStatus.Open;
        if (leavesOpen && !Rights.isTerminal(job.status)) _checkEpochs(job);
        bool ends = !isNew && Rights.isTerminal(job.status) && !Rights.isTerminal(last.status);
        if (leavesOpen && job.status == JobStatus.Funded) {
            if (change != int256(job.budget) && !_roundsOff(job.paymentToken)) _fail("a deposit is not what it says");
            last.paidIn = job.budget;
            live[job.paymentToken] += job.budget;
        } else if (ends && last.paidIn != 0) {
            _release(last, change);
            _settled(before, job, data);
        } else if (change != 0 && !_roundsOff(job.paymentToken)) {
            _fail("money moved without a deposit or an end");
        }

        if (isNew || last.status != job.status) _count(_nameOf(job.status));
        last.status = job.status;
        last.silencePays = job.silencePaysProvider;
        last.expiredAt = job.expiredAt;
        last.token = job.paymentToken;
        last.whole = keccak256(abi.encode(job));
        last.terms = _termsOf(job);
    }

    /// @dev A job that nobody named must be as it was. A few are looked at after each step, all of them at the end.
    function _observeOthers(uint256 howMany) internal {
        uint256 first = jobs.length == 0 ? 0 : _below(jobs.length);
        for (uint256 i = 0; i < howMany && i < jobs.length; ++i) {
            uint256 jobId = jobs[(first + i) % jobs.length];
            if (keccak256(abi.encode(escrow.getJob(jobId))) != seen[jobId].whole) {
                _fail("a job changed in a call that did not name it");
            }
        }
    }

    function _compareTerms(Seen storage last, Job memory job, bytes4 selector) private {
        if (last.terms == 0 || last.status == JobStatus.Open) return;
        if (_termsOf(job) != last.terms) _fail("terms changed after the job left Open");
        if (job.expiredAt < last.expiredAt) _fail("a deadline moved forward");
        if (!Rights.isTerminal(last.status)) return;
        if (selector == IJobEscrow.recordSettlement.selector) {
            if (job.recordPending) _fail("a record stayed pending after it was written");
            job.recordPending = true; // all else must be as before
        }
        if (keccak256(abi.encode(job)) != last.whole) _fail("a terminal job changed");
        job.recordPending = false;
    }

    function _release(Seen storage last, int256 change) private {
        live[last.token] -= last.paidIn;
        uint256 paidOut = change < 0 ? uint256(-change) : 0;
        if (paidOut > last.paidIn && !_roundsOff(last.token)) _fail("a job paid out more than it took in");
        if (paidOut < last.paidIn) {
            // Only a token that reports transfers which it did not make can keep money back.
            if (last.token != address(reverting) && !_roundsOff(last.token)) _fail("a job kept some of its deposit");
            abandoned[last.token] += last.paidIn - paidOut;
        }
        last.paidOut = last.paidIn;
    }

    function _settled(Job memory before, Job memory job, bytes memory data) private {
        Verdict memory verdict;
        if (bytes4(data) == IJobEscrow.completePartially.selector) verdict = _verdictIn(data);
        Settlement memory settlement = _settlementOf(before, bytes4(data), verdict);
        if (job.recordPending != ledgerDown) _fail("a record is pending without reason, or lost");
        if (job.recordPending) {
            postponed[job.id] = settlement;
            postponedJobs.push(job.id);
            _count("record postponed");
        } else {
            _recorded(settlement);
        }
    }

    /// @dev To be called when the ledger has taken a settlement.
    function _recorded(Settlement memory settlement) internal {
        _enter(settlement);
        if (!_agreesOn(settlement)) _fail("a record is not what happened");
        _count("settlement recorded");
    }

    /// @dev Whose identities these are is read at this very moment, and proved.
    function _checkEpochs(Job memory job) private {
        if (job.providerAgentId != 0) {
            (bool authorised, uint32 epoch) = registry.verifyAgent(job.providerAgentId, job.provider);
            if (!authorised || epoch != job.providerEpoch) _fail("the provider works as an agent that it is not");
        }
        if (job.clientAgentId != 0) {
            (bool authorised, uint32 epoch) = registry.verifyAgent(job.clientAgentId, job.client);
            if (!authorised || epoch != job.clientEpoch) _fail("the client hires as an agent that it is not");
        }
    }

    /// @dev The one token that cannot promise to move what it is asked to.
    function _roundsOff(address token) internal view returns (bool) {
        return token == address(rebasing);
    }

    /// @dev Arguments number 1 and 3 of completePartially(jobId, providerAmount, reason, dispute, optParams).
    function _verdictIn(bytes memory data) private pure returns (Verdict memory verdict) {
        assembly ("memory-safe") {
            mstore(verdict, mload(add(data, 0x44)))
            mstore(add(verdict, 0x20), mload(add(data, 0x84)))
        }
    }

    /// @dev Everything but what a job's progress changes.
    function _termsOf(Job memory job) private pure returns (bytes32 hash) {
        (uint256 expiredAt, JobStatus status, uint256 submittedAt, bool pending) = (
            job.expiredAt,
            job.status,
            job.submittedAt,
            job.recordPending
        );
        (job.expiredAt, job.status, job.submittedAt, job.recordPending) = (0, JobStatus.Open, 0, false);
        hash = keccak256(abi.encode(job));
        (job.expiredAt, job.status, job.submittedAt, job.recordPending) = (expiredAt, status, submittedAt, pending);
    }

    function _recordSelector() internal pure returns (bytes memory) {
        return abi.encodePacked(IReputationLedger.recordSettlement.selector);
    }

    function _nameOf(JobStatus status) internal pure returns (string memory) {
        return ["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"][uint8(status)];
    }
}
