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
        wallet = Clones.cloneDeterministicWithImmutableArgs(
            IMPLEMENTATION,
            abi.encode(owner, guardian),
            _saltOf(grants, salt)
        );
        emit WalletCreated(wallet, owner, guardian);
        if (grants.length != 0) AgentWallet(payable(wallet)).initialize(grants);
    }

    /// @inheritdoc IAgentWalletFactory
    function walletOf(
        address owner,
        address guardian,
        Grant[] calldata grants,
        bytes32 salt
    ) external view returns (address wallet) {
        return
            Clones.predictDeterministicAddressWithImmutableArgs(
                IMPLEMENTATION,
                abi.encode(owner, guardian),
                _saltOf(grants, salt)
            );
    }

    function _saltOf(Grant[] calldata grants, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(grants, salt));
    }
}
