// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC8183} from "../../contracts/interfaces/IERC8183.sol";
import {Job, JobStatus} from "../../contracts/types/JobTypes.sol";
import {Observer} from "./Observer.sol";

/// @notice Jobs that are agreed upon call by call, as ERC-8183 has it.
abstract contract KernelSteps is Observer {
    function createJob(uint256 seed) external step(seed) {
        address client = _trader();
        address provider = _oneIn(3) ? address(0) : _traderOtherThan(client);
        _create(client, provider, _hook());
        _observeOthers(3);
    }

    /// @notice Takes an open job some calls further towards its funding, its free submission or its end.
    function advanceOpenJob(uint256 seed) external step(seed) {
        uint256 jobId = _openJob();
        if (jobId == 0) return;
        uint256 calls = _between(1, 4);
        for (uint256 i = 0; i < calls && seen[jobId].status == JobStatus.Open; ++i) _advance(jobId);
        _observeOthers(3);
    }

    function _advance(uint256 jobId) private {
        Job memory job = escrow.getJob(jobId);
        if (_oneIn(12)) {
            _do("reject (open)", job.client, jobId, abi.encodeCall(IERC8183.reject, (jobId, bytes32(_word()), "")));
        } else if (job.provider == address(0)) {
            address provider = _traderOtherThan(job.client);
            if (provider == job.evaluator) return;
            bytes memory data = abi.encodeCall(IERC8183.setProvider, (jobId, provider, _agentOf(provider)));
            _do("setProvider", job.client, jobId, data);
        } else if (job.paymentToken == address(0) || (job.budget != 0 && !_payable(job.paymentToken, job.client))) {
            // Once there is a token, only the client may change it.
            address caller = job.paymentToken != address(0) || _oneIn(2) ? job.client : job.provider;
            _setBudget(jobId, caller, _tokenFor(job.client), _oneIn(3) ? 0 : _amount());
        } else if (job.budget != 0) {
            _do("fund", job.client, jobId, abi.encodeCall(IERC8183.fund, (jobId, job.budget, "")));
        } else {
            _do("submit (free)", job.provider, jobId, abi.encodeCall(IERC8183.submit, (jobId, bytes32(_word()), "")));
        }
    }

    function _create(address client, address provider, address hook) internal returns (uint256 jobId) {
        address judgedBy = hook == address(reentrantHook) ? address(judge) : _evaluatorFor(client);
        uint256 agentId = provider == address(0) ? 0 : _agentOf(provider);
        string memory description = _oneIn(2) ? "" : "a job";
        uint256 expiredAt = clock + _duration();
        bytes memory data = abi.encodeCall(
            IERC8183.createJob,
            (provider, judgedBy, expiredAt, description, hook, agentId)
        );
        _do("createJob", client, 0, data);
        jobId = jobs[jobs.length - 1];
    }

    function _setBudget(uint256 jobId, address caller, address token, uint256 amount) internal {
        _do("setBudget", caller, jobId, abi.encodeCall(IERC8183.setBudget, (jobId, token, amount, "")));
    }

    /// @dev An open job with time left; 0 if there is none.
    function _openJob() private returns (uint256) {
        uint256 first = jobs.length == 0 ? 0 : _below(jobs.length);
        for (uint256 i = 0; i < jobs.length; ++i) {
            uint256 jobId = jobs[(first + i) % jobs.length];
            if (seen[jobId].status == JobStatus.Open && clock < seen[jobId].expiredAt) return jobId;
        }
        return 0;
    }
}
