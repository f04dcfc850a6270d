// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";

/// @title AgentRegistry
/// @notice The ERC-8004 Identity Registry of the market. Nobody administers it.
contract AgentRegistry is IAgentRegistry, ERC721URIStorage, EIP712, ERC2771Context, Multicall {
    /// @dev What an agent has beyond its token. All zero means: never transferred, and the owner is the wallet. So an
    /// agent that is registered and used by one account never writes this slot.
    struct Agent {
        // slot 0
        address wallet; // 160
        uint32 epoch; //    32  transfers so far; more than a chain can carry out in years
        bool walletUnset; // 8  tells "wallet removed" from "never set" while the epoch is 0
    }

    bytes32 private constant AGENT_WALLET_SET_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );

    /// @dev How far ahead a wallet may sign, in seconds. Short, because a consent cannot be taken back.
    uint256 private constant MAX_DEADLINE_DELAY = 5 minutes;

    string private constant WALLET_KEY = "agentWallet";
    bytes32 private constant WALLET_KEY_HASH = keccak256(bytes(WALLET_KEY));

    uint256 private _lastAgentId;
    mapping(uint256 agentId => Agent) private _agents;
    mapping(uint256 agentId => mapping(string metadataKey => bytes metadataValue)) private _metadata;

    constructor(
        address trustedForwarder
    ) ERC721("AgentIdentity", "AGENT") EIP712("ERC8004IdentityRegistry", "1") ERC2771Context(trustedForwarder) {}

    /// @inheritdoc IAgentRegistry
    function register() external returns (uint256 agentId) {
        address owner = _msgSender();

        // Effects
        agentId = _create(owner, "");

        // Interactions
        _askReceiver(owner, agentId);
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI) external returns (uint256 agentId) {
        address owner = _msgSender();

        // Effects
        agentId = _create(owner, agentURI);

        // Interactions
        _askReceiver(owner, agentId);
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId) {
        address owner = _msgSender();

        // Effects
        agentId = _create(owner, agentURI);
        for (uint256 i = 0; i < metadata.length; ++i) {
            _setMetadata(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }

        // Interactions
        _askReceiver(owner, agentId);
    }

    /// @inheritdoc IAgentRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external {
        // Checks
        _checkAuthorized(_ownerOf(agentId), _msgSender(), agentId);

        // Effects
        _setTokenURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, _msgSender());
    }

    /// @inheritdoc IAgentRegistry
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external {
        // Checks
        _checkAuthorized(_ownerOf(agentId), _msgSender(), agentId);

        // Effects
        _setMetadata(agentId, metadataKey, metadataValue);
    }

    /// @inheritdoc IAgentRegistry
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external {
        // Checks
        address owner = _ownerOf(agentId);
        _checkAuthorized(owner, _msgSender(), agentId);
        if (newWallet == address(0)) {
            revert AgentRegistry_ZeroWallet(agentId);
        }
        if (block.timestamp > deadline) {
            revert AgentRegistry_SignatureExpired(deadline, block.timestamp);
        }
        if (deadline > block.timestamp + MAX_DEADLINE_DELAY) {
            revert AgentRegistry_DeadlineTooFar(deadline, block.timestamp + MAX_DEADLINE_DELAY);
        }
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(AGENT_WALLET_SET_TYPEHASH, agentId, newWallet, owner, deadline))
        );
        if (!_hasSigned(newWallet, digest, signature)) {
            revert AgentRegistry_InvalidWalletSignature(agentId, newWallet);
        }

        // Effects
        _agents[agentId].wallet = newWallet;
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, abi.encodePacked(newWallet));
    }

    /// @inheritdoc IAgentRegistry
    function unsetAgentWallet(uint256 agentId) external {
        // Checks
        _checkAuthorized(_ownerOf(agentId), _msgSender(), agentId);

        // Effects
        _agents[agentId] = Agent({wallet: address(0), epoch: _agents[agentId].epoch, walletUnset: true});
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, "");
    }

    /// @inheritdoc IAgentRegistry
    function getMetadata(
        uint256 agentId,
        string calldata metadataKey
    ) external view returns (bytes memory metadataValue) {
        if (keccak256(bytes(metadataKey)) != WALLET_KEY_HASH) {
            return _metadata[agentId][metadataKey];
        }
        address wallet = getAgentWallet(agentId);
        return wallet == address(0) ? bytes("") : abi.encodePacked(wallet);
    }

    /// @inheritdoc IAgentRegistry
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool) {
        return _isAuthorized(_requireOwned(agentId), spender, agentId);
    }

    /// @inheritdoc IAgentRegistry
    function ownershipEpoch(uint256 agentId) external view returns (uint32 epoch) {
        return _agents[agentId].epoch;
    }

    /// @inheritdoc IAgentRegistry
    function verifyAgent(uint256 agentId, address account) external view returns (bool authorised, uint32 epoch) {
        address owner = _ownerOf(agentId);
        if (owner == address(0)) {
            return (false, 0);
        }
        Agent storage agent = _agents[agentId];
        epoch = agent.epoch;
        // Cheapest first. An agent without a wallet stores the zero address, which is nobody.
        authorised =
            account == owner ||
            (account == agent.wallet && account != address(0)) ||
            _isAuthorized(owner, account, agentId);
    }

    /// @inheritdoc IAgentRegistry
    function getVersion() external pure returns (string memory) {
        return "2.0.0";
    }

    /// @inheritdoc IAgentRegistry
    function getAgentWallet(uint256 agentId) public view returns (address wallet) {
        Agent storage agent = _agents[agentId];
        wallet = agent.wallet;
        if (wallet == address(0) && agent.epoch == 0 && !agent.walletUnset) {
            wallet = _ownerOf(agentId);
        }
    }

    /// @dev Every change of ownership passes here, before any receiver is called. There is no burning.
    function _update(address to, uint256 agentId, address auth) internal override returns (address from) {
        from = super._update(to, agentId, auth);

        if (from != address(0)) {
            // A transfer to oneself counts too: what an epoch means stays as simple as "one per transfer".
            uint32 epoch = _agents[agentId].epoch;
            if (epoch == type(uint32).max) {
                revert AgentRegistry_EpochsExhausted(agentId);
            }
            _agents[agentId] = Agent({wallet: address(0), epoch: epoch + 1, walletUnset: false});
            emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, "");
        }
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }

    /// @dev Mints and tells the world, without calling anybody. `_safeMint` would call the owner in the middle: an
    /// owner that sells the agent from its callback would then be announced as owner and wallet after the sale.
    function _create(address owner, string memory agentURI) private returns (uint256 agentId) {
        agentId = ++_lastAgentId;
        _mint(owner, agentId);
        if (bytes(agentURI).length != 0) {
            _setTokenURI(agentId, agentURI);
        }
        emit Registered(agentId, agentURI, owner);
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, abi.encodePacked(owner));
    }

    function _askReceiver(address owner, uint256 agentId) private {
        ERC721Utils.checkOnERC721Received(owner, address(0), owner, agentId, "");
    }

    function _setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) private {
        if (keccak256(bytes(metadataKey)) == WALLET_KEY_HASH) {
            revert AgentRegistry_ReservedMetadataKey(metadataKey);
        }
        _metadata[agentId][metadataKey] = metadataValue;
        emit MetadataSet(agentId, metadataKey, metadataKey, metadataValue);
    }

    /// @dev The key comes first: an account that delegated its code (EIP-7702) may sign with either.
    function _hasSigned(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        // slither-disable-next-line unused-return: the third value only details a failure
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        return
            (failure == ECDSA.RecoverError.NoError && recovered == signer) ||
            SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }
}
