// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {bound, vm} from "../forge/Vm.sol";
import {FuzzMarket} from "./FuzzMarket.sol";

/// @notice Ownership epochs: one per transfer, and nobody of an earlier one may speak.
contract AgentRegistryFuzz is FuzzMarket {
    uint256 private constant OWNERS = 4;

    function testFuzz_EpochCountsTransfers(uint256 path, uint256 transfers) external {
        transfers = bound(transfers, 0, 20);
        address owner = _owner(0);
        uint256 agentId = _register(owner);
        for (uint256 i = 0; i < transfers; ++i) {
            address buyer = _owner(path >> (i * 2)); // to oneself, too
            address approved = _owner(path >> (i * 2 + 2));
            if (approved != owner) {
                vm.prank(owner);
                registry.approve(approved, agentId);
            }
            vm.prank(owner);
            registry.transferFrom(owner, buyer, agentId);
            owner = buyer;
            _assertSpeaksAlone(agentId, owner, i + 1);
        }
        vm.assertEq(registry.getAgentWallet(agentId), transfers == 0 ? owner : address(0), "a wallet survived a sale");
    }

    /// @notice What happens to one agent is nothing to another.
    function testFuzz_EpochsAreApart(uint256 sold, uint256 agents) external {
        agents = bound(agents, 1, 8);
        uint256 first = _register(_owner(0));
        for (uint256 i = 1; i < agents; ++i) _register(_owner(0));
        for (uint256 i = 0; i < agents; ++i) {
            if ((sold >> i) & 1 == 0) continue;
            vm.prank(_owner(0));
            registry.transferFrom(_owner(0), _owner(1), first + i);
        }
        for (uint256 i = 0; i < agents; ++i) {
            vm.assertEq(registry.ownershipEpoch(first + i), (sold >> i) & 1, "another epoch");
        }
    }

    /// @notice Nobody speaks for an agent that does not exist.
    function testFuzz_UnknownAgentIsNobodys(uint256 agentId, address account) external view {
        if (agentId == providerAgent || agentId == clientAgent) return;
        (bool authorised, uint32 epoch) = registry.verifyAgent(agentId, account);
        vm.assertEq(authorised, false, "somebody speaks for nobody");
        vm.assertEq(epoch, 0, "nobody has an epoch");
    }

    function _assertSpeaksAlone(uint256 agentId, address owner, uint256 expectedEpoch) private view {
        for (uint256 i = 0; i < OWNERS; ++i) {
            (bool authorised, uint32 epoch) = registry.verifyAgent(agentId, _owner(i));
            vm.assertEq(authorised, _owner(i) == owner, "somebody speaks for another's agent");
            vm.assertEq(epoch, expectedEpoch, "another epoch");
        }
    }

    function _owner(uint256 i) private pure returns (address) {
        return address(uint160(0xa0 + (i % OWNERS)));
    }
}
