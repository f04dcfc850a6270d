// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IFeedbackRegistry} from "../interfaces/IFeedbackRegistry.sol";

/// @title FeedbackRegistry
/// @notice The ERC-8004 Reputation Registry, as the part of the ledger that holds what people say. What they paid is
/// kept apart from it.
abstract contract FeedbackRegistry is Context, IFeedbackRegistry {
    struct Feedback {
        // slot 0
        int128 value; //          128
        uint8 valueDecimals; //   8
        bool isRevoked; //        8
        uint64 responseCount; //  64  all responders together, so that counting them needs no list of them
        // slots 1 and 2, or more for tags of 32 bytes and longer; untouched when empty
        string tag1;
        string tag2;
    }

    struct FeedbackList {
        address[] clients;
        uint64[] indexes;
        int128[] values;
        uint8[] valueDecimals;
        string[] tag1s;
        string[] tag2s;
        bool[] revoked;
    }

    uint8 private constant MAX_DECIMALS = 18;
    int128 private constant MAX_VALUE = 1e38;
    bytes32 private constant EMPTY_HASH = keccak256("");

    IAgentRegistry internal immutable AGENT_REGISTRY;

    mapping(uint256 agentId => mapping(address client => mapping(uint64 index => Feedback))) private _feedback;
    mapping(uint256 agentId => mapping(address client => uint64)) private _lastIndex;
    mapping(uint256 agentId => address[]) private _clients;
    mapping(uint256 agentId => mapping(address client => mapping(uint64 index => mapping(address responder => uint64))))
        private _responseCount;

    constructor(IAgentRegistry agentRegistry) {
        if (address(agentRegistry).code.length == 0) {
            revert FeedbackRegistry_NoRegistry(address(agentRegistry));
        }
        AGENT_REGISTRY = agentRegistry;
    }

    /// @inheritdoc IFeedbackRegistry
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external {
        _requireRateable(agentId, _msgSender(), false);
        _recordFeedback(agentId, _msgSender(), value, valueDecimals, tag1, tag2, endpoint, feedbackURI, feedbackHash);
    }

    /// @inheritdoc IFeedbackRegistry
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external {
        address client = _msgSender();

        // Checks
        Feedback storage feedback = _requireFeedback(agentId, client, feedbackIndex);
        if (feedback.isRevoked) {
            revert FeedbackRegistry_AlreadyRevoked(agentId, client, feedbackIndex);
        }

        // Effects
        feedback.isRevoked = true;
        emit FeedbackRevoked(agentId, client, feedbackIndex);
    }

    /// @inheritdoc IFeedbackRegistry
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external {
        address responder = _msgSender();

        // Checks
        if (bytes(responseURI).length == 0) {
            revert FeedbackRegistry_EmptyResponseURI(agentId, clientAddress, feedbackIndex);
        }
        Feedback storage feedback = _requireFeedback(agentId, clientAddress, feedbackIndex);

        // Effects
        ++feedback.responseCount;
        ++_responseCount[agentId][clientAddress][feedbackIndex][responder];
        emit ResponseAppended(agentId, clientAddress, feedbackIndex, responder, responseURI, responseHash);
    }

    /// @inheritdoc IFeedbackRegistry
    function getIdentityRegistry() external view returns (address identityRegistry) {
        return address(AGENT_REGISTRY);
    }

    /// @inheritdoc IFeedbackRegistry
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64 lastIndex) {
        return _lastIndex[agentId][clientAddress];
    }

    /// @inheritdoc IFeedbackRegistry
    function getClients(uint256 agentId) external view returns (address[] memory clients) {
        return _clients[agentId];
    }

    /// @inheritdoc IFeedbackRegistry
    function readFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    )
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked)
    {
        Feedback storage feedback = _requireFeedback(agentId, clientAddress, feedbackIndex);
        return (feedback.value, feedback.valueDecimals, feedback.tag1, feedback.tag2, feedback.isRevoked);
    }

    /// @inheritdoc IFeedbackRegistry
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals) {
        if (clientAddresses.length == 0) {
            revert FeedbackRegistry_NoClients(agentId);
        }
        bytes32 tag1Hash = keccak256(bytes(tag1));
        bytes32 tag2Hash = keccak256(bytes(tag2));

        // At most 1e38 * 1e18 an entry, and 2^64 entries: below 2^251.
        int256 sum = 0;
        // slither-disable-next-line uninitialized-local: memory starts as zeros
        uint64[MAX_DECIMALS + 1] memory countByDecimals;
        for (uint256 i = 0; i < clientAddresses.length; ++i) {
            uint64 lastIndex = _lastIndex[agentId][clientAddresses[i]];
            for (uint64 index = 1; index <= lastIndex; ++index) {
                Feedback storage feedback = _feedback[agentId][clientAddresses[i]][index];
                if (feedback.isRevoked || !_hasTags(feedback, tag1Hash, tag2Hash)) {
                    continue;
                }
                uint8 decimals = feedback.valueDecimals;
                sum += feedback.value * _powerOfTen(MAX_DECIMALS - decimals);
                ++countByDecimals[decimals];
                ++count;
            }
        }
        if (count == 0) {
            return (0, 0, 0);
        }

        for (uint8 decimals = 1; decimals <= MAX_DECIMALS; ++decimals) {
            if (countByDecimals[decimals] > countByDecimals[summaryValueDecimals]) {
                summaryValueDecimals = decimals;
            }
        }
        int256 average = sum / int256(uint256(count));
        int256 scaled = average / _powerOfTen(MAX_DECIMALS - summaryValueDecimals);
        // Ends at 0 decimals at the latest, where an average is no larger than the largest value.
        while (scaled < type(int128).min || scaled > type(int128).max) {
            --summaryValueDecimals;
            scaled = average / _powerOfTen(MAX_DECIMALS - summaryValueDecimals);
        }
        summaryValue = int128(scaled);
    }

    /// @inheritdoc IFeedbackRegistry
    function readAllFeedback(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    )
        external
        view
        returns (
            address[] memory clients,
            uint64[] memory feedbackIndexes,
            int128[] memory values,
            uint8[] memory valueDecimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revokedStatuses
        )
    {
        address[] memory readFrom = clientAddresses;
        if (readFrom.length == 0) {
            readFrom = _clients[agentId];
        }
        FeedbackList memory list = _listFeedback(
            agentId,
            readFrom,
            keccak256(bytes(tag1)),
            keccak256(bytes(tag2)),
            includeRevoked
        );
        return (list.clients, list.indexes, list.values, list.valueDecimals, list.tag1s, list.tag2s, list.revoked);
    }

    /// @inheritdoc IFeedbackRegistry
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count) {
        if (clientAddress == address(0)) {
            address[] storage clients = _clients[agentId];
            for (uint256 i = 0; i < clients.length; ++i) {
                count += _countResponsesToClient(agentId, clients[i], responders);
            }
        } else if (feedbackIndex == 0) {
            count = _countResponsesToClient(agentId, clientAddress, responders);
        } else {
            count = _countResponses(agentId, clientAddress, feedbackIndex, responders);
        }
    }

    /// @inheritdoc IFeedbackRegistry
    function getVersion() external pure returns (string memory) {
        return "2.0.0";
    }

    /// @dev Records feedback that `client` consented to and may give; whoever calls this vouches for both. The strings
    /// come in memory, because references to calldata take two places each on a stack that has none to spare.
    function _recordFeedback(
        uint256 agentId,
        address client,
        int128 value,
        uint8 valueDecimals,
        string memory tag1,
        string memory tag2,
        string memory endpoint,
        string memory feedbackURI,
        bytes32 feedbackHash
    ) internal returns (uint64 feedbackIndex) {
        // Checks
        if (valueDecimals > MAX_DECIMALS) {
            revert FeedbackRegistry_TooManyDecimals(valueDecimals, MAX_DECIMALS);
        }
        if (value < -MAX_VALUE || value > MAX_VALUE) {
            revert FeedbackRegistry_ValueOutOfRange(value, MAX_VALUE);
        }

        // Effects
        feedbackIndex = ++_lastIndex[agentId][client];
        if (feedbackIndex == 1) {
            _clients[agentId].push(client);
        }
        _storeFeedback(_feedback[agentId][client][feedbackIndex], value, valueDecimals, tag1, tag2);
        emit NewFeedback(
            agentId,
            client,
            feedbackIndex,
            value,
            valueDecimals,
            tag1,
            tag1,
            tag2,
            endpoint,
            feedbackURI,
            feedbackHash
        );
    }

    function _storeFeedback(
        Feedback storage feedback,
        int128 value,
        uint8 valueDecimals,
        string memory tag1,
        string memory tag2
    ) private {
        feedback.value = value;
        feedback.valueDecimals = valueDecimals;
        // Writing an empty string over an empty slot would still read it first.
        if (bytes(tag1).length != 0) {
            feedback.tag1 = tag1;
        }
        if (bytes(tag2).length != 0) {
            feedback.tag2 = tag2;
        }
    }

    /// @notice Whoever speaks for an agent may not rate it. Reverts with the registry's error if there is no such agent.
    /// @param operatorsMay True where the right to rate was earned by a job: an owner could otherwise take it away by
    /// making the other side an operator.
    function _requireRateable(uint256 agentId, address client, bool operatorsMay) internal view {
        bool speaksForAgent =
            operatorsMay
                ? IERC721(address(AGENT_REGISTRY)).ownerOf(agentId) == client
                : AGENT_REGISTRY.isAuthorizedOrOwner(client, agentId);
        if (speaksForAgent || AGENT_REGISTRY.getAgentWallet(agentId) == client) {
            revert FeedbackRegistry_SelfFeedback(agentId, client);
        }
    }

    /// @dev Counts first, because memory arrays cannot grow.
    function _listFeedback(
        uint256 agentId,
        address[] memory clients,
        bytes32 tag1Hash,
        bytes32 tag2Hash,
        bool includeRevoked
    ) private view returns (FeedbackList memory list) {
        uint256 count = 0;
        for (uint256 i = 0; i < clients.length; ++i) {
            uint64 lastIndex = _lastIndex[agentId][clients[i]];
            for (uint64 index = 1; index <= lastIndex; ++index) {
                Feedback storage feedback = _feedback[agentId][clients[i]][index];
                if ((includeRevoked || !feedback.isRevoked) && _hasTags(feedback, tag1Hash, tag2Hash)) {
                    ++count;
                }
            }
        }

        list.clients = new address[](count);
        list.indexes = new uint64[](count);
        list.values = new int128[](count);
        list.valueDecimals = new uint8[](count);
        list.tag1s = new string[](count);
        list.tag2s = new string[](count);
        list.revoked = new bool[](count);

        uint256 at = 0;
        for (uint256 i = 0; i < clients.length; ++i) {
            uint64 lastIndex = _lastIndex[agentId][clients[i]];
            for (uint64 index = 1; index <= lastIndex; ++index) {
                Feedback storage feedback = _feedback[agentId][clients[i]][index];
                if ((includeRevoked || !feedback.isRevoked) && _hasTags(feedback, tag1Hash, tag2Hash)) {
                    list.clients[at] = clients[i];
                    list.indexes[at] = index;
                    list.values[at] = feedback.value;
                    list.valueDecimals[at] = feedback.valueDecimals;
                    list.tag1s[at] = feedback.tag1;
                    list.tag2s[at] = feedback.tag2;
                    list.revoked[at] = feedback.isRevoked;
                    ++at;
                }
            }
        }
    }

    function _countResponsesToClient(
        uint256 agentId,
        address client,
        address[] calldata responders
    ) private view returns (uint64 count) {
        uint64 lastIndex = _lastIndex[agentId][client];
        for (uint64 index = 1; index <= lastIndex; ++index) {
            count += _countResponses(agentId, client, index, responders);
        }
    }

    function _countResponses(
        uint256 agentId,
        address client,
        uint64 index,
        address[] calldata responders
    ) private view returns (uint64 count) {
        if (responders.length == 0) {
            return _feedback[agentId][client][index].responseCount;
        }
        for (uint256 i = 0; i < responders.length; ++i) {
            count += _responseCount[agentId][client][index][responders[i]];
        }
    }

    function _requireFeedback(
        uint256 agentId,
        address client,
        uint64 index
    ) private view returns (Feedback storage feedback) {
        uint64 lastIndex = _lastIndex[agentId][client];
        if (index == 0 || index > lastIndex) {
            revert FeedbackRegistry_UnknownFeedback(agentId, client, index, lastIndex);
        }
        return _feedback[agentId][client][index];
    }

    /// @dev The hash of the empty string stands for "any".
    function _hasTags(Feedback storage feedback, bytes32 tag1Hash, bytes32 tag2Hash) private view returns (bool) {
        return
            (tag1Hash == EMPTY_HASH || tag1Hash == keccak256(bytes(feedback.tag1))) &&
            (tag2Hash == EMPTY_HASH || tag2Hash == keccak256(bytes(feedback.tag2)));
    }

    function _powerOfTen(uint8 exponent) private pure returns (int256) {
        // At most 10^18.
        return int256(10 ** uint256(exponent));
    }
}
