// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";

/// @title AgentMarketForwarder
/// @notice OpenZeppelin's ERC-2771 forwarder under this market's EIP-712 name: carries a signed call to the market's
/// contracts, which then see the signer as their caller. Has no keys and no settings; anyone may relay.
contract AgentMarketForwarder is ERC2771Forwarder("AgentMarketForwarder") {}
