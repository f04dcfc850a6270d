// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {IAgentWalletFactory} from "../interfaces/IAgentWalletFactory.sol";
import {Grant} from "../types/WalletTypes.sol";
import {AgentWallet} from "./AgentWallet.sol";

/// @title AgentWalletFactory
/// @notice Makes wallets at addresses that are known before. See IAgentWalletFactory.
contract AgentWalletFactory is IAgentWalletFactory {
    /// @inheritdoc IAgentWalletFactory
    address public immutable IMPLEMENTATION;

    /// @notice Deploys the code that all wallets share.
    /// @param registry AgentRegistry.
    /// @param ledger ReputationLedger.
    /// @param forwarder The market's ERC-2771 forwarder.
    /// @param permit2 Uniswap's Permit2.
    constructor(address registry, address ledger, address forwarder, address permit2) {
        IMPLEMENTATION = address(new AgentWallet(registry, ledger, forwarder, permit2));
    }

    /// @inheritdoc IAgentWalletFactory
    function createWallet(
        address owner,
        address guardian,
        Grant[] calldata grants,
        bytes32 salt
    ) external returns (address wallet) {
        if (owner == address(0)) revert AgentWalletFactory_InvalidOwner(owner);
        (address[] memory keys, bytes[] memory policies) = _split(grants);
        wallet = Clones.cloneDeterministicWithImmutableArgs(
            IMPLEMENTATION,
            abi.encodePacked(owner),
            _saltOf(guardian, keys, policies, salt)
        );
        emit WalletCreated(wallet, owner, guardian);
        AgentWallet(payable(wallet)).initialize(guardian, keys, policies);
    }

    /// @inheritdoc IAgentWalletFactory
    function walletOf(
        address owner,
        address guardian,
        Grant[] calldata grants,
        bytes32 salt
    ) external view returns (address wallet) {
        (address[] memory keys, bytes[] memory policies) = _split(grants);
        return
            Clones.predictDeterministicAddressWithImmutableArgs(
                IMPLEMENTATION,
                abi.encodePacked(owner),
                _saltOf(guardian, keys, policies, salt)
            );
    }

    function _split(Grant[] calldata grants) private pure returns (address[] memory keys, bytes[] memory policies) {
        keys = new address[](grants.length);
        policies = new bytes[](grants.length);
        for (uint256 i = 0; i < grants.length; ++i) {
            (keys[i], policies[i]) = (grants[i].key, abi.encode(grants[i].policy));
        }
    }

    /// @dev Binds all that the clone's code does not: a chain of hashes over the grants, in their order.
    function _saltOf(
        address guardian,
        address[] memory keys,
        bytes[] memory policies,
        bytes32 salt
    ) private pure returns (bytes32 bound) {
        bound = keccak256(abi.encode(salt, guardian));
        for (uint256 i = 0; i < keys.length; ++i) {
            bound = keccak256(abi.encode(bound, keys[i], keccak256(policies[i])));
        }
    }
}
