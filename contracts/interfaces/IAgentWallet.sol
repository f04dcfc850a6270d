// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {Acceptance, Offer} from "../types/JobTypes.sol";
import {AdmittedUsage, Authorization, Intent, Policy, Usage} from "../types/WalletTypes.sol";

/// @title IAgentWallet
/// @notice A vault that its owner fills and an agent's key spends from, inside a policy that the chain enforces.
///
/// | Who | May |
/// |---|---|
/// | owner | everything: grant, revoke, freeze, thaw, withdraw, call anything |
/// | guardian | `freeze` |
/// | a granted key | the functions that take its encoded policy, within it |
/// | anyone | `execute` what a key has signed, `release` what can no longer be spent |
///
/// @dev It lives as a clone, whose code carries its owner for good, or as the code of an account of its
/// own (EIP-7702), which is then the owner. "Key" below is the sender, or who signed what `execute` runs. Amounts are
/// base units (wei for the chain's coin, which is token zero), times Unix seconds.
///
/// Every function that takes an encoded policy reverts with AgentWallet_NotGranted, AgentWallet_Expired or, from within another,
/// `ReentrancyGuardReentrantCall`; every one that spends also with AgentWallet_TokenNotAllowed, one of the four
/// cap errors, AgentWallet_CoSignatureRequired, AgentWallet_Sanctioned or AgentWallet_UnexpectedOutflow. What reverts
/// leaves every limit as it was.
interface IAgentWallet is IERC1271 {
    /// @notice The lists of a policy that an account can be missing from.
    enum List {
        Escrows,
        Evaluators,
        Hooks
    }

    // ─────────────────────────── events ───────────────────────────

    /// @notice The owner let a key act by this policy, in place of any earlier one. `policy` is abi.encode(Policy), as
    /// the key has to bring it.
    event PolicyGranted(address indexed key, bytes32 indexed policyHash, bytes policy);
    /// @notice The owner took a key's policy away.
    event PolicyRevoked(address indexed key);
    /// @notice Everything granted, reserved and signed until now is void.
    event Frozen(address indexed by, uint256 epoch);
    /// @notice The owner can grant again.
    event Thawed();
    /// @notice Who may freeze beside the owner.
    event GuardianChanged(address indexed guardian);
    /// @notice A key spent, or reserved: `windowLeft` and `lifetimeLeft` are what it can still spend of this token.
    /// `verb` is the function's selector; `purpose` the job, the reserved digest, or what the key gave as a reason.
    event Spent(
        address indexed key,
        address indexed token,
        address indexed payee,
        bytes4 verb,
        uint256 amount,
        uint256 windowStart,
        uint256 windowLeft,
        uint256 lifetimeLeft,
        bytes32 purpose
    );
    /// @notice A key called a function that moves no money of the wallet.
    event Acted(address indexed key, address indexed target, bytes4 indexed selector, bytes data);
    /// @notice A reserve ended unused; it no longer counts towards the key's lifetime cap.
    event ReserveReleased(address indexed key, address indexed token, bytes32 indexed digest, uint256 amount);
    /// @notice What a key had signed was carried out, or (`executed` false) its number was cancelled.
    event IntentUsed(address indexed key, uint256 indexed nonce, bool executed, bool coSigned);
    /// @notice The owner took money out.
    event Withdrawn(address indexed token, address indexed to, uint256 amount);

    // ─────────────────────────── errors ───────────────────────────

