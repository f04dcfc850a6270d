// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HookBase} from "./HookBase.sol";

/// @title RecordingHook
/// @notice Test double: accepts everything and remembers each callback, with the job's status as `getJob` told it at
/// that moment.
/// @dev Storing the data costs about 22,100 gas for each 32 bytes of it, which a caller's gas cap may not allow:
/// `setKeepingData(false)` keeps its hash alone. The event always carries all of it.
contract RecordingHook is HookBase {
    /// @param statusKnown Whether `getJob` answered with a job of this id.
    /// @param status The status word of the answer, 0 unless known.
    /// @param data The callback's data; empty if only hashes are kept.
    struct Callback {
        Phase phase;
        bytes4 selector;
        bool statusKnown;
        uint8 status;
        address caller;
        uint256 jobId;
        bytes32 dataHash;
        bytes data;
    }

    /// @notice Whether the data is stored along with its hash.
    bool public keepingData = true;

    Callback[] private _callbacks;

    /// @notice A callback came.
    event CallbackRecorded(
        Phase indexed phase,
        uint256 indexed jobId,
        bytes4 indexed selector,
        bool statusKnown,
        uint8 status,
        bytes data
    );

    /// @notice Chooses whether the data is stored along with its hash.
    function setKeepingData(bool keepingData_) external {
        keepingData = keepingData_;
    }

    /// @notice Forgets all callbacks.
    function clear() external {
        delete _callbacks;
    }

    /// @notice How many callbacks came.
    function callbackCount() external view returns (uint256) {
        return _callbacks.length;
    }

    /// @notice Callback number `i`, from 0.
    function callback(uint256 i) external view returns (Callback memory) {
        return _callbacks[i];
    }

    /// @notice All callbacks, in order.
    function callbacks() external view returns (Callback[] memory) {
        return _callbacks;
    }

    function _onAction(Phase phase, uint256 jobId, bytes4 selector, bytes calldata data) internal override {
        (bool known, uint8 status) = _statusOf(msg.sender, jobId);
        Callback storage stored = _callbacks.push();
        stored.phase = phase;
        stored.selector = selector;
        stored.statusKnown = known;
        stored.status = status;
        stored.caller = msg.sender;
        stored.jobId = jobId;
        stored.dataHash = keccak256(data);
        if (keepingData) stored.data = data;
        emit CallbackRecorded(phase, jobId, selector, known, status, data);
    }

    /// @dev Reads the eighth member of what `getJob` returns and tolerates any fields after it: a struct with a string
    /// comes behind an offset word, separate return values do not.
    function _statusOf(address escrow, uint256 jobId) private view returns (bool known, uint8 status) {
        bytes memory request = abi.encodeWithSignature("getJob(uint256)", jobId);
        uint256[9] memory words;
        uint256 length;
        assembly ("memory-safe") {
            if staticcall(gas(), escrow, add(request, 0x20), mload(request), words, 0x120) {
                length := returndatasize()
            }
        }
        if (length >= 0x120 && words[0] == 0x20 && words[1] == jobId) {
            return (true, uint8(words[8]));
        }
        if (length >= 0x100 && words[0] == jobId) {
            return (true, uint8(words[7]));
        }
    }
}
