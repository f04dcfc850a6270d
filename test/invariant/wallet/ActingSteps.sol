// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {IERC8183} from "../../../contracts/interfaces/IERC8183.sol";
import {IJobEscrow} from "../../../contracts/interfaces/IJobEscrow.sol";
import {IOptimisticEvaluator} from "../../../contracts/interfaces/IOptimisticEvaluator.sol";
import {CentralArbitrator} from "../../../contracts/mocks/actors/CentralArbitrator.sol";
import {Phase} from "../../../contracts/types/DisputeTypes.sol";
import {Acceptance, Job, JobStatus, Offer} from "../../../contracts/types/JobTypes.sol";
import {CallScope, Policy} from "../../../contracts/types/WalletTypes.sol";
import {HostileParty} from "./HostileParty.sol";
import {ReserveSteps} from "./ReserveSteps.sol";

/// @notice What a key does without spending, and what the market does with the wallet's jobs meanwhile.
abstract contract ActingSteps is ReserveSteps {
    /// @notice A key makes the wallet a client: the job is created and priced, to be funded later.
    function createJob(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("createJob");
        uint256 provider = _someProvider();
        address judge_ = _oneIn(2) ? judge : address(evaluator);
        uint256 end = clock + _between(1 days, 70 days);
        (bool success, bytes memory result) = _act(
            attempt,
            policy,
            address(escrow),
            abi.encodeCall(IERC8183.createJob, (providers[provider], judge_, end, "", address(0), agents[provider])),
            Outside.Succeeds
        );
        if (!success) return;
        uint256 jobId = abi.decode(abi.decode(result, (bytes)), (uint256));
        address token = tokens[_oneIn(4) ? 1 : 0];
        attempt.name = "setBudget";
        attempt.early = 0;
        uint256 amount = _between(1, 6 * UNIT);
        bytes memory data = abi.encodeCall(IERC8183.setBudget, (jobId, token, amount, ""));
        (success, ) = _act(attempt, policy, address(escrow), data, Outside.Succeeds);
        if (success) openJobs.push(jobId);
    }

    /// @notice All that a job or a dispute asks of a party, and what no key may do.
    function act(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("act");
        uint256 jobId = jobs.length == 0 ? 1 : _jobForBond();
        address to = _oneIn(3) ? address(wallet) : relayer;
        uint256 kind = _below(10);
        bool onEscrow = kind < 5;
        bytes memory data;
        if (kind == 0) data = abi.encodeCall(IERC8183.submit, (jobId, "work", ""));
        else if (kind == 1) data = abi.encodeCall(IERC8183.reject, (jobId, "", ""));
        else if (kind == 2) data = abi.encodeCall(IJobEscrow.withdraw, (address(stable), to));
        else if (kind == 3) data = abi.encodeCall(IERC8183.fund, (jobId, 1, ""));
        else if (kind == 4) data = abi.encodeCall(IJobEscrow.decline, (jobId, ""));
        else if (kind == 5) data = abi.encodeCall(IOptimisticEvaluator.accept, (jobId));
        else if (kind == 6) data = abi.encodeCall(IOptimisticEvaluator.escalate, (jobId));
        else if (kind == 7) data = abi.encodeCall(IOptimisticEvaluator.withdraw, (to));
        else if (kind == 8) data = abi.encodeCall(IOptimisticEvaluator.withdrawFees, (address(stable), to));
        else data = abi.encodeCall(IOptimisticEvaluator.dispute, (jobId));
        address target = onEscrow ? address(escrow) : address(evaluator);
        if (_oneIn(12)) target = address(stable);
        bool listed = target != address(stable);
        listed = listed && _contains(onEscrow ? policy.escrows : policy.evaluators, target);
        if (!listed || kind == 3 || kind == 9) attempt.early = IAgentWallet.AgentWallet_CallNotAllowed.selector;
        else if ((kind == 2 || kind == 7 || kind == 8) && to != address(wallet)) {
            attempt.early = IAgentWallet.AgentWallet_WrongRecipient.selector;
        }
        _act(attempt, policy, target, data, Outside.Unknown);
    }

    /// @notice Calls that the policy lists, of which one may be made; and one that it does not list.
    function call(uint256 seed) external step(seed) {
        (Attempt memory attempt, ) = _begin("call");
        CallScope[] memory scopes = _callScopes();
        uint256 index = _oneIn(3) ? 0 : _below(scopes.length);
        CallScope memory scope = scopes[index];
        if (_oneIn(8)) (scope.selector, index) = (HostileParty.note.selector, 1);
        bytes memory data = abi.encodePacked(scope.selector, abi.encode(address(party), UNIT, UNIT));
        if (index != 0) attempt.early = IAgentWallet.AgentWallet_CallNotAllowed.selector;
        attempt.charges = false;
        attempt.data = abi.encodeCall(IAgentWallet.call, (policies[attempt.policy], scope.target, data));
        _perform(attempt);
    }

    function _act(
        Attempt memory attempt,
        Policy memory policy,
        address target,
        bytes memory data,
        Outside outside
    ) private returns (bool, bytes memory) {
        bool listed = _contains(policy.escrows, target) || _contains(policy.evaluators, target);
        if (!listed) attempt.early = IAgentWallet.AgentWallet_CallNotAllowed.selector;
        attempt.charges = false;
        attempt.outside = outside;
        attempt.data = abi.encodeCall(IAgentWallet.act, (policies[attempt.policy], target, data));
        return _perform(attempt);
    }

    // ─────────────────────────── the market ───────────────────────────

    /// @notice Somebody hires the wallet, by an offer that a key signed.
    function hireTheWallet(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("");
        if (attempt.key == 2) return;
        Offer memory offer = _plainOffer(0, address(stable), _between(1, 5 * UNIT), address(evaluator));
        (offer.provider, offer.providerAgentId, offer.client) = (address(wallet), 0, client);
        Acceptance memory acceptance;
        acceptance.client = client;
        bytes memory signature = _sign(FIRST_KEY + attempt.key, _offerDigest(offer));
        signature = abi.encode(keys[attempt.key], policies[attempt.policy], address(escrow), offer, signature);
        signature = bytes.concat(bytes1(0x01), signature);
        bytes memory data = abi.encodeCall(IJobEscrow.hire, (offer, signature, acceptance));
        (bool success, bytes memory result) = _quiet(client, address(escrow), data);
        bool mayOffer = _grantRefusal(keys[attempt.key], attempt.policy, policy) == 0;
        if (success != (mayOffer && _contains(policy.escrows, address(escrow))))
            _fail("an offer of the wallet's went wrong");
        _count(success ? "wallet hired" : "wallet's offer refused");
        if (!success) return;
        uint256 jobId = abi.decode(result, (uint256));
        jobs.push(jobId);
        if (_oneIn(4)) return;
        _submitAsWallet(jobId);
        if (_oneIn(3)) return;
        _market("disputed", client, address(evaluator), abi.encodeCall(IOptimisticEvaluator.dispute, (jobId)));
    }

    /// @notice A job of the wallet's goes on as it would: delivery, judgement, dispute, ruling.
    function settle(uint256 seed) external step(seed) {
        if (jobs.length == 0) return;
        uint256 jobId = jobs[_oneIn(2) ? jobs.length - 1 : _below(jobs.length)];
        Job memory job = escrow.getJob(jobId);
        bool optimistic = job.evaluator == address(evaluator);
        if (job.status == JobStatus.Funded) {
            if (job.provider == address(wallet)) return _submitAsWallet(jobId);
            _market("delivered", job.provider, address(escrow), abi.encodeCall(IERC8183.submit, (jobId, "work", "")));
        } else if (job.status == JobStatus.Submitted && !optimistic) {
            _market("judged", judge, address(escrow), abi.encodeCall(IERC8183.complete, (jobId, "", "")));
        } else if (job.status == JobStatus.Submitted) _goOn(job);
    }

    function _goOn(Job memory job) private {
        Phase phase = evaluator.disputeOf(job.id).phase;
        address other = job.client == address(wallet) ? job.provider : job.client;
        if (phase == Phase.Review && other == job.client && _oneIn(2)) {
            _market("disputed", other, address(evaluator), abi.encodeCall(IOptimisticEvaluator.dispute, (job.id)));
        } else if (phase == Phase.Disputed && other == job.provider) {
            _market("contested", other, address(evaluator), abi.encodeCall(IOptimisticEvaluator.contest, (job.id)));
        } else if (phase == Phase.Contested) {
            _market("escalated", other, address(evaluator), abi.encodeCall(IOptimisticEvaluator.escalate, (job.id)));
        } else if (phase == Phase.Escalated && _oneIn(4)) {
            uint256 number = evaluator.disputeOf(job.id).disputeID;
            bytes memory ruling = abi.encodeCall(CentralArbitrator.giveRuling, (number, _between(1, 5)));
            _market("ruled", stranger, address(arbitrator), ruling);
        } else if (phase == Phase.Ruled || _oneIn(4)) {
            _market("finalised", stranger, address(evaluator), abi.encodeCall(IOptimisticEvaluator.finalise, (job.id)));
        }
    }

    function _submitAsWallet(uint256 jobId) private {
        (Attempt memory attempt, Policy memory policy) = _begin("submit as the wallet");
        bytes memory data = abi.encodeCall(IERC8183.submit, (jobId, "work", ""));
        _act(attempt, policy, address(escrow), data, Outside.Unknown);
    }
}