    /// @notice The sender has no such right.
    error AgentWallet_Unauthorized(address sender);
    /// @notice Neither owner, wallet nor zero can be given a policy.
    error AgentWallet_InvalidKey(address key);
    /// @notice The wallet is frozen; the owner has to thaw it before it grants.
    error AgentWallet_IsFrozen();
    /// @notice The key has no such policy: never granted, revoked, replaced, or ended by a freeze.
    error AgentWallet_NotGranted(address key, bytes32 policyHash);
    /// @notice The policy has run out.
    error AgentWallet_Expired(address key, uint256 expiresAt);
    /// @notice The policy does not list the account.
    error AgentWallet_NotListed(List list, address account);
    /// @notice The account is no listed payee; nor does it speak for that agent while this is listed in its present
    /// ownership epoch, or has the record that the policy asks for.
    error AgentWallet_CounterpartyNotAllowed(address account, uint256 agentId);
    /// @notice The policy has no limits for this token, so nothing of it can be spent.
    error AgentWallet_TokenNotAllowed(address token);
    /// @notice Together with what was spent in this window, more than its cap.
    error AgentWallet_WindowCapExceeded(address token, uint256 amount, uint256 left);
    /// @notice Together with all that the key ever spent, more than its cap.
    error AgentWallet_LifetimeCapExceeded(address token, uint256 amount, uint256 left);
    /// @notice Together with the job's price and what else was spent on it, more than its cap.
    error AgentWallet_JobCapExceeded(address token, uint256 jobId, uint256 amount, uint256 left);
    /// @notice Together with what went to others let in by their record in this window, more than their shared cap.
    error AgentWallet_AdmittedCapExceeded(address token, uint256 amount, uint256 left);
    /// @notice The window's sum would pass the threshold: the owner has to sign, see `execute`.
    error AgentWallet_CoSignatureRequired(address token, uint256 sum, uint256 threshold);
    /// @notice The oracle names the account, or did not answer.
    error AgentWallet_Sanctioned(address account);
    /// @notice More left the wallet than was charged.
    error AgentWallet_UnexpectedOutflow(address token, uint256 amount, uint256 charged);
    /// @notice The job's client is not this wallet.
    error AgentWallet_NotTheClient(address client);
    /// @notice `hire` pays by allowance and `reserveHire` by authorization; the acceptance says otherwise.
    error AgentWallet_WrongFunding();
    /// @notice The job may take longer than the policy allows.
    error AgentWallet_DurationTooLong(uint256 duration, uint256 longest);
    /// @notice The job's token or price is not what the key expected.
    error AgentWallet_TermsChanged(uint256 jobId, address token, uint256 budget);
    /// @notice The policy does not list this call, or nobody may make it: see `call` and `act`.
    error AgentWallet_CallNotAllowed(address target, bytes4 selector);
    /// @notice The money would not come to this wallet.
    error AgentWallet_WrongRecipient(address to);
    /// @notice The intent's time is over.
    error AgentWallet_IntentExpired(uint256 deadline);
    /// @notice The intent was signed before the latest freeze, or for a wallet that never was in this epoch.
    error AgentWallet_WrongEpoch(uint256 epoch, uint256 current);
    /// @notice The key has used or cancelled this number.
    error AgentWallet_NonceUsed(address key, uint256 nonce);
    /// @notice Not signed by this account.
    error AgentWallet_InvalidSignature(address signer);
    /// @notice The token's domain is not made of this name, this version, this chain and the token's address.
    error AgentWallet_WrongDomain(address token, bytes32 domainSeparator);
    /// @notice A reserve may last until the end of the window, or of the policy if that is earlier.
    error AgentWallet_ReserveTooLong(uint256 validBefore, uint256 latest);
    /// @notice The wallet answers for this digest already.
    error AgentWallet_AlreadyReserved(bytes32 digest);
    /// @notice The key has no such reserve.
    error AgentWallet_NotReserved(bytes32 digest);
    /// @notice The reserve was used, or still can be.
    error AgentWallet_NotReleasable(bytes32 digest);

    // ─────────────────────────── owner and guardian ───────────────────────────

    /// @notice Sets the guardian and grants the first policies. The factory only, in the transaction that creates the
    /// wallet.
    /// @dev Reverts with AgentWallet_Unauthorized or AgentWallet_InvalidKey.
    /// @param guardian Who may freeze beside the owner, zero for nobody.
    /// @param keys The agents' keys.
    /// @param policies abi.encode(Policy) for each of them.
    function initialize(address guardian, address[] calldata keys, bytes[] calldata policies) external;

