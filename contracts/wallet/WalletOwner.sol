// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IAgentWallet} from "../interfaces/IAgentWallet.sol";
import {Grant, Policy, TokenLimit, Usage} from "../types/WalletTypes.sol";

/// @title WalletOwner
/// @notice Whose wallet it is, what keys were granted, and the owner's ways in and out. Nothing here spends for a key.
abstract contract WalletOwner is IAgentWallet {
    using SafeERC20 for IERC20;

    /// @dev All state stands at one slot of its own (ERC-7201): an account that delegates its code (EIP-7702) may have
    /// had other code before, and may again.
    /// @custom:storage-location erc7201:agent-market.wallet
    struct WalletStorage {
        // slot 0: epochs 48 bits
        address guardian;
        uint48 epoch;
        bool frozen;
        /// True once the owner has replaced the guardian that the clone's code names.
        bool guardianReplaced;
        /// Hash of (policy hash, epoch): a freeze voids all grants without touching one.
        mapping(address key => bytes32) grants;
        mapping(address key => mapping(address token => Usage)) usage;
        mapping(address key => mapping(address token => mapping(uint256 jobId => uint256))) spentOnJob;
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
        if (msg.sender != owner() || _inIntent()) revert AgentWallet_Unauthorized(msg.sender);
        _;
    }

    constructor() {
        FACTORY = msg.sender;
    }

    /// @notice Takes the chain's coin from anyone.
    receive() external payable {}

    /// @inheritdoc IAgentWallet
    function initialize(Grant[] calldata grants) external {
        if (msg.sender != FACTORY) revert AgentWallet_Unauthorized(msg.sender);
        for (uint256 i = 0; i < grants.length; ++i) _grant(grants[i].key, grants[i].policy);
    }

    /// @inheritdoc IAgentWallet
    function grant(address key, Policy calldata policy) external onlyOwner {
        _grant(key, policy);
    }

    /// @inheritdoc IAgentWallet
    function revoke(address key) external onlyOwner {
        delete _storage().grants[key];
        emit PolicyRevoked(key);
    }

    /// @inheritdoc IAgentWallet
    function freeze() external {
        // Checks
        if ((msg.sender != owner() && msg.sender != guardian()) || _inIntent()) {
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
        WalletStorage storage state = _storage();
        (state.guardian, state.guardianReplaced) = (guardian_, true);
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
        (address owner_, ) = _writtenInCode();
        return owner_;
    }

    /// @inheritdoc IAgentWallet
    function guardian() public view returns (address guardian_) {
        WalletStorage storage state = _storage();
        if (state.guardianReplaced || address(this).code.length == DELEGATION_SIZE) return state.guardian;
        (, guardian_) = _writtenInCode();
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
    function isGranted(address key, Policy calldata policy) external view returns (bool) {
        return _isGranted(key, policy);
    }

    // ─────────────────────────── internal ───────────────────────────

    /// @dev Whether `execute` is at work: nothing that it runs may speak for the owner, who under EIP-7702 has the
    /// wallet's own address.
    function _inIntent() internal view virtual returns (bool);

    function _storage() internal pure returns (WalletStorage storage state) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            state.slot := STORAGE_SLOT
        }
    }

    function _isGranted(address key, Policy calldata policy) internal view returns (bool) {
        bytes32 current = _storage().grants[key];
        return current == _grantHash(_policyHash(policy)) && block.timestamp < policy.expiresAt;
    }

    function _policyHash(Policy calldata policy) internal pure returns (bytes32) {
        return keccak256(abi.encode(policy));
    }

    /// @dev What `grants` holds for a policy in the present epoch.
    function _grantHash(bytes32 policyHash) internal view returns (bytes32) {
        return keccak256(abi.encode(policyHash, _storage().epoch));
    }

    function _grant(address key, Policy calldata policy) private {
        // Checks
        if (_storage().frozen) revert AgentWallet_IsFrozen();
        if (key == address(0) || key == address(this) || key == owner()) revert AgentWallet_InvalidKey(key);
        for (uint256 i = 0; i < policy.limits.length; ++i) {
            TokenLimit calldata limit = policy.limits[i];
            if (limit.window == 0) revert AgentWallet_InvalidWindow(limit.token);
        }

        // Effects
        bytes32 policyHash = _policyHash(policy);
        _storage().grants[key] = _grantHash(policyHash);
        emit PolicyGranted(key, policyHash, policy);
    }

    /// @dev What the factory appended to the clone's code. The implementation itself belongs to nobody.
    function _writtenInCode() private view returns (address owner_, address guardian_) {
        if (address(this) == IMPLEMENTATION) return (address(0), address(0));
        return abi.decode(Clones.fetchCloneArgs(address(this)), (address, address));
    }
}
