// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IAgentRegistry
/// @notice Who an agent is: the ERC-8004 Identity Registry, which is an ERC-721 with one token per agent, and what the
/// market needs beyond the standard.
/// @dev The ERC-721 and EIP-5267 functions are not repeated here: cast the address to `IERC721Metadata` or `IERC5267`.
/// Functions that act for an agent accept its owner, the account approved for its token and the owner's operators;
/// others get `ERC721InsufficientApproval`, and an unknown agent is `ERC721NonexistentToken` (both from ERC-6093).
///
/// Three accounts speak for an agent, and they differ in what they may do:
///
/// | Account | How it comes to be | What it may do |
/// |---|---|---|
/// | owner | holds the token | everything |
/// | approved account, operator | `approve`, `setApprovalForAll` of the owner | everything that the owner may, but approve others (operators may) |
/// | verified wallet | signed its consent, or registered the agent | act in the market; nothing in this registry |
interface IAgentRegistry {
    /// @notice One entry of the metadata given at registration.
    struct MetadataEntry {
        string metadataKey;
        bytes metadataValue;
    }

    /// @notice An agent was registered. Its first wallet is announced by a `MetadataSet` that follows.
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);

    /// @notice Metadata changed. The key "agentWallet" carries the verified wallet as 20 bytes, or nothing when the
    /// agent has none (any more).
    event MetadataSet(
        uint256 indexed agentId,
        string indexed indexedMetadataKey,
        string metadataKey,
        bytes metadataValue
    );

    /// @notice The URI of the agent's registration file changed.
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    /// @notice The key "agentWallet" can be written only by proving control of the wallet.
    error AgentRegistry_ReservedMetadataKey(string metadataKey);

    /// @notice The zero address cannot be a wallet: `unsetAgentWallet` removes one.
    error AgentRegistry_ZeroWallet(uint256 agentId);

    /// @notice The wallet's consent was valid until `deadline` (Unix seconds), which is before `timestamp`.
    error AgentRegistry_SignatureExpired(uint256 deadline, uint256 timestamp);

    /// @notice The wallet's consent may reach at most to `latest` (Unix seconds).
    error AgentRegistry_DeadlineTooFar(uint256 deadline, uint256 latest);

    /// @notice Neither a key nor the code of `newWallet` signed for this agent, owner, deadline, registry and chain.
    error AgentRegistry_InvalidWalletSignature(uint256 agentId, address newWallet);

    /// @notice The agent was transferred 2^32 - 1 times. One more would repeat an ownership epoch and with it let a
    /// buyer pass for an earlier owner.
    error AgentRegistry_EpochsExhausted(uint256 agentId);

    /// @notice Registers an agent without a registration file; `setAgentURI` can add one.
    /// @dev The caller becomes the owner and the first verified wallet. A caller with code must accept ERC-721 tokens;
    /// its `onERC721Received` runs when everything else is done, so it may already act for the agent.
    /// @return agentId The new agent's id. Ids start at 1 and have no gaps; 0 stands for "no agent" elsewhere.
    function register() external returns (uint256 agentId);

    /// @notice Registers an agent with the URI of its registration file.
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Registers an agent with the URI of its registration file and further metadata.
    /// @dev Reverts with `AgentRegistry_ReservedMetadataKey` if an entry's key is "agentWallet".
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /// @notice Replaces the URI of the agent's registration file.
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice Sets one metadata value. An empty value removes it.
    /// @dev Reverts with `AgentRegistry_ReservedMetadataKey` for the key "agentWallet". Metadata survives a transfer,
    /// the wallet excepted.
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Makes `newWallet` the agent's verified wallet, with its consent.
    /// @dev The consent is an EIP-712 signature over
    /// `AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)` in the domain
    /// ("ERC8004IdentityRegistry", "1", chain, this contract). A signature by the wallet's own key counts even if the
    /// wallet has code (EIP-7702); otherwise the wallet is asked through ERC-1271.
    /// The type has no nonce: until its deadline a consent can be used again, by the same owner for the same agent.
    /// @param agentId The agent.
    /// @param newWallet The wallet that consented.
    /// @param deadline Until when the consent is valid, in Unix seconds: not passed, and at most 5 minutes ahead.
    /// @param signature The wallet's signature.
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice Removes the agent's verified wallet, also if it is the first one.
    function unsetAgentWallet(uint256 agentId) external;

    /// @notice The agent's verified wallet: the first owner's address until another is set, and the zero address after
    /// `unsetAgentWallet`, after a transfer, or for an unknown agent.
    function getAgentWallet(uint256 agentId) external view returns (address wallet);

    /// @notice One metadata value, empty if never set. For "agentWallet": what `getAgentWallet` tells, as 20 bytes, or
    /// empty for the zero address.
    function getMetadata(
        uint256 agentId,
        string calldata metadataKey
    ) external view returns (bytes memory metadataValue);

    /// @notice Whether `spender` may act for the agent in this registry: its owner, the account approved for its token
    /// or an operator of its owner. The verified wallet is none of these.
    /// @dev Reverts with `ERC721NonexistentToken` for an unknown agent.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);

    /// @notice How often the agent was transferred, to whomever: what one owner did belongs to one epoch. 0 for an
    /// unknown agent.
    function ownershipEpoch(uint256 agentId) external view returns (uint32 epoch);

    /// @notice Whether `account` may speak for the agent in the market, and in which ownership epoch.
    /// @dev Never reverts. For the owner and the verified wallet it reads two storage slots.
    /// @return authorised True for the owner, the verified wallet, the approved account and the owner's operators;
    /// false for all others and for an unknown agent.
    /// @return epoch As `ownershipEpoch`, whether authorised or not.
    function verifyAgent(uint256 agentId, address account) external view returns (bool authorised, uint32 epoch);

    /// @notice The version of the ERC-8004 reference whose interface this contract has.
    function getVersion() external pure returns (string memory);
}