    /// @notice Lets a key act by a policy, in place of any earlier one. Owner only. What the key has spent still counts.
    /// @dev Reverts with AgentWallet_Unauthorized, AgentWallet_IsFrozen or AgentWallet_InvalidKey.
    /// @param key The agent's key: an account or a contract. Neither the owner nor this wallet.
    /// @param policy What it may do.
    function grant(address key, Policy calldata policy) external;

    /// @notice Ends what a key may do, its reserves and intents included. Owner only. Granting the very same policy again
    /// brings back those that have not run out; only `freeze` ends them for good.
    /// @dev Reverts with AgentWallet_Unauthorized.
    function revoke(address key) external;

    /// @notice Ends every grant, reserve and intent at once, and for good. Owner or guardian.
    /// @dev Reverts with AgentWallet_Unauthorized.
    function freeze() external;

    /// @notice Allows granting again, and restores nothing. Owner only.
    /// @dev Reverts with AgentWallet_Unauthorized.
    function thaw() external;

    /// @notice Replaces who may freeze beside the owner. Owner only.
    /// @dev Reverts with AgentWallet_Unauthorized.
    /// @param guardian The new guardian, zero for none.
    function setGuardian(address guardian) external;

    /// @notice Takes money out. Owner only; nothing else is asked.
    /// @dev Reverts with AgentWallet_Unauthorized or the token's or recipient's own error.
    function withdraw(address token, address to, uint256 amount) external;

    /// @notice Calls anything as this wallet. Owner only: for what keys may not do.
    /// @dev Reverts with AgentWallet_Unauthorized or as the call does.
    function callAsOwner(address target, uint256 value, bytes calldata data) external returns (bytes memory result);

    // ─────────────────────────── spending ───────────────────────────

    /// @notice Hires by a signed offer, with this wallet as the client. The terms are read here: client, token,
    /// price, evaluator, hook, provider and its agent, and how long the job may take.
    /// @dev Reverts with AgentWallet_NotListed, AgentWallet_NotTheClient, AgentWallet_WrongFunding,
    /// AgentWallet_DurationTooLong, AgentWallet_CounterpartyNotAllowed, or as the escrow does.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param escrow A listed escrow.
    /// @param offer The provider's offer.
    /// @param providerSignature The provider's signature of it.
    /// @param acceptance This wallet's side, paid by allowance.
    /// @return jobId The escrow's id of the job.
    function hire(
        bytes calldata policy,
        address escrow,
        Offer calldata offer,
        bytes calldata providerSignature,
        Acceptance calldata acceptance
    ) external returns (uint256 jobId);

    /// @notice Deposits the price of a job that this wallet has created; the terms are read from the escrow.
    /// @dev Reverts with AgentWallet_NotListed, AgentWallet_NotTheClient, AgentWallet_TermsChanged,
    /// AgentWallet_DurationTooLong, AgentWallet_CounterpartyNotAllowed, or as the escrow does.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param escrow A listed escrow.
    /// @param jobId The job.
    /// @param token The token that the key expects to pay in.
    /// @param budget The price that it expects.
    /// @param optParams Forwarded to the hook.
    function fund(
        bytes calldata policy,
        address escrow,
        uint256 jobId,
        address token,
        uint256 budget,
        bytes calldata optParams
    ) external;

    /// @notice Pays an account.
    /// @dev Reverts with AgentWallet_CounterpartyNotAllowed, or as the transfer does.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param token The token, zero for the chain's coin.
    /// @param to Whom: a listed payee, or somebody who speaks for the agent.
    /// @param agentId The agent that is paid, 0 for none.
    /// @param amount How much.
    /// @param purpose What for; only told in the event.
    function pay(
        bytes calldata policy,
        address token,
        address to,
        uint256 agentId,
        uint256 amount,
        bytes32 purpose
    ) external;

