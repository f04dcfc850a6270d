// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";

import {IERC8183Hook} from "../../interfaces/IERC8183Hook.sol";

/// @title HookBase
/// @notice Test double: what the hook doubles share. It answers ERC-165 and leads both callbacks to one function.
abstract contract HookBase is IERC8183Hook {
    /// @notice Which of the two callbacks.
    enum Phase {
        Before,
        After
    }

    /// @inheritdoc IERC8183Hook
    function beforeAction(uint256 jobId, bytes4 selector, bytes calldata data) external override {
        _onAction(Phase.Before, jobId, selector, data);
    }

    /// @inheritdoc IERC8183Hook
    function afterAction(uint256 jobId, bytes4 selector, bytes calldata data) external override {
        _onAction(Phase.After, jobId, selector, data);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external view virtual override returns (bool) {
        return interfaceId == type(IERC8183Hook).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    function _onAction(Phase phase, uint256 jobId, bytes4 selector, bytes calldata data) internal virtual;
}
