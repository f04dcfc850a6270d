// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";

/// @title IERC8183Hook
/// @notice What an ERC-8183 hook contract answers to (ERC-8183, "Hooks"; published there as `IACPHook`).
/// @dev JobEscrow does not require the ERC-165 answer, because the standard's normative interface has none; it
/// requires code at the address. Each call is given at most `HOOK_GAS` gas and its return data is never read.
interface IERC8183Hook is IERC165 {
    /// @notice Called before the core logic of a hookable function. A revert refuses the action, except for a
    /// verdict on a job whose silence pays the provider, where it is ignored.
    /// @param jobId The job.
    /// @param selector The selector of the function under way (`createJob` has no before-call).
    /// @param data The caller-prefixed encoding of its arguments, as documented at each function of IERC8183.
    function beforeAction(uint256 jobId, bytes4 selector, bytes calldata data) external;

    /// @notice Called after state changes and transfers of a hookable function. A revert undoes the action, except
    /// for a verdict on a job whose silence pays the provider, where it is ignored.
    /// @param jobId The job.
    /// @param selector The selector of the function under way.
    /// @param data The same bytes that `beforeAction` was given.
    function afterAction(uint256 jobId, bytes4 selector, bytes calldata data) external;
}