    /// @notice Disputes a job before its optimistic evaluator, as its client. The job's price is read from the evaluator's
    /// escrow, which must be listed too.
    /// @dev Reverts with AgentWallet_NotListed, or as the evaluator does.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param evaluator A listed evaluator.
    /// @param jobId The job.
    /// @param token What the bond is paid in.
    /// @param bond The bond, 0 where none is asked.
    function dispute(bytes calldata policy, address evaluator, uint256 jobId, address token, uint256 bond) external;

    /// @notice Contests a dispute before the job's optimistic evaluator, as its provider. See `dispute`.
    function contest(bytes calldata policy, address evaluator, uint256 jobId, address token, uint256 bond) external;

    /// @notice Appeals a ruling of the court that a listed evaluator has called.
    /// @dev Reverts with AgentWallet_NotListed, or as the court does.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param evaluator A listed evaluator, whose arbitrator the court is.
    /// @param disputeID The court's dispute.
    /// @param token What the court is paid in.
    /// @param fee What the appeal costs.
    function appeal(bytes calldata policy, address evaluator, uint256 disputeID, address token, uint256 fee) external;

    // ─────────────────────────── acting without spending ───────────────────────────

    /// @notice Does what a client, provider or evaluator does in a job without paying. On a listed escrow: `createJob`,
    /// `setProvider`, `setBudget`, `submit`, `complete`, `completePartially`, `reject`, `decline`, `extendEvaluation`,
    /// `cancelOffer`, and `withdraw` to this wallet. On a listed evaluator: `accept`, `escalate`, `concede`,
    /// `offerSplit`, `acceptSplit`, `submitEvidence`, and `withdraw` and `withdrawFees` to this wallet.
    /// @dev Reverts with AgentWallet_CallNotAllowed, AgentWallet_WrongRecipient, or as the call does.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param target The escrow or evaluator.
    /// @param data The whole call.
    function act(bytes calldata policy, address target, bytes calldata data) external returns (bytes memory result);

    /// @notice Calls a function that the policy lists, without the chain's coin. Never this wallet, a token (whatever
    /// answers `balanceOf` counts as one), a listed escrow or evaluator or its court, the registry, the forwarder or Permit2.
    /// @dev Reverts with AgentWallet_CallNotAllowed, AgentWallet_UnexpectedOutflow, or as the call does.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param target The contract.
    /// @param data The whole call.
    function call(bytes calldata policy, address target, bytes calldata data) external returns (bytes memory result);

    // ─────────────────────────── signatures ───────────────────────────

    /// @notice Charges an ERC-3009 TransferWithAuthorization, so that the wallet answers for it (ERC-1271) until it
    /// runs out: how an agent pays by x402. The signature is then the byte 0x03 and the key's 20.
    /// @dev Reverts with AgentWallet_CounterpartyNotAllowed, AgentWallet_ReserveTooLong, AgentWallet_WrongDomain or
    /// AgentWallet_AlreadyReserved.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param authorization What is authorised.
    /// @param agentId The agent that is paid, 0 for none.
    /// @return digest What the token will ask about.
    function reserve(
        bytes calldata policy,
        Authorization calldata authorization,
        uint256 agentId
    ) external returns (bytes32 digest);

    /// @notice Charges the ERC-3009 ReceiveWithAuthorization by which a listed escrow collects the price of one job, so
    /// that anyone can hire for this wallet. Terms are read as in `hire`. For the signature see `reserve`.
    /// @dev Reverts as `hire` and `reserve` do.
    /// @param policy abi.encode(Policy), as granted to the key.
    /// @param escrow A listed escrow.
    /// @param offer The provider's offer.
    /// @param acceptance This wallet's side, paid by authorization.
    /// @param authorization Its token, receiver, value and nonce must be the offer's, the escrow's and the job's.
    /// @return digest What the token will ask about.
    function reserveHire(
        bytes calldata policy,
        address escrow,
        Offer calldata offer,
        Acceptance calldata acceptance,
        Authorization calldata authorization
    ) external returns (bytes32 digest);

