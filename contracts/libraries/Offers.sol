// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Acceptance, Offer} from "../types/JobTypes.sol";

/// @title Offers
/// @notice Hashes that offers and the jobs hired by them are known by.
library Offers {
    bytes32 internal constant OFFER_TYPEHASH = keccak256(
        "Offer(address provider,uint256 providerAgentId,address client,uint256 clientAgentId,address evaluator,uint32 evaluationPeriod,uint16 evaluatorFeeBps,address token,uint256 amount,uint32 deliveryPeriod,uint64 validUntil,address hook,address referrer,uint16 referrerFeeBps,bool silencePaysProvider,uint32 capacity,bytes32 termsHash,bytes32 inReplyTo,uint256 salt)"
    );

    uint256 private constant OFFER_SIZE = 19 * 32;

    /// @notice EIP-712 struct hash.
    /// @dev Every member is a static type, so that the ABI encoding in calldata is the encoding EIP-712 asks for.
    /// Copying it takes a quarter of the code that `abi.encode` does. A word with dirty upper bits gives the hash of
    /// nothing that can be signed, and reading the member reverts.
    function structHash(Offer calldata offer) internal pure returns (bytes32 result) {
        bytes32 typeHash = OFFER_TYPEHASH;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), offer, OFFER_SIZE)
            result := keccak256(free, add(OFFER_SIZE, 0x20))
        }
    }

    /// @notice The id of the job that an acceptance of the offer makes: everything the client decides, except how it
    /// pays, which is signed over this id instead.
    /// @param offerHash The offer's EIP-712 digest, which binds chain and escrow too.
    /// @param acceptance The client's side.
    function jobId(bytes32 offerHash, Acceptance calldata acceptance) internal pure returns (uint256) {
        return
            _jobId(
                offerHash,
                acceptance.client,
                acceptance.clientAgentId,
                acceptance.inputHash,
                acceptance.salt,
                keccak256(acceptance.budgetParams),
                keccak256(acceptance.fundParams)
            );
    }

    /// @notice The id that a named client's job has if it adds nothing of its own.
    function plainJobId(bytes32 offerHash, Offer calldata offer) internal pure returns (uint256) {
        bytes32 nothing = keccak256("");
        return _jobId(offerHash, offer.client, offer.clientAgentId, bytes32(0), bytes32(0), nothing, nothing);
    }

    function _jobId(
        bytes32 offerHash,
        address client,
        uint256 clientAgentId,
        bytes32 inputHash,
        bytes32 salt,
        bytes32 budgetParamsHash,
        bytes32 fundParamsHash
    ) private pure returns (uint256) {
        return
            uint256(
                keccak256(
                    abi.encode(offerHash, client, clientAgentId, inputHash, salt, budgetParamsHash, fundParamsHash)
                )
            );
    }
}
