// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {JobEscrow} from "../../contracts/JobEscrow.sol";
import {ReputationLedger} from "../../contracts/ReputationLedger.sol";
import {IERC8183} from "../../contracts/interfaces/IERC8183.sol";
import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobStatus, StoredJob} from "../../contracts/types/JobTypes.sol";
import {DisputeOutcome} from "../../contracts/types/SettlementTypes.sol";

/// @dev The escrow with any job in it, reachable or not.
contract EscrowWithJob is JobEscrow {
    constructor(address forwarder, address ledger) JobEscrow(forwarder, ledger, address(1)) {}

    function put(uint256 jobId, StoredJob calldata job) external {
        _store(jobId, job);
    }

    function stored(uint256 jobId) external view returns (StoredJob memory) {
        return _jobs[jobId];
    }
}

interface IPrank {
    function prank(address sender) external;
}

/// @notice Proofs about the stored job, for every job, caller and argument.
contract StoredJobSymbolic {
    IPrank private constant VM = IPrank(address(uint160(uint256(keccak256("hevm cheat code")))));
    address private constant FORWARDER = address(0xf0);

    EscrowWithJob private _escrow;

    function setUp() external {
        AgentRegistry registry = new AgentRegistry(FORWARDER);
        _escrow = new EscrowWithJob(FORWARDER, address(new ReputationLedger(FORWARDER, address(registry))));
    }

    /// @notice Packing by hand loses nothing: what was stored is what the compiler reads.
    function check_PackingLosesNothing(StoredJob calldata job, uint256 jobId) external {
        _escrow.put(jobId, job);
        assert(keccak256(abi.encode(_escrow.stored(jobId))) == keccak256(abi.encode(job)));
    }

    /// @notice No verb, from no caller and at no time, is accepted on a job that has ended.
    function check_EndedJobsStayEnded(StoredJob memory job, uint8 verb, address caller, uint256 value) external {
        if (job.status <= JobStatus.Submitted) return;
        uint256 jobId = 7;
        _escrow.put(jobId, job);
        bytes memory call;
        if (verb == 0) call = abi.encodeCall(IERC8183.setProvider, (jobId, caller, value));
        else if (verb == 1) call = abi.encodeCall(IERC8183.setBudget, (jobId, caller, value, ""));
        else if (verb == 2) call = abi.encodeCall(IERC8183.fund, (jobId, value, ""));
        else if (verb == 3) call = abi.encodeCall(IERC8183.submit, (jobId, bytes32(value), ""));
        else if (verb == 4) call = abi.encodeCall(IERC8183.complete, (jobId, bytes32(value), ""));
        else if (verb == 5) call = abi.encodeCall(IERC8183.reject, (jobId, bytes32(value), ""));
        else if (verb == 6) call = abi.encodeCall(IERC8183.claimRefund, (jobId));
        else if (verb == 7) call = abi.encodeCall(IJobEscrow.claimPayment, (jobId));
        else if (verb == 8) call = abi.encodeCall(IJobEscrow.decline, (jobId, bytes32(value)));
        else if (verb == 9) call = abi.encodeCall(IJobEscrow.extendEvaluation, (jobId, value));
        else call = abi.encodeCall(IJobEscrow.completePartially, (jobId, value, 0, DisputeOutcome.None, ""));
        VM.prank(caller);
        (bool success, ) = address(_escrow).call(call);
        assert(!success);
    }
}
