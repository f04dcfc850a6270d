// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../contracts/interfaces/IAgentWallet.sol";
import {StableToken} from "../../contracts/mocks/tokens/StableToken.sol";
import {AgentRef, Authorization, Grant, Intent, Policy, TokenLimit} from "../../contracts/types/WalletTypes.sol";
import {AgentWalletFactory} from "../../contracts/wallet/AgentWalletFactory.sol";
import {vm} from "../forge/Vm.sol";
import {FuzzMarket} from "./FuzzMarket.sol";

/// @notice The market with one wallet in it, whose key may hire the provider and pay it in the stablecoin.
abstract contract FuzzWallet is FuzzMarket {
    uint256 internal constant OWNER_KEY = 0xA11;
    uint256 internal constant AGENT_KEY = 0xB0;
    uint256 internal constant WEALTH = type(uint128).max;

    address internal owner = vm.addr(OWNER_KEY);
    address internal guardian = address(0x60a4d);
    address internal key = vm.addr(AGENT_KEY);
    StableToken internal stable;
    IAgentWallet internal wallet;

    function setUp() public virtual override {
        super.setUp();
        stable = new StableToken("Stable", "STB");
        AgentWalletFactory factory = new AgentWalletFactory(
            address(registry),
            address(ledger),
            address(forwarder),
            PERMIT2
        );
        wallet = IAgentWallet(factory.createWallet(owner, guardian, new Grant[](0), 0));
        stable.mint(address(wallet), WEALTH);
    }

    function _grant(Policy memory policy) internal returns (bytes memory encoded) {
        vm.prank(owner);
        wallet.grant(key, policy);
        return abi.encode(policy);
    }

    /// @dev Lets the key do what these tests are about, without a limit that they do not name.
    function _policy() internal view returns (Policy memory policy) {
        policy.expiresAt = type(uint40).max;
        policy.maxJobDuration = type(uint32).max;
        policy.agents = new AgentRef[](1);
        policy.agents[0] = AgentRef(providerAgent, 0);
        policy.escrows = new address[](1);
        policy.escrows[0] = address(escrow);
        policy.evaluators = new address[](1);
        policy.evaluators[0] = evaluator;
        policy.limits = new TokenLimit[](1);
        policy.limits[0].token = address(stable);
        policy.limits[0].windowCap = type(uint96).max;
        policy.limits[0].lifetimeCap = type(uint96).max;
        policy.limits[0].jobCap = type(uint96).max;
        policy.limits[0].coSignAbove = type(uint96).max;
    }

    function _payment(bytes memory policy, uint256 amount) internal view returns (bytes memory) {
        return abi.encodeCall(IAgentWallet.pay, (policy, address(stable), provider, providerAgent, amount, "purpose"));
    }

    /// @dev Pays the provider as the key, and tells the wallet's error, if any.
    function _pay(bytes memory policy, uint256 amount) internal returns (bool success, bytes memory result) {
        vm.prank(key);
        return address(wallet).call(_payment(policy, amount));
    }

    function _payReverts(bytes memory policy, uint256 amount, bytes memory expected) internal {
        vm.expectRevert(expected);
        vm.prank(key);
        wallet.pay(policy, address(stable), provider, providerAgent, amount, "purpose");
    }

    function _intent(bytes memory call_, uint256 nonce) internal view returns (Intent memory) {
        return Intent(key, call_, nonce, NOW, 1);
    }

    /// @dev A transfer of the stablecoin to the provider.
    function _authorization(uint256 value, uint256 validBefore) internal view returns (Authorization memory) {
        return Authorization(address(stable), provider, value, 0, validBefore, "nonce", "Stable", "1");
    }

    function _accepts(bytes32 digest, bytes memory signature) internal view returns (bool) {
        (bool answered, bytes memory result) = address(wallet).staticcall(
            abi.encodeCall(wallet.isValidSignature, (digest, signature))
        );
        // A revert is a refusal, too.
        return answered && bytes4(result) == 0x1626ba7e;
    }
}
