// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Grant} from "../types/WalletTypes.sol";

/// @title IAgentWalletFactory
/// @notice Makes agent wallets at addresses that are known before. An address binds owner, guardian and first
/// policies: whoever creates the wallet, it can only become what its owner has computed.
interface IAgentWalletFactory {
    /// @notice A wallet was made.
    event WalletCreated(address indexed wallet, address indexed owner, address indexed guardian);

    /// @notice A wallet without an owner could never be emptied.
    error AgentWalletFactory_InvalidOwner(address owner);

    /// @notice Makes a wallet. Anyone.
    /// @dev Reverts with AgentWalletFactory_InvalidOwner, `FailedDeployment` if it exists already, or as
    /// `IAgentWallet.grant` does.
    /// @param owner To whom everything in it belongs, for good.
    /// @param guardian Who may freeze it beside the owner, zero for nobody.
    /// @param grants The first keys and their policies.
    /// @param salt Makes otherwise equal wallets different.
    /// @return wallet Its address.
    function createWallet(
        address owner,
        address guardian,
        Grant[] calldata grants,
        bytes32 salt
    ) external returns (address wallet);

    /// @notice The address that `createWallet` gives.
    function walletOf(
        address owner,
        address guardian,
        Grant[] calldata grants,
        bytes32 salt
    ) external view returns (address wallet);

    /// @notice The code that all wallets share; also the delegate for an account of its own (EIP-7702).
    function IMPLEMENTATION() external view returns (address);
}