    /// @notice Takes a reserve that ran out unused off the key's lifetime sum. Anyone.
    /// @dev Reverts with AgentWallet_NotReserved or AgentWallet_NotReleasable.
    /// @param key Who reserved.
    /// @param authorization What was reserved.
    /// @param hiring True for what `reserveHire` reserved.
    function release(address key, Authorization calldata authorization, bool hiring) external;

    /// @notice Carries out what a key signed, or, sent by the key itself, what the owner has to sign too. Anyone.
    /// Only calls of functions of this interface that take a policy.
    /// @dev Reverts with AgentWallet_IntentExpired, AgentWallet_WrongEpoch, AgentWallet_NonceUsed,
    /// AgentWallet_InvalidSignature, AgentWallet_CallNotAllowed, AgentWallet_Unauthorized (from within another), or as
    /// the call does; its number is then not used.
    /// @param intent What is to be done.
    /// @param keySignature EIP-712 signature of the key; not looked at if the key is the sender.
    /// @param ownerSignature EIP-712 signature of the owner, empty if its consent is not needed.
    /// @return result What the call returned, ABI-encoded.
    function execute(
        Intent calldata intent,
        bytes calldata keySignature,
        bytes calldata ownerSignature
    ) external returns (bytes memory result);

    /// @notice Makes an intent's number unusable. The key or the owner.
    /// @dev Reverts with AgentWallet_Unauthorized or AgentWallet_NonceUsed.
    function cancelIntent(address key, uint256 nonce) external;

    // ─────────────────────────── views ───────────────────────────

    /// @notice ERC-1271. Accepts three signatures, told apart by their first byte, and nothing else:
    ///
    /// | First byte | Rest | Accepted digest |
    /// |---|---|---|
    /// | 0x01 | abi.encode(address key, bytes policy, address escrow, Offer, bytes signature) | the escrow's digest of an offer whose provider is this wallet, signed by the key; the escrow is listed |
    /// | 0x02 | abi.encode(uint256 agentId, address agentOwner, uint256 deadline, bytes signature) | the registry's digest of `AgentWalletSet` naming this wallet, signed by the owner |
    /// | 0x03 | the key's 20 bytes | a digest that this key has reserved |
    /// @dev Reverts, as a refusal, for a 0x01 or 0x02 that cannot be decoded.
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);

    /// @notice Who owns the wallet: written into a clone's code; the account itself under EIP-7702.
    function owner() external view returns (address);
    /// @notice Who may freeze beside the owner, zero for nobody.
    function guardian() external view returns (address);
    /// @notice Rises at each freeze; clones begin with 1.
    function epoch() external view returns (uint256);
    /// @notice True from `freeze` to `thaw`.
    function frozen() external view returns (bool);
    /// @notice Whether the key may act by this policy, as far as grant, freeze and expiry go.
    function isGranted(address key, bytes calldata policy) external view returns (bool);
    /// @notice What a key has spent of a token, in all and on agents let in by their record, as last charged: a window
    /// that is over reads as it ended.
    function usageOf(
        address key,
        address token
    ) external view returns (Usage memory usage, AdmittedUsage memory admitted);
    /// @notice What a key has spent of a token on a job beside its price, which the escrow tells. Jobs of one number in
    /// two escrows count together.
    function jobCosts(address key, address token, uint256 jobId) external view returns (uint256);
    /// @notice Whether a key's number is used or cancelled.
    function nonceUsed(address key, uint256 nonce) external view returns (bool);
    /// @notice What key and owner sign so that `execute` carries it out.
    function intentHash(Intent calldata intent) external view returns (bytes32);
    /// @notice Whether `reserve` or `reserveHire` has charged this digest for the key, used or not.
    function isReserved(address key, bytes32 digest) external view returns (bool);
    /// @notice The registry that agents are checked against.
    function AGENT_REGISTRY() external view returns (address);
    /// @notice The ledger that records are read from.
    function REPUTATION_LEDGER() external view returns (address);
    /// @notice The factory that clones this wallet.
    function FACTORY() external view returns (address);
}
