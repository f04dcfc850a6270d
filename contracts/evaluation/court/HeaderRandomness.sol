// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";

import {IRandomness} from "../../interfaces/IRandomness.sol";

/// @title HeaderRandomness
/// @notice The beacon randomness (PREVRANDAO, EIP-4399) of the first block at or after a moment. There is exactly one
/// such block, so whoever proves it has nothing to choose. Its header and its parent's are the proof; EIP-2935 serves
/// the last 8,191 block hashes, so the proof must come within 27 hours where a block takes 12 seconds, 2.2 hours where
/// it takes one.
/// @dev What block producers can do. Ethereum: the proposer of that one slot can leave it empty, which costs it the
/// block and draws once more (one bit per slot in a row that it holds). A rollup's sequencer that copies this value
/// from its parent chain can choose among the parent's latest blocks when it opens its own, and a chain that sets it to
/// a constant has no randomness at all: there, another IRandomness (a verifiable random function) must stand here.
contract HeaderRandomness is IRandomness {
    using BlockHeader for Memory.Slice[];

    /// @notice The header is not that of a block of this chain whose hash can still be read.
    error HeaderRandomness_UnknownBlock(uint256 number, bytes32 headerHash);
    /// @notice The second header is not the first one's parent.
    error HeaderRandomness_NotTheParent(bytes32 headerHash, bytes32 parentHash);
    /// @notice The block is not the first at or after the moment.
    error HeaderRandomness_NotTheFirstBlock(uint256 time, uint256 blockTime, uint256 parentTime);

    /// @inheritdoc IRandomness
    /// @param proof `abi.encode(bytes header, bytes parentHeader)`, both RLP encoded.
    function randomnessAt(uint256 time, bytes calldata proof) external view returns (bytes32 word) {
        (bytes memory header, bytes memory parentHeader) = abi.decode(proof, (bytes, bytes));
        bytes32 headerHash = keccak256(header);
        bytes32 parentHash = keccak256(parentHeader);
        Memory.Slice[] memory fields = BlockHeader.parseHeader(header);
        if (!fields.verifyBlockHeader(headerHash)) {
            revert HeaderRandomness_UnknownBlock(fields.getNumber(), headerHash);
        }
        if (fields.getParentHash() != parentHash)
            revert HeaderRandomness_NotTheParent(parentHash, fields.getParentHash());
        uint256 blockTime = fields.getTimestamp();
        uint256 parentTime = BlockHeader.getTimestamp(parentHeader);
        if (blockTime < time || parentTime >= time) {
            revert HeaderRandomness_NotTheFirstBlock(time, blockTime, parentTime);
        }
        return fields.getPrevRandao();
    }
}
