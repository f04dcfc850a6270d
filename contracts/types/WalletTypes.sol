// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice All that an agent's key may do with a wallet. The chain keeps its hash; whoever acts brings its encoding,
/// which the event PolicyGranted carries. So an allowlist costs its owner one slot however long it is, and a policy is
/// replaced as a whole or not at all.
struct Policy {
    /// Unix time in seconds from which the key may do nothing any more.
    uint40 expiresAt;
    /// Longest time in seconds from hiring to the end of the evaluation that a job may be agreed to take.
    uint32 maxJobDuration;
    /// Asked about every payee; what it cannot answer counts as sanctioned. Zero for no screening.
    address sanctionsOracle;
    /// Lets agents in that are not listed. A zero source lets in none.
    ReputationFloor reputation;
    /// Agents that may be hired and paid, each only as long as it is not sold.
    AgentRef[] agents;
    /// Accounts that may be hired and paid, agents or not.
    address[] payees;
    /// ERC-8183 escrows, evaluators and hooks that jobs may use. A job without a hook is always allowed.
    address[] escrows;
    address[] evaluators;
    address[] hooks;
    /// What may be spent, by token. What is not listed cannot be spent.
    TokenLimit[] limits;
    /// Calls that move no money.
    CallScope[] calls;
}

/// @notice An agent in one ownership epoch of AgentRegistry: a buyer is somebody else.
struct AgentRef {
    uint256 agentId;
    uint32 epoch;
}

/// @notice The record that lets an unlisted agent be hired or paid, read from the ledger for its current epoch.
struct ReputationFloor {
    /// The escrow whose reports count, and the token they are about.
    address source;
    address token;
    /// Jobs paid in full, distinct counterparties, and base units paid, at least.
    uint32 minCompleted;
    uint32 minCounterparties;
    uint128 minVolume;
}

/// @notice Limits of one key in one token; zero is the chain's coin. Amounts are base units. All spending of the key
/// counts when it is charged, that is, before money moves, and includes what is reserved.
struct TokenLimit {
    address token;
    /// Length in seconds of the fixed windows that time is cut into, from Unix time 0 on; 0 for one that never ends. A
    /// window includes its first second and not the next window's. Around a border, up to twice the cap can so be spent
    /// within one window's length; the lifetime cap bounds the whole.
    uint32 window;
    /// Most that is spent in one window.
    uint96 windowCap;
    /// Most that the key ever spends; what earlier policies of the key spent counts.
    uint96 lifetimeCap;
    /// Most that is spent on one job: price, bond and appeals together. The price is what the listed escrow says.
    uint96 jobCap;
    /// Once the window's sum would pass this, the owner has to sign too.
    uint96 coSignAbove;
    /// Most that is spent in one window on all who were let in by their record together; counts towards `windowCap`.
    uint96 admittedCap;
}

/// @notice One function of one contract.
struct CallScope {
    address target;
    bytes4 selector;
}

/// @notice A key and what it may do.
struct Grant {
    address key;
    Policy policy;
}

/// @notice What a key has spent of one token. Stored in one slot; widths as in JobTypes: amounts 96 bits, times 40.
struct Usage {
    uint96 windowSpent;
    uint40 windowStart;
    uint96 lifetimeSpent;
}

/// @notice The part of it that went to agents let in by their record. One slot, as above.
struct AdmittedUsage {
    uint96 windowSpent;
    uint40 windowStart;
}

/// @notice What a key signs (EIP-712) so that somebody else sends it, and what the owner signs to allow more than
/// `coSignAbove`.
struct Intent {
    address key;
    /// A whole call of one of the wallet's spending or acting functions, with every argument.
    bytes call;
    /// Any number that the key has not used; there is no order among them.
    uint256 nonce;
    /// Unix time in seconds; the last second in which it can be executed.
    uint256 deadline;
    /// The wallet's freeze epoch: freezing ends every intent.
    uint256 epoch;
}

/// @notice An ERC-3009 TransferWithAuthorization that the wallet is to answer for.
struct Authorization {
    address token;
    address to;
    /// Base units.
    uint256 value;
    uint256 validAfter;
    /// Unix time in seconds from which the token refuses it. Not after the policy's end or the end of the window.
    uint256 validBefore;
    bytes32 nonce;
    /// Name and version of the token's EIP-712 domain.
    string name;
    string version;
}
