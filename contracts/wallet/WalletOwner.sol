// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IAgentWallet} from "../interfaces/IAgentWallet.sol";
import {AdmittedUsage, Policy} from "../types/WalletTypes.sol";

/// @title WalletOwner
/// @notice Whose wallet it is, what keys were granted, and the owner's ways in and out. Nothing here spends for a key.
abstract contract WalletOwner is IAgentWallet {
    using SafeERC20 for IERC20;

    /// @dev All state stands at one slot of its own (ERC-7201): an account that delegates its code (EIP-7702) may have
    /// had other code before, and may again.
    /// @custom:storage-location erc7201:agent-market.wallet
    struct WalletStorage {
        // slot 0: epochs 48 bits. A clone begins with epoch 1, so that freezing never pays for a new slot.
        address guardian;
        uint48 epoch;
        bool frozen;
        /// Hash of (policy hash, epoch): a freeze voids all grants without touching one.
        mapping(address key => bytes32) grants;
        /// `Usage`, packed by WalletLimits: lifetimeSpent 96 bits, windowStart 40, windowSpent 96.
        mapping(address key => mapping(address token => uint256)) usage;
        mapping(address key => mapping(address token => AdmittedUsage)) admitted;
        /// What jobs have cost beside their price: bonds and appeals.
        mapping(address key => mapping(address token => mapping(uint256 jobId => uint256))) jobCosts;
        mapping(address key => mapping(uint256 word => uint256)) nonces;
        /// Hash of (grant, epoch) under which the digest was charged: it counts while both are as they were.
        mapping(address key => mapping(bytes32 digest => bytes32)) reserves;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("agent-market.wallet")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE_SLOT = 0x530151b99b03945e5b212011dd9db3eccec1265597b3b85f1c9703dfe513dd00;

    /// @dev An account that delegates has as its code 0xef0100 and the delegate's address (EIP-7702).
    uint256 private constant DELEGATION_SIZE = 23;

    /// @inheritdoc IAgentWallet
    address public immutable FACTORY;
    address private immutable IMPLEMENTATION = address(this);

    modifier onlyOwner() {
        if (msg.sender != owner() || _isIntentsCall()) revert AgentWallet_Unauthorized(msg.sender);
        _;
    }

    constructor() {
        FACTORY = msg.sender;
    }

    /// @notice Takes the chain's coin from anyone.
    receive() external payable {}

    /// @inheritdoc IAgentWallet
    function initialize(address guardian_, address[] calldata keys, bytes[] calldata policies) external {
        if (msg.sender != FACTORY) revert AgentWallet_Unauthorized(msg.sender);
        WalletStorage storage state = _storage();
        (state.guardian, state.epoch) = (guardian_, 1);
        for (uint256 i = 0; i < keys.length; ++i) _grant(keys[i], policies[i]);
    }

    /// @inheritdoc IAgentWallet
    function grant(address key, Policy calldata policy) external onlyOwner {
        if (_storage().frozen) revert AgentWallet_IsFrozen();
        _grant(key, abi.encode(policy));
    }

    /// @inheritdoc IAgentWallet
    function revoke(address key) external onlyOwner {
        delete _storage().grants[key];
        emit PolicyRevoked(key);
    }

    /// @inheritdoc IAgentWallet
    function freeze() external {
        // Checks
        if ((msg.sender != owner() && msg.sender != guardian()) || _isIntentsCall()) {
            revert AgentWallet_Unauthorized(msg.sender);
        }

        // Effects
        WalletStorage storage state = _storage();
        uint48 epoch_ = state.epoch + 1; // nobody can pay for 2^48 calls
        (state.epoch, state.frozen) = (epoch_, true);
        emit Frozen(msg.sender, epoch_);
    }

    /// @inheritdoc IAgentWallet
    function thaw() external onlyOwner {
        _storage().frozen = false;
        emit Thawed();
    }

    /// @inheritdoc IAgentWallet
    function setGuardian(address guardian_) external onlyOwner {
        _storage().guardian = guardian_;
        emit GuardianChanged(guardian_);
    }

    /// @inheritdoc IAgentWallet
    function withdraw(address token, address to, uint256 amount) external onlyOwner {
        emit Withdrawn(token, to, amount);
        if (token == address(0)) Address.sendValue(payable(to), amount);
        else IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IAgentWallet
    function callAsOwner(
        address target,
        uint256 value,
        bytes calldata data
    ) external onlyOwner returns (bytes memory result) {
        return Address.functionCallWithValue(target, data, value);
    }

    // ─────────────────────────── views ───────────────────────────

    /// @inheritdoc IAgentWallet
    function owner() public view returns (address) {
        if (address(this).code.length == DELEGATION_SIZE) return address(this);
        // The implementation itself belongs to nobody; a clone's code ends with its owner's 20 bytes.
        if (address(this) == IMPLEMENTATION) return address(0);
        return address(bytes20(Clones.fetchCloneArgs(address(this))));
    }

    /// @inheritdoc IAgentWallet
    function guardian() public view returns (address) {
        return _storage().guardian;
    }

    /// @inheritdoc IAgentWallet
    function epoch() public view returns (uint256) {
        return _storage().epoch;
    }

    /// @inheritdoc IAgentWallet
    function frozen() external view returns (bool) {
        return _storage().frozen;
    }

    /// @inheritdoc IAgentWallet
    function isGranted(address key, bytes calldata policy) external view returns (bool) {
        return _isGranted(key, policy);
    }

    // ─────────────────────────── internal ───────────────────────────

    /// @dev Whether `execute` is at work.
    function _inIntent() internal view virtual returns (bool);

    /// @dev Whether `execute` makes this very call: it may not speak for the owner, who under EIP-7702 has the wallet's
    /// own address. Others are heard meanwhile: who wraps an owner's or guardian's call in an intent could stop it.
    function _isIntentsCall() internal view returns (bool) {
        return msg.sender == address(this) && _inIntent();
    }

    function _storage() internal pure returns (WalletStorage storage state) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            state.slot := STORAGE_SLOT
        }
    }

    function _isGranted(address key, bytes calldata policy) internal view returns (bool) {
        return _storage().grants[key] == _grantHash(keccak256(policy)) && block.timestamp < _decoded(policy).expiresAt;
    }

    /// @dev Reads a policy where it stands. Only for what hashes to a grant: grants are canonical encodings, whose
    /// members all lie inside of them.
    function _decoded(bytes calldata data) internal pure returns (Policy calldata policy) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            policy := add(data.offset, 0x20)
        }
    }

    /// @dev What `grants` holds for a policy in the present epoch.
    function _grantHash(bytes32 policyHash) internal view returns (bytes32) {
        return keccak256(abi.encode(policyHash, _storage().epoch));
    }

    function _grant(address key, bytes memory policy) private {
        // Checks
        if (key == address(0) || key == address(this) || key == owner()) revert AgentWallet_InvalidKey(key);

        // Effects
        bytes32 policyHash = keccak256(policy);
        _storage().grants[key] = _grantHash(policyHash);
        emit PolicyGranted(key, policyHash, policy);
    }
}
