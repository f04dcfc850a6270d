// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

import {Actor} from "./Actor.sol";

/// @title ScriptedReceiver
/// @notice Test double: an actor that acts in the middle of receiving an ERC-721 token, then accepts or refuses it.
contract ScriptedReceiver is Actor, IERC721Receiver {
    /// @notice Whether the last call of the script succeeded, and what it returned or reverted with.
    bool public succeeded;
    bytes public returnData;

    Call[] private _script;
    bytes4 private _answer = IERC721Receiver.onERC721Received.selector;

    /// @notice Sets the calls to make when the next token arrives; the token after that finds no script.
    function setScript(Call[] calldata script) external {
        delete _script;
        for (uint256 i = 0; i < script.length; ++i) {
            _script.push(script[i]);
        }
    }

    /// @notice Sets the answer to tokens; anything but the standard's selector refuses them.
    function setReceiptAnswer(bytes4 answer) external {
        _answer = answer;
    }

    /// @inheritdoc IERC721Receiver
    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        Call[] memory script = _script;
        delete _script;
        for (uint256 i = 0; i < script.length; ++i) {
            (succeeded, returnData) = script[i].target.call(script[i].data);
        }
        return _answer;
    }
}
