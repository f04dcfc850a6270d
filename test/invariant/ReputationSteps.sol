// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedbackRegistry} from "../../contracts/interfaces/IFeedbackRegistry.sol";
import {IReputationLedger} from "../../contracts/interfaces/IReputationLedger.sol";
import {ISettlementSource} from "../../contracts/interfaces/ISettlementSource.sol";
import {Job} from "../../contracts/types/JobTypes.sol";
import {DisputeOutcome, Outcome, Settlement} from "../../contracts/types/SettlementTypes.sol";
import {vm} from "../forge/Vm.sol";
import {Observer} from "./Observer.sol";
import {Rights} from "./Rights.sol";

/// @notice What people say of each other, paid for or not, and what impostors try to write.
abstract contract ReputationSteps is Observer {
    function talk(uint256 seed) external step(seed) {
        if (_oneIn(2)) _giveFeedback();
        else _forgeRecords();
    }

    /// @dev Free talk about an agent, now and then taken back or answered.
    function _giveFeedback() private {
        address author = people[_below(people.length)];
        uint256 agentId = _between(1, AGENTS);
        bytes memory data = abi.encodeCall(
            IFeedbackRegistry.giveFeedback,
            (agentId, int128(int256(_below(101))), 0, "", "", "", "", 0)
        );
        bool success = _say(author, data);
        if (success != (registry.ownerOf(agentId) != author)) _fail("feedback was not free to all but the owner");
        if (!success) return;
        ++feedbackCount[agentId][author];
        _count("giveFeedback");

        uint64 index = uint64(feedbackCount[agentId][author]);
        if (ledger.jobMarkOf(agentId, author, index).source != address(0)) _fail("free talk bears a job's mark");
        if (_oneIn(3)) {
            data = abi.encodeCall(IFeedbackRegistry.revokeFeedback, (agentId, index));
            if (_say(author, data)) _count("revokeFeedback");
        }
        data = abi.encodeCall(IFeedbackRegistry.appendResponse, (agentId, author, index, "ipfs://response", 0));
        if (_oneIn(3) && _say(stranger, data)) _count("appendResponse");
    }

    /// @notice Somebody tries to cite a job: it works once for each of two parties, if work was submitted for money and
    /// the job is over.
    function giveJobFeedback(uint256 seed) external step(seed) {
        uint256 jobId = _endedJob();
        if (jobId == 0) return;
        Job memory job = escrow.getJob(jobId);
        bool byClient = _oneIn(2);
        address author =
            _oneIn(6)
                ? _trader()
                : byClient
                    ? job.client
                    : job.provider;
        byClient = author == job.client;
        uint256 agentId = byClient ? job.providerAgentId : job.clientAgentId;
        if (!_citeJob(address(escrow), jobId, author)) return;

        bool earned = Rights.isTerminal(job.status) && job.submittedAt != 0 && seen[jobId].paidIn != 0;
        if (!earned || (author != job.client && author != job.provider)) _fail("feedback cites a job it may not");
        IReputationLedger.JobMark memory mark = _noteFeedback(agentId, author);
        if (mark.source != address(escrow) || mark.jobId != jobId) _fail("a mark cites another job");
        if (mark.token != job.paymentToken || mark.amount != job.budget) _fail("a mark tells of other money");
        if (mark.epoch != (byClient ? job.providerEpoch : job.clientEpoch)) _fail("a mark tells of another epoch");
        if (_citeJob(address(escrow), jobId, author)) _fail("one side of a job has spoken twice");
        _count("giveJobFeedback");
    }

    /// @dev An impostor writes of everybody under itself, and vouches for jobs that never were. The escrow's facts
    /// must not change, and every mark must name the impostor.
    function _forgeRecords() private {
        address author = _trader();
        uint256 victim = _between(1, AGENTS);
        uint32 epoch = registry.ownershipEpoch(victim);
        Settlement memory settlement = Settlement({
            jobId: jobs.length == 0 ? 1 : jobs[_below(jobs.length)],
            token: tokens[_below(tokens.length)],
            client: author,
            clientAgentId: _agentOf(author),
            clientEpoch: epoch,
            provider: registry.ownerOf(victim),
            providerAgentId: victim,
            providerEpoch: epoch,
            outcome: Outcome(_below(6)),
            dispute: DisputeOutcome(_below(4)),
            paid: _word(),
            refunded: _word(),
            fees: _word()
        });
        bytes memory data = abi.encodeCall(IReputationLedger.recordSettlement, (settlement));
        (bool recorded, ) = fakeEscrow.tryExecute(address(ledger), data);
        if (!recorded) _fail("a record was refused for its content");

        ISettlementSource.SettledJob memory made;
        made.client = author;
        made.provider = settlement.provider;
        made.providerAgentId = victim;
        made.amount = type(uint96).max;
        fakeEscrow.setSettledJob(settlement.jobId, true, made);
        if (_citeJob(address(fakeEscrow), settlement.jobId, author)) {
            if (_noteFeedback(victim, author).source != address(fakeEscrow)) _fail("a mark vouches for a fake");
        }
        _count("forged record");
    }

    /// @notice An identity changes hands in the middle of everything.
    function transferAgent(uint256 seed) external step(seed) {
        uint256 agentId = _between(1, AGENTS);
        address owner = registry.ownerOf(agentId);
        address buyer = _traderOtherThan(owner);
        vm.prank(owner);
        registry.transferFrom(owner, buyer, agentId);
        _count("agent transferred");
    }

    function _citeJob(address source, uint256 jobId, address author) private returns (bool) {
        int128 value = int128(int256(_below(101)));
        return
            _say(author, abi.encodeCall(IReputationLedger.giveJobFeedback, (source, jobId, value, "", "", "", "", 0)));
    }

    function _noteFeedback(uint256 agentId, address author) private returns (IReputationLedger.JobMark memory) {
        return ledger.jobMarkOf(agentId, author, uint64(++feedbackCount[agentId][author]));
    }

    function _say(address author, bytes memory data) private returns (bool success) {
        vm.prank(author);
        (success, ) = address(ledger).call(data);
    }

    /// @dev Mostly a job that ended, now and then one that did not.
    function _endedJob() private returns (uint256) {
        uint256 first = jobs.length == 0 ? 0 : _below(jobs.length);
        bool any = _oneIn(8);
        for (uint256 i = 0; i < jobs.length; ++i) {
            uint256 jobId = jobs[(first + i) % jobs.length];
            if (any || (Rights.isTerminal(seen[jobId].status) && seen[jobId].paidIn != 0)) return jobId;
        }
        return 0;
    }
}
