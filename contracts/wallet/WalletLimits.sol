// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IAgentWallet} from "../interfaces/IAgentWallet.sol";
import {IReputationLedger} from "../interfaces/IReputationLedger.sol";
import {ISanctionsOracle} from "../interfaces/ISanctionsOracle.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {Role, SettlementFacts} from "../types/SettlementTypes.sol";
import {AdmittedUsage, AgentRef, Policy, ReputationFloor, TokenLimit, Usage} from "../types/WalletTypes.sol";
import {WalletOwner} from "./WalletOwner.sol";

/// @title WalletLimits
/// @notice Who acts, whom it may deal with, and what it may still spend. Every amount is charged here before it moves.
abstract contract WalletLimits is WalletOwner {
    using SafeCast for uint256;
    using TransientSlot for *;

    /// @notice What a spending is to a job.
    enum JobPart {
        None,
        Price,
        Cost
    }

    /// @notice One spending, as it is charged.
    struct Charge {
        address token;
        address payee;
        uint256 amount;
        bytes4 verb;
        /// True if nothing but its record lets the payee in.
        bool admitted;
        /// Unless None, `purpose` is the job's number.
        JobPart part;
        bytes32 purpose;
        /// The job's price in the same token, if this wallet pays it and this is a further cost.
        uint256 price;
    }

    /// @dev Public oracles take about 5,000.
    uint256 private constant ORACLE_GAS = 100_000;

    /// @dev Set while `execute` runs what somebody signed. keccak256("agent-market.wallet.actor") and "….co-signed".
    bytes32 private constant ACTOR_SLOT = 0xdec9077a09ba96794c4a13440126ae2273d31bc2342c81ac703db06b76489bb0;
    bytes32 private constant CO_SIGNED_SLOT = 0x8dd3e7e5eaae33b0ebda3d590b95ff3b8f7e13fd097a1e31e6284141e21900ec;

    IAgentRegistry internal immutable _REGISTRY;
    IReputationLedger internal immutable _LEDGER;

    constructor(address registry, address ledger) {
        (_REGISTRY, _LEDGER) = (IAgentRegistry(registry), IReputationLedger(ledger));
    }

    // ─────────────────────────── views ───────────────────────────

    /// @inheritdoc IAgentWallet
    function AGENT_REGISTRY() external view returns (address) {
        return address(_REGISTRY);
    }

    /// @inheritdoc IAgentWallet
    function REPUTATION_LEDGER() external view returns (address) {
        return address(_LEDGER);
    }

    /// @inheritdoc IAgentWallet
    function usageOf(
        address key,
        address token
    ) external view returns (Usage memory usage, AdmittedUsage memory admitted) {
        (uint256 windowSpent, uint256 windowStart, uint256 lifetimeSpent) = _unpack(_storage().usage[key][token]);
        usage = Usage(uint96(windowSpent), uint40(windowStart), uint96(lifetimeSpent)); // as they were packed
        admitted = _storage().admitted[key][token];
    }

    /// @inheritdoc IAgentWallet
    function jobCosts(address key, address token, uint256 jobId) external view returns (uint256) {
        return _storage().jobCosts[key][token][jobId];
    }

    // ─────────────────────────── who acts ───────────────────────────

    /// @dev The key that acts, once its policy is known to be the granted one and to last.
    function _requireGranted(bytes calldata data) internal view returns (address key, Policy calldata policy) {
        key = _key();
        bytes32 policyHash = keccak256(data);
        if (_storage().grants[key] != _grantHash(policyHash)) revert AgentWallet_NotGranted(key, policyHash);
        policy = _decoded(data);
        if (block.timestamp >= policy.expiresAt) revert AgentWallet_Expired(key, policy.expiresAt);
    }

    function _key() internal view returns (address) {
        return _isIntentsCall() ? ACTOR_SLOT.asAddress().tload() : msg.sender;
    }

    function _inIntent() internal view override returns (bool) {
        return ACTOR_SLOT.asAddress().tload() != address(0);
    }

    function _setActor(address key, bool coSigned) internal {
        ACTOR_SLOT.asAddress().tstore(key);
        CO_SIGNED_SLOT.asBoolean().tstore(coSigned);
    }

    // ─────────────────────────── whom it may deal with ───────────────────────────

    function _requireListed(List list, address[] calldata accounts, address account) internal pure {
        if (!_contains(accounts, account)) revert AgentWallet_NotListed(list, account);
    }

    function _contains(address[] calldata accounts, address account) internal pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }

    /// @dev Whether an account gets in by its record alone; reverts if it does not get in at all. An account that
    /// claims to work as an agent must speak for it, also where an escrow would not look.
    function _requireCounterparty(
        Policy calldata policy,
        address account,
        uint256 agentId
    ) internal view returns (bool admitted) {
        if (_contains(policy.payees, account)) return false;
        if (agentId != 0) {
            (bool authorised, uint32 epoch_) = _REGISTRY.verifyAgent(agentId, account);
            if (authorised) {
                AgentRef[] calldata agents = policy.agents;
                for (uint256 i = 0; i < agents.length; ++i) {
                    if (agents[i].agentId == agentId && agents[i].epoch == epoch_) return false;
                }
                if (_hasRecord(policy.reputation, agentId, epoch_)) return true;
            }
        }
        revert AgentWallet_CounterpartyNotAllowed(account, agentId);
    }

    function _hasRecord(ReputationFloor calldata floor, uint256 agentId, uint32 epoch_) private view returns (bool) {
        if (floor.source == address(0)) return false;
        SettlementFacts memory facts = _LEDGER.settlementsOf(floor.source, floor.token, agentId, epoch_, Role.Provider);
        return
            facts.completed >= floor.minCompleted &&
            facts.counterparties >= floor.minCounterparties &&
            facts.volumePaid >= floor.minVolume;
    }

    // ─────────────────────────── what it may spend ───────────────────────────

    /// @dev Counts an amount before it moves, or reverts. Tells the second in which the window that it counts in is over.
    function _charge(address key, Policy calldata policy, Charge memory charge) internal returns (uint256 windowEnd) {
        // Checks
        if (policy.sanctionsOracle != address(0)) _screen(policy.sanctionsOracle, charge.payee);
        TokenLimit calldata limit = _limitOf(policy, charge.token);
        mapping(address => uint256) storage usage = _storage().usage[key];
        uint256 window = limit.window;
        uint256 windowStart = window == 0 ? 0 : block.timestamp - (block.timestamp % window);
        // A sum that an earlier policy began within this window goes on.
        (uint256 spent, uint256 started, uint256 total) = _unpack(usage[charge.token]);
        if (started < windowStart) (spent, started) = (0, windowStart);

        uint256 amount = charge.amount;
        uint256 left = _left(limit.windowCap, spent);
        if (amount > left) revert AgentWallet_WindowCapExceeded(charge.token, amount, left);
        uint256 lifetimeLeft = _left(limit.lifetimeCap, total);
        if (amount > lifetimeLeft) revert AgentWallet_LifetimeCapExceeded(charge.token, amount, lifetimeLeft);
        spent += amount;
        if (spent > limit.coSignAbove && !CO_SIGNED_SLOT.asBoolean().tload()) {
            revert AgentWallet_CoSignatureRequired(charge.token, spent, limit.coSignAbove);
        }
        if (charge.admitted) _chargeAdmitted(_storage().admitted[key][charge.token], limit, amount, windowStart);
        if (charge.part != JobPart.None) _chargeJob(_storage().jobCosts[key][charge.token], limit, charge);

        // Effects
        usage[charge.token] = _pack(spent, started, total + amount);
        emit Spent(
            key,
            charge.token,
            charge.payee,
            charge.verb,
            amount,
            started,
            left - amount,
            lifetimeLeft - amount,
            charge.purpose
        );
        return window == 0 ? type(uint256).max : windowStart + window;
    }

    /// @dev A whole word at once: member by member, the compiler reads and writes the slot three times. Sums are at most
    /// a cap of 96 bits, times of 40.
    function _pack(uint256 windowSpent, uint256 windowStart, uint256 lifetimeSpent) internal pure returns (uint256) {
        return (lifetimeSpent << 136) | (windowStart << 96) | windowSpent;
    }

    function _unpack(
        uint256 word
    ) internal pure returns (uint256 windowSpent, uint256 windowStart, uint256 lifetimeSpent) {
        return (uint96(word), uint40(word >> 96), word >> 136);
    }

    /// @dev Keeps one job's price and further costs under their cap. A price is charged once and stands in the escrow
    /// from then on; only what comes on top is stored here, because a slot for each job would cost more than all the
    /// rest of hiring by a wallet.
    function _chargeJob(
        mapping(uint256 jobId => uint256) storage costs,
        TokenLimit calldata limit,
        Charge memory charge
    ) private {
        uint256 jobId = uint256(charge.purpose);
        uint256 spent = costs[jobId] + charge.price;
        uint256 left = _left(limit.jobCap, spent);
        if (charge.amount > left) revert AgentWallet_JobCapExceeded(limit.token, jobId, charge.amount, left);
        if (charge.part == JobPart.Cost) costs[jobId] += charge.amount;
    }

    function _chargeAdmitted(
        AdmittedUsage storage usage,
        TokenLimit calldata limit,
        uint256 amount,
        uint256 windowStart
    ) private {
        (uint256 spent, uint256 started) = (usage.windowSpent, usage.windowStart);
        if (started < windowStart) (spent, started) = (0, windowStart);
        uint256 left = _left(limit.admittedCap, spent);
        if (amount > left) revert AgentWallet_AdmittedCapExceeded(limit.token, amount, left);
        usage.windowSpent = uint96(spent + amount); // at most a cap of 96 bits
        usage.windowStart = uint40(started);
    }

    /// @dev Silence, failure and nonsense count as yes.
    function _screen(address oracle, address account) private view {
        (bool answered, uint256 sanctioned) = BoundedCall.tryRead(
            oracle,
            ORACLE_GAS,
            abi.encodeCall(ISanctionsOracle.isSanctioned, (account))
        );
        if (!answered || sanctioned != 0) revert AgentWallet_Sanctioned(account);
    }

    function _limitOf(Policy calldata policy, address token) private pure returns (TokenLimit calldata) {
        TokenLimit[] calldata limits = policy.limits;
        for (uint256 i = 0; i < limits.length; ++i) {
            if (limits[i].token == token) return limits[i];
        }
        revert AgentWallet_TokenNotAllowed(token);
    }

    /// @dev A cap may be lower than what was spent under an earlier policy.
    function _left(uint256 cap, uint256 spent) private pure returns (uint256) {
        return cap > spent ? cap - spent : 0;
    }
}
