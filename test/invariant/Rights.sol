// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC8183} from "../../contracts/interfaces/IERC8183.sol";
import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {Job, JobStatus} from "../../contracts/types/JobTypes.sol";

/// @notice Who may do what with a job, when, and what may become of it: the interfaces' text a second time, without
/// a look at the contracts.
library Rights {
    /// @notice Whether `caller` may make the call that `selector` names on `job` as it stands.
    function mayCall(bytes4 selector, address caller, Job memory job, uint256 time) internal pure returns (bool) {
        bool open = job.status == JobStatus.Open;
        bool funded = job.status == JobStatus.Funded;
        bool submitted = job.status == JobStatus.Submitted;
        bool expired = time >= job.expiredAt;
        bool byClient = caller == job.client;
        bool byProvider = caller == job.provider;
        bool byEvaluator = caller == job.evaluator;
        if (selector == IERC8183.setProvider.selector) return open && byClient && job.provider == address(0);
        if (selector == IERC8183.setBudget.selector) return open && (byClient || byProvider);
        if (selector == IERC8183.fund.selector) return open && byClient && !expired && job.budget != 0;
        if (selector == IERC8183.submit.selector) {
            return byProvider && !expired && (funded || (open && job.budget == 0));
        }
        if (selector == IERC8183.reject.selector) {
            return (open && byClient) || ((funded || submitted) && byEvaluator && !expired);
        }
        if (
            selector == IERC8183.complete.selector ||
            selector == IJobEscrow.completePartially.selector ||
            selector == IJobEscrow.extendEvaluation.selector
        ) return submitted && byEvaluator && !expired;
        if (selector == IJobEscrow.decline.selector) return funded && byProvider && !expired;
        if (selector == IERC8183.claimRefund.selector) {
            return expired && (open || funded || (submitted && !job.silencePaysProvider));
        }
        if (selector == IJobEscrow.claimPayment.selector) return expired && submitted && job.silencePaysProvider;
        if (selector == IJobEscrow.recordSettlement.selector) return job.recordPending;
        return false;
    }

    /// @notice Whether a job may go from one state to another in one call; staying is not going.
    function mayBecome(JobStatus from, JobStatus to, bool priced) internal pure returns (bool) {
        if (from == JobStatus.Open) {
            if (to == JobStatus.Submitted) return !priced;
            return to == JobStatus.Funded || to == JobStatus.Rejected || to == JobStatus.Expired;
        }
        if (from == JobStatus.Funded) {
            return to == JobStatus.Submitted || to == JobStatus.Rejected || to == JobStatus.Expired;
        }
        return from == JobStatus.Submitted && isTerminal(to);
    }

    function isTerminal(JobStatus status) internal pure returns (bool) {
        return status == JobStatus.Completed || status == JobStatus.Rejected || status == JobStatus.Expired;
    }
}
