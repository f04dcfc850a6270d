// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Actor} from "./Actor.sol";

/// @title RevertingReceiver
/// @notice Test double: an actor that reverts on every call to it other than its own verbs, and so on native currency,
/// ERC-721 receipts, ERC-165 and ERC-1271 questions.
contract RevertingReceiver is Actor {
    /// @notice This contract takes no calls.
    error RevertingReceiver_Refused(bytes4 selector);

    fallback() external payable {
        revert RevertingReceiver_Refused(msg.sig);
    }

    receive() external payable {
        revert RevertingReceiver_Refused(bytes4(0));
    }
}
