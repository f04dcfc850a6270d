// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title IFeedbackRegistry
/// @notice What clients say of agents: the ERC-8004 Reputation Registry.
/// @dev Anyone may give feedback on any agent except its own, so a figure taken over all clients is free to
/// manufacture. That is why `getSummary` wants to be told whose feedback to count.
///
/// A feedback entry is named by agent, client and an index that counts that client's entries on that agent from 1.
/// The functions that return or sum up lists read all of them: they are meant for calls from outside a transaction.
interface IFeedbackRegistry {
    /// @notice A client gave feedback. `endpoint`, `feedbackURI` and `feedbackHash` are kept here only.
    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );

    /// @notice A client took back its feedback.
    event FeedbackRevoked(uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex);

    /// @notice Somebody responded to feedback: who it was is `responder`, for the reader to judge.
    event ResponseAppended(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed responder,
        string responseURI,
        bytes32 responseHash
    );

    /// @notice There is no contract at the address given as agent registry.
    error FeedbackRegistry_NoRegistry(address agentRegistry);

    /// @notice A value has at most `maximum` decimals.
    error FeedbackRegistry_TooManyDecimals(uint8 valueDecimals, uint8 maximum);

    /// @notice A value lies between `-maximum` and `maximum`.
    error FeedbackRegistry_ValueOutOfRange(int128 value, int128 maximum);

    /// @notice `clientAddress` speaks for the agent: as its owner, approved account, operator or verified wallet.
    error FeedbackRegistry_SelfFeedback(uint256 agentId, address clientAddress);

    /// @notice This client's feedback on this agent is numbered from 1 to `lastIndex`.
    error FeedbackRegistry_UnknownFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        uint64 lastIndex
    );

    /// @notice The feedback was revoked before.
    error FeedbackRegistry_AlreadyRevoked(uint256 agentId, address clientAddress, uint64 feedbackIndex);

    /// @notice A response needs a URI.
    error FeedbackRegistry_EmptyResponseURI(uint256 agentId, address clientAddress, uint64 feedbackIndex);

    /// @notice A summary needs to be told whose feedback to count; `getClients` lists everyone.
    error FeedbackRegistry_NoClients(uint256 agentId);

    /// @notice Gives feedback on an agent, as the caller. All but the agent and the value are optional.
    /// @dev Reverts if the caller is the agent's owner, its operator or its verified wallet, and with the registry's
    /// `ERC721NonexistentToken` if the agent is unknown.
    /// Known limit, as in the reference: an owner can shut an account out by making it an operator, at the price that
    /// this account may then take the agent.
    /// @param agentId The agent.
    /// @param value The value in units of 10^-valueDecimals; from -1e38 to 1e38.
    /// @param valueDecimals How many of its digits are decimals; at most 18.
    /// @param tag1 What the value measures, to filter by.
    /// @param tag2 A second tag, to filter by.
    /// @param endpoint The endpoint of the agent that the feedback is about.
    /// @param feedbackURI Where a file says more.
    /// @param feedbackHash keccak256 of that file, not needed if the URI itself commits to it.
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external;

    /// @notice Takes back feedback of the caller. It stays readable, is marked, and counts no more.
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external;

    /// @notice Responds to feedback, revoked feedback included. Anyone may, as often as they like.
    /// @param agentId The agent that the feedback is about.
    /// @param clientAddress The client that gave it.
    /// @param feedbackIndex The index of the feedback.
    /// @param responseURI Where the response is; not empty.
    /// @param responseHash keccak256 of the response, not needed if the URI itself commits to it.
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external;

    /// @notice The agent registry that this registry's agentIds refer to.
    function getIdentityRegistry() external view returns (address identityRegistry);

    /// @notice How many entries `clientAddress` has on the agent, revoked ones included: the index of its last one.
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64 lastIndex);

    /// @notice Everyone who ever gave feedback on the agent, in the order of their first entry.
    function getClients(uint256 agentId) external view returns (address[] memory clients);

    /// @notice One feedback entry.
    function readFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    ) external view returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked);

    /// @notice Count and average of the feedback that `clientAddresses` gave and did not revoke.
    /// @dev The average is taken in 18 decimals and answered in the number of decimals that most of the entries have
    /// (the lowest, if several are equally frequent), rounded towards zero both times. Should it not fit there, as
    /// may happen when values near the limit were given with very different decimals, it is answered with as many
    /// decimals as fit. A client listed twice counts twice.
    /// @param agentId The agent.
    /// @param clientAddresses Whose feedback to count; not empty.
    /// @param tag1 Only entries with this first tag; "" for all.
    /// @param tag2 Only entries with this second tag; "" for all.
    /// @return count How many entries were counted.
    /// @return summaryValue Their average, in units of 10^-summaryValueDecimals; 0 if there were none.
    /// @return summaryValueDecimals The decimals of the average.
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice All feedback entries that match, as parallel arrays ordered by client and index.
    /// @param agentId The agent.
    /// @param clientAddresses Whose feedback to read; empty for everyone's.
    /// @param tag1 Only entries with this first tag; "" for all.
    /// @param tag2 Only entries with this second tag; "" for all.
    /// @param includeRevoked Whether to include what was revoked.
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
        );

    /// @notice How many responses feedback on the agent received.
    /// @param agentId The agent.
    /// @param clientAddress Whose feedback; the zero address for everyone's, whatever the index.
    /// @param feedbackIndex Which entry; 0 for all of that client's.
    /// @param responders Whose responses to count; empty for everyone's. A responder listed twice counts twice.
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count);

    /// @notice The version of the ERC-8004 reference whose interface this contract has.
    function getVersion() external pure returns (string memory);
}
