// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";

/// @title AgentMarketForwarder
/// @notice OpenZeppelin's ERC-2771 forwarder under this market's EIP-712 name: carries a signed call to the market's
/// contracts, which then see the signer as their caller. Has no keys and no settings; anyone may relay.
/// @dev A request is used up only if its call succeeded. OpenZeppelin's batches keep the nonce of a call that failed,
/// and whoever sends a request can make it fail: with little gas, or from inside a hook, where the escrow refuses to
/// be entered. A deadline could so be made to pass, or a later request be run without the earlier one. Here a failing
/// call undoes its whole batch; requests that are expired, used or wrongly signed are still skipped.
contract AgentMarketForwarder is ERC2771Forwarder("AgentMarketForwarder") {
    function _execute(ForwardRequestData calldata request, bool requireValidRequest) internal override returns (bool) {
        if (!requireValidRequest && !verify(request)) return false;
        if (!super._execute(request, true)) revert Errors.FailedCall();
        return true;
    }
}
