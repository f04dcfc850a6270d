// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Campaign} from "./Campaign.sol";

/// @notice A campaign beside a model that foretells what the contracts do.
abstract contract ModelCampaign is Campaign {
    /// @notice Brings whatever state a run led to, to its end: all money is taken out.
    function everybodyLeaves(uint256 seed) external virtual;

    /// @notice What differs between the contracts and the model at this moment; empty if nothing does.
    function mismatch() external view virtual returns (string memory);
}
