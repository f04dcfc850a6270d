// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TriggeredHook} from "./TriggeredHook.sol";

/// @title RevertingHook
/// @notice Test double: refuses the chosen callbacks with an error that says which.
contract RevertingHook is TriggeredHook {
    /// @notice This callback was chosen to be refused.
    error RevertingHook_Refused(uint256 jobId, bytes4 selector, Phase phase);

    function _onTrigger(Phase phase, uint256 jobId, bytes4 selector, bytes calldata) internal pure override {
        revert RevertingHook_Refused(jobId, selector, phase);
    }
}
