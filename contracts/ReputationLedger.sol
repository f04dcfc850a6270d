// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IReputationLedger} from "./interfaces/IReputationLedger.sol";
import {ISettlementSource} from "./interfaces/ISettlementSource.sol";
import {Facts} from "./libraries/Facts.sol";
import {FeedbackRegistry} from "./reputation/FeedbackRegistry.sol";
import {Role, Settlement, SettlementFacts} from "./types/SettlementTypes.sol";

/// @title ReputationLedger
/// @notice ERC-8004 feedback, and facts about settled jobs that only the escrow which settled them can write.
/// See IReputationLedger and IFeedbackRegistry.
contract ReputationLedger is IReputationLedger, FeedbackRegistry, ERC2771Context, Multicall {
    using Facts for Facts.Packed;
    using SafeCast for uint256;

    /// @inheritdoc IReputationLedger
    uint256 public constant WEIGHT_UNIT = Facts.WEIGHT_UNIT;

    int128 private constant MAX_JOB_VALUE = 100;

    /// @dev What two parties have had with each other under one source and token, whoever worked for whom: one slot.
    struct Pair {
        uint64 jobs;
        /// Bit 0: the party with the smaller identity has worked for the other. Bit 1: the other way round.
        uint8 directions;
    }

    mapping(bytes32 agentKey => Facts.Packed) private _facts;
    mapping(bytes32 pairKey => Pair) private _pairs;
    mapping(uint256 agentId => mapping(address author => mapping(uint64 feedbackIndex => JobMark))) private _marks;
    mapping(address source => mapping(uint256 jobId => uint256 roles)) private _feedbackGiven;

    /// @notice Everything is fixed here, for good.
    /// @param trustedForwarder ERC-2771 forwarder whose senders are believed; an immutable contract without keys.
    /// @param agentRegistry The ERC-8004 identity registry.
    constructor(
        address trustedForwarder,
        address agentRegistry
    ) ERC2771Context(trustedForwarder) FeedbackRegistry(IAgentRegistry(agentRegistry)) {}

    /// @inheritdoc IReputationLedger
    function recordSettlement(Settlement calldata settlement) external {
        address source = msg.sender;
        bytes32 book = _bookKey(source, settlement.token);
        bytes32 provider = _party(settlement.providerAgentId, settlement.providerEpoch, settlement.provider);
        bytes32 client = _party(settlement.clientAgentId, settlement.clientEpoch, settlement.client);
        // Only work that was paid makes a pair: what was refused or given back neither widens a standing nor wears it
        // down.
        (uint256 k, bool firstMeeting) = settlement.paid == 0 ? (0, false) : _countPaidJob(book, provider, client);
        if (settlement.providerAgentId != 0) {
            _facts[_agentKey(book, provider, Role.Provider)].add(settlement, Role.Provider, k, firstMeeting);
        }
        if (settlement.clientAgentId != 0) {
            _facts[_agentKey(book, client, Role.Client)].add(settlement, Role.Client, k, firstMeeting);
        }
        emit SettlementRecorded(
            source,
            settlement.providerAgentId,
            settlement.clientAgentId,
            settlement.jobId,
            settlement.outcome
        );
    }

    /// @inheritdoc IReputationLedger
    function giveJobFeedback(
        address source,
        uint256 jobId,
        int128 value,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external returns (uint64 feedbackIndex) {
        address author = _msgSender();
        if (value < 0 || value > MAX_JOB_VALUE) revert ReputationLedger_ValueOutOfRange(value);
        (uint256 ratedAgentId, JobMark memory mark) = _useFeedbackRight(source, jobId, author);
        _requireRateable(ratedAgentId, author, true);
        feedbackIndex = _recordFeedback(
            ratedAgentId,
            author,
            value,
            0,
            tag1,
            tag2,
            endpoint,
            feedbackURI,
            feedbackHash
        );
        _marks[ratedAgentId][author][feedbackIndex] = mark;
        emit JobFeedbackGiven(ratedAgentId, author, feedbackIndex, source, jobId, mark.authorRole);
    }

    /// @inheritdoc IReputationLedger
    function settlementsOf(
        address source,
        address token,
        uint256 agentId,
        uint32 epoch,
        Role role
    ) external view returns (SettlementFacts memory facts) {
        return _facts[_agentKey(_bookKey(source, token), _party(agentId, epoch, address(0)), role)].unpack();
    }

    /// @inheritdoc IReputationLedger
    function jobMarkOf(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    ) external view returns (JobMark memory mark) {
        return _marks[agentId][clientAddress][feedbackIndex];
    }

    /// @inheritdoc IReputationLedger
    function feedbackGiven(address source, uint256 jobId, Role authorRole) public view returns (bool) {
        return _feedbackGiven[source][jobId] & (1 << uint8(authorRole)) != 0;
    }

    /// @dev Asks the source whether `author` took part in the job, and uses up its one entry.
    function _useFeedbackRight(
        address source,
        uint256 jobId,
        address author
    ) private returns (uint256 ratedAgentId, JobMark memory mark) {
        // Checks
        (bool eligible, ISettlementSource.SettledJob memory job) = ISettlementSource(source).settledJob(jobId);
        if (!eligible) revert ReputationLedger_JobNotEligible(source, jobId);
        if (author != job.client && author != job.provider) revert ReputationLedger_NotAParty(source, jobId, author);
        bool byClient = author == job.client;
        Role role = byClient ? Role.Client : Role.Provider;
        ratedAgentId = byClient ? job.providerAgentId : job.clientAgentId;
        if (ratedAgentId == 0) revert ReputationLedger_CounterpartyHasNoAgent(source, jobId);
        if (feedbackGiven(source, jobId, role)) revert ReputationLedger_FeedbackAlreadyGiven(source, jobId, author);

        // Effects
        _feedbackGiven[source][jobId] |= 1 << uint8(role);
        mark = JobMark({
            source: source,
            epoch: byClient ? job.providerEpoch : job.clientEpoch,
            authorRole: role,
            token: job.token,
            amount: job.amount.toUint96(),
            jobId: jobId
        });
    }

    /// @notice Counts the job for the pair.
    /// @return k The job is the k-th between the two, whoever worked for whom, so that taking turns gains nothing.
    /// @return firstMeeting Whether this provider has never worked for this client before.
    function _countPaidJob(
        bytes32 book,
        bytes32 provider,
        bytes32 client
    ) private returns (uint256 k, bool firstMeeting) {
        // One bit per direction, whichever party is hashed first.
        uint8 direction = provider < client ? 1 : 2;
        bytes32 key = Hashes.efficientKeccak256(book, Hashes.commutativeKeccak256(provider, client));
        Pair memory pair = _pairs[key];
        firstMeeting = pair.directions & direction == 0;
        pair.directions |= direction;
        k = ++pair.jobs;
        _pairs[key] = pair;
    }

    /// @dev What a source knows of a token is a book of its own: all keys below are hashed with it.
    function _bookKey(address source, address token) private pure returns (bytes32) {
        return Hashes.efficientKeccak256(bytes32(uint256(uint160(source))), bytes32(uint256(uint160(token))));
    }

    /// @dev An agent in one ownership epoch is a party of its own; without an agent, the address is.
    function _party(uint256 agentId, uint256 epoch, address account) private pure returns (bytes32) {
        return
            agentId == 0
                ? bytes32(uint256(uint160(account)))
                : Hashes.efficientKeccak256(bytes32(agentId), bytes32(epoch));
    }

    function _agentKey(bytes32 book, bytes32 party, Role role) private pure returns (bytes32) {
        return Hashes.efficientKeccak256(Hashes.efficientKeccak256(book, party), bytes32(uint256(role)));
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }
}
