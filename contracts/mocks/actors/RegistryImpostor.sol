// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ScriptedActor} from "./ScriptedActor.sol";

/// @title RegistryImpostor
/// @notice Test double of an identity registry that says yes: every account may speak for every agent, in an epoch that
/// anyone may set, and every agent exists and belongs to one chosen account. Other questions can be scripted.
contract RegistryImpostor is ScriptedActor {
    /// @notice The epoch of every agent.
    uint32 public epoch;

    /// @notice The owner and wallet of every agent.
    address public impostor;

    constructor() {
        impostor = msg.sender;
    }

    /// @notice Sets the epoch of every agent.
    function setEpoch(uint32 epoch_) external {
        epoch = epoch_;
    }

    /// @notice Sets the owner and wallet of every agent.
    function setImpostor(address impostor_) external {
        impostor = impostor_;
    }

    function verifyAgent(uint256, address) external view returns (bool authorised, uint32 epoch_) {
        return (true, epoch);
    }

    function ownershipEpoch(uint256) external view returns (uint32) {
        return epoch;
    }

    function ownerOf(uint256) external view returns (address) {
        return impostor;
    }

    function getAgentWallet(uint256) external view returns (address) {
        return impostor;
    }

    function getApproved(uint256) external view returns (address) {
        return impostor;
    }

    function getMetadata(uint256, string calldata) external view returns (bytes memory) {
        return abi.encodePacked(impostor);
    }

    function isAuthorizedOrOwner(address, uint256) external pure returns (bool) {
        return true;
    }

    function isApprovedForAll(address, address) external pure returns (bool) {
        return true;
    }

    function supportsInterface(bytes4) external pure returns (bool) {
        return true;
    }

    function getVersion() external pure returns (string memory) {
        return "2.0.0";
    }
}
