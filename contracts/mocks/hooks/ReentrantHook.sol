// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {TriggeredHook} from "./TriggeredHook.sol";

/// @title ReentrantHook
/// @notice Test double: in the chosen callbacks it makes one configured call, of the escrow for instance, and remembers
/// how it ended.
/// @dev It runs at most `times` times, so that a call that succeeds and causes callbacks of its own comes to an end.
contract ReentrantHook is TriggeredHook {
    /// @notice How one attempt ended.
    struct Attempt {
        uint256 jobId;
        bytes4 selector;
        Phase phase;
        bool success;
        bytes returnData;
    }

    /// @notice Who is called.
    address public callTarget;

    /// @notice With what.
    bytes public data;

    /// @notice How often it is still called.
    uint256 public times;

    /// @notice Whether a failure of the call makes the callback fail too.
    bool public mustSucceed;

    Attempt[] private _attempts;

    /// @notice An attempt was made.
    event Attempted(uint256 indexed jobId, bytes4 indexed selector, Phase phase, bool success, bytes returnData);

    /// @notice Sets the call that the chosen callbacks make.
    function setCall(address target_, bytes calldata data_, uint256 times_, bool mustSucceed_) external {
        callTarget = target_;
        data = data_;
        times = times_;
        mustSucceed = mustSucceed_;
    }

    /// @notice How many attempts were made.
    function attemptCount() external view returns (uint256) {
        return _attempts.length;
    }

    /// @notice Attempt number `i`, from 0.
    function attempt(uint256 i) external view returns (Attempt memory) {
        return _attempts[i];
    }

    function _onTrigger(Phase phase, uint256 jobId, bytes4 selector, bytes calldata) internal override {
        if (times == 0) return;
        times -= 1;
        (bool success, bytes memory returnData) = callTarget.call(data);
        if (mustSucceed) Address.verifyCallResult(success, returnData);
        _attempts.push(Attempt(jobId, selector, phase, success, returnData));
        emit Attempted(jobId, selector, phase, success, returnData);
    }
}
