// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IAgentWallet} from "../interfaces/IAgentWallet.sol";
import {IERC8183} from "../interfaces/IERC8183.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IOptimisticEvaluator} from "../interfaces/IOptimisticEvaluator.sol";
import {ISeatCourt} from "../interfaces/ISeatCourt.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {Offers} from "../libraries/Offers.sol";
import {Acceptance, FundingMethod, Job, Offer} from "../types/JobTypes.sol";
import {Authorization, Intent, Policy} from "../types/WalletTypes.sol";
import {WalletLimits} from "./WalletLimits.sol";
import {WalletSignatures} from "./WalletSignatures.sol";

/// @title AgentWallet
/// @notice A vault with typed verbs: an agent's key hires, pays, disputes and delivers inside its policy. See
/// IAgentWallet.
/// @dev Escrows, evaluators, hooks and tokens are strangers even where a policy lists them. What they can take is
/// charged before they are called, approved exactly, measured, and no approval is left.
contract AgentWallet is WalletSignatures, ERC721Holder, ReentrancyGuardTransient {
    using Address for address;
    using SafeERC20 for IERC20;

    /// @dev Enough for any honest `balanceOf`, behind a proxy too.
    uint256 private constant PROBE_GAS = 100_000;

    address private immutable FORWARDER;
    address private immutable PERMIT2;

    /// @notice Everything is fixed here, for good. The deployer is the factory.
    /// @param registry AgentRegistry.
    /// @param ledger ReputationLedger.
    /// @param forwarder The market's ERC-2771 forwarder, which keys may never call.
    /// @param permit2 Uniswap's Permit2, which keys may never call.
    constructor(
        address registry,
        address ledger,
        address forwarder,
        address permit2
    ) WalletLimits(registry, ledger) EIP712("AgentMarketWallet", "1") {
        (FORWARDER, PERMIT2) = (forwarder, permit2);
    }

    // ─────────────────────────── spending ───────────────────────────

    /// @inheritdoc IAgentWallet
    function hire(
        bytes calldata policyData,
        address escrow,
        Offer calldata offer,
        bytes calldata providerSignature,
        Acceptance calldata acceptance
    ) external nonReentrant returns (uint256 jobId) {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        jobId = Offers.jobId(_offerHash(escrow, offer), acceptance);
        if (acceptance.funding != FundingMethod.Allowance) revert AgentWallet_WrongFunding();

        // Effects
        _chargeHire(key, policy, escrow, offer, acceptance, jobId);

        // Interactions
        _spend(
            offer.token,
            escrow,
            offer.amount,
            abi.encodeCall(IJobEscrow.hire, (offer, providerSignature, acceptance))
        );
    }

    /// @inheritdoc IAgentWallet
    function fund(
        bytes calldata policyData,
        address escrow,
        uint256 jobId,
        address token,
        uint256 budget,
        bytes calldata optParams
    ) external nonReentrant {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        _requireListed(List.Escrows, policy.escrows, escrow);
        Job memory job = IERC8183(escrow).getJob(jobId);
        if (job.client != address(this)) revert AgentWallet_NotTheClient(job.client);
        if (job.paymentToken != token || job.budget != budget) {
            revert AgentWallet_TermsChanged(jobId, job.paymentToken, job.budget);
        }
        bool admitted = _checkTerms(policy, job.evaluator, job.hook, job.provider, job.providerAgentId);

        // Effects
        _charge(key, policy, Charge(token, job.provider, budget, msg.sig, admitted, JobPart.Price, bytes32(jobId), 0));

        // Interactions
        _spend(token, escrow, budget, abi.encodeCall(IERC8183.fund, (jobId, budget, optParams)));

        // Only now it is known how long the evaluator is given once the work is submitted.
        job = IERC8183(escrow).getJob(jobId);
        uint256 end = job.expiredAt + job.evaluationPeriod;
        _requireDuration(policy, end > block.timestamp ? end - block.timestamp : 0);
    }

    /// @inheritdoc IAgentWallet
    function pay(
        bytes calldata policyData,
        address token,
        address to,
        uint256 agentId,
        uint256 amount,
        bytes32 purpose
    ) external nonReentrant {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        bool admitted = _requireCounterparty(policy, to, agentId);

        // Effects
        _charge(key, policy, Charge(token, to, amount, msg.sig, admitted, JobPart.None, purpose, 0));

        // Interactions
        uint256 balance = _balanceOf(token);
        if (token == address(0)) Address.sendValue(payable(to), amount);
        else IERC20(token).safeTransfer(to, amount);
        _requireOutflow(token, balance, amount);
    }

    /// @inheritdoc IAgentWallet
    function dispute(
        bytes calldata policyData,
        address evaluator,
        uint256 jobId,
        address token,
        uint256 bond
    ) external nonReentrant {
        _postBond(policyData, evaluator, jobId, token, bond, abi.encodeCall(IOptimisticEvaluator.dispute, (jobId)));
    }

    /// @inheritdoc IAgentWallet
    function contest(
        bytes calldata policyData,
        address evaluator,
        uint256 jobId,
        address token,
        uint256 bond
    ) external nonReentrant {
        _postBond(policyData, evaluator, jobId, token, bond, abi.encodeCall(IOptimisticEvaluator.contest, (jobId)));
    }

    /// @inheritdoc IAgentWallet
    function appeal(
        bytes calldata policyData,
        address evaluator,
        uint256 disputeID,
        address token,
        uint256 fee
    ) external nonReentrant {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        _requireListed(List.Evaluators, policy.evaluators, evaluator);
        address court = IOptimisticEvaluator(evaluator).ARBITRATOR();
        uint256 jobId = IOptimisticEvaluator(evaluator).jobOf(disputeID);

        // Effects
        _chargeCost(key, policy, evaluator, court, jobId, token, fee);

        // Interactions
        _spend(token, court, fee, abi.encodeCall(ISeatCourt.appeal, (disputeID)));
    }

    // ─────────────────────────── acting without spending ───────────────────────────

    /// @inheritdoc IAgentWallet
    function act(
        bytes calldata policyData,
        address target,
        bytes calldata data
    ) external nonReentrant returns (bytes memory result) {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        bytes4 selector = _selectorOf(data);
        if (_contains(policy.escrows, target) && _isEscrowAction(selector)) {
            if (selector == IJobEscrow.withdraw.selector) _requireOwnRecipient(data, 1);
        } else if (_contains(policy.evaluators, target) && _isEvaluatorAction(selector)) {
            if (selector == IOptimisticEvaluator.withdraw.selector) _requireOwnRecipient(data, 0);
            if (selector == IOptimisticEvaluator.withdrawFees.selector) _requireOwnRecipient(data, 1);
        } else {
            revert AgentWallet_CallNotAllowed(target, selector);
        }

        // Effects
        emit Acted(key, target, selector, data);

        // Interactions
        return target.functionCall(data);
    }

    /// @inheritdoc IAgentWallet
    function call(
        bytes calldata policyData,
        address target,
        bytes calldata data
    ) external nonReentrant returns (bytes memory result) {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        bytes4 selector = _selectorOf(data);
        if (!_isCallable(policy, target, selector)) revert AgentWallet_CallNotAllowed(target, selector);

        // Effects
        emit Acted(key, target, selector, data);

        // Interactions
        uint256[] memory balances = new uint256[](policy.limits.length);
        for (uint256 i = 0; i < balances.length; ++i) balances[i] = _balanceOf(policy.limits[i].token);
        result = target.functionCall(data);
        for (uint256 i = 0; i < balances.length; ++i) _requireOutflow(policy.limits[i].token, balances[i], 0);
    }

    // ─────────────────────────── signatures ───────────────────────────

    /// @inheritdoc IAgentWallet
    function reserve(
        bytes calldata policyData,
        Authorization calldata authorization,
        uint256 agentId
    ) external nonReentrant returns (bytes32 digest) {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        address to = authorization.to;
        bool admitted = _requireCounterparty(policy, to, agentId);

        // Effects
        digest = _authorizationHash(authorization, false);
        uint256 windowEnd = _charge(
            key,
            policy,
            Charge(authorization.token, to, authorization.value, msg.sig, admitted, JobPart.None, digest, 0)
        );
        _reserve(key, policy.expiresAt, windowEnd, authorization, digest);
    }

    /// @inheritdoc IAgentWallet
    function reserveHire(
        bytes calldata policyData,
        address escrow,
        Offer calldata offer,
        Acceptance calldata acceptance,
        Authorization calldata authorization
    ) external nonReentrant returns (bytes32 digest) {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        uint256 jobId = Offers.jobId(_offerHash(escrow, offer), acceptance);
        if (
            acceptance.funding != FundingMethod.Authorization ||
            authorization.token != offer.token ||
            authorization.to != escrow ||
            authorization.value != offer.amount ||
            uint256(authorization.nonce) != jobId
        ) revert AgentWallet_WrongFunding();

        // Effects
        uint256 windowEnd = _chargeHire(key, policy, escrow, offer, acceptance, jobId);
        digest = _authorizationHash(authorization, true);
        _reserve(key, policy.expiresAt, windowEnd, authorization, digest);
    }

    /// @inheritdoc IAgentWallet
    function execute(
        Intent calldata intent,
        bytes calldata keySignature,
        bytes calldata ownerSignature
    ) external returns (bytes memory result) {
        // Checks
        if (_inIntent()) revert AgentWallet_Unauthorized(msg.sender);
        if (block.timestamp > intent.deadline) revert AgentWallet_IntentExpired(intent.deadline);
        if (intent.epoch != epoch()) revert AgentWallet_WrongEpoch(intent.epoch, epoch());
        bytes4 selector = _selectorOf(intent.call);
        if (!_isKeyVerb(selector)) revert AgentWallet_CallNotAllowed(address(this), selector);
        bytes32 digest = intentHash(intent);
        if (msg.sender != intent.key && !_isSignedBy(intent.key, digest, keySignature)) {
            revert AgentWallet_InvalidSignature(intent.key);
        }
        bool coSigned = ownerSignature.length != 0;
        if (coSigned && !_isSignedBy(owner(), digest, ownerSignature)) revert AgentWallet_InvalidSignature(owner());

        // Effects
        _useNonce(intent.key, intent.nonce);
        emit IntentUsed(intent.key, intent.nonce, true, coSigned);

        // Interactions: with this wallet itself, which then takes the signer for the sender.
        _setActor(intent.key, coSigned);
        result = address(this).functionCall(intent.call);
        _setActor(address(0), false);
    }

    /// @inheritdoc IAgentWallet
    function cancelIntent(address key, uint256 nonce) external {
        if (msg.sender != key && msg.sender != owner()) revert AgentWallet_Unauthorized(msg.sender);
        _useNonce(key, nonce);
        emit IntentUsed(key, nonce, false, false);
    }

    /// @inheritdoc IAgentWallet
    function nonceUsed(address key, uint256 nonce) public view returns (bool) {
        return _storage().nonces[key][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    // ─────────────────────────── terms ───────────────────────────

    function _chargeHire(
        address key,
        Policy calldata policy,
        address escrow,
        Offer calldata offer,
        Acceptance calldata acceptance,
        uint256 jobId
    ) private returns (uint256 windowEnd) {
        // Checks
        _requireListed(List.Escrows, policy.escrows, escrow);
        if (acceptance.client != address(this)) revert AgentWallet_NotTheClient(acceptance.client);
        _requireDuration(policy, uint256(offer.deliveryPeriod) + offer.evaluationPeriod);
        address provider = offer.provider;
        bool admitted = _checkTerms(policy, offer.evaluator, offer.hook, provider, offer.providerAgentId);

        // Effects
        windowEnd = _charge(
            key,
            policy,
            Charge(offer.token, provider, offer.amount, msg.sig, admitted, JobPart.Price, bytes32(jobId), 0)
        );
    }

    /// @dev Charges what a dispute costs on top of the job's price.
    function _chargeCost(
        address key,
        Policy calldata policy,
        address evaluator,
        address payee,
        uint256 jobId,
        address token,
        uint256 amount
    ) private {
        // Checks
        address escrow = IOptimisticEvaluator(evaluator).ESCROW();
        _requireListed(List.Escrows, policy.escrows, escrow);
        Job memory job = IERC8183(escrow).getJob(jobId);
        uint256 price = job.client == address(this) && job.paymentToken == token ? job.budget : 0;

        // Effects
        _charge(key, policy, Charge(token, payee, amount, msg.sig, false, JobPart.Cost, bytes32(jobId), price));
    }

    function _checkTerms(
        Policy calldata policy,
        address evaluator,
        address hook,
        address provider,
        uint256 providerAgentId
    ) private view returns (bool admitted) {
        _requireListed(List.Evaluators, policy.evaluators, evaluator);
        if (hook != address(0)) _requireListed(List.Hooks, policy.hooks, hook);
        return _requireCounterparty(policy, provider, providerAgentId);
    }

    function _requireDuration(Policy calldata policy, uint256 duration) private pure {
        if (duration > policy.maxJobDuration) revert AgentWallet_DurationTooLong(duration, policy.maxJobDuration);
    }

    function _isEscrowAction(bytes4 selector) private pure returns (bool) {
        return
            selector == IERC8183.createJob.selector ||
            selector == IERC8183.setProvider.selector ||
            selector == IERC8183.setBudget.selector ||
            selector == IERC8183.submit.selector ||
            selector == IERC8183.complete.selector ||
            selector == IERC8183.reject.selector ||
            selector == IJobEscrow.completePartially.selector ||
            selector == IJobEscrow.decline.selector ||
            selector == IJobEscrow.extendEvaluation.selector ||
            selector == IJobEscrow.cancelOffer.selector ||
            selector == IJobEscrow.withdraw.selector;
    }

    function _isEvaluatorAction(bytes4 selector) private pure returns (bool) {
        return
            selector == IOptimisticEvaluator.accept.selector ||
            selector == IOptimisticEvaluator.escalate.selector ||
            selector == IOptimisticEvaluator.concede.selector ||
            selector == IOptimisticEvaluator.offerSplit.selector ||
            selector == IOptimisticEvaluator.acceptSplit.selector ||
            selector == IOptimisticEvaluator.submitEvidence.selector ||
            selector == IOptimisticEvaluator.withdraw.selector ||
            selector == IOptimisticEvaluator.withdrawFees.selector;
    }

    function _isKeyVerb(bytes4 selector) private pure returns (bool) {
        return
            selector == IAgentWallet.hire.selector ||
            selector == IAgentWallet.fund.selector ||
            selector == IAgentWallet.pay.selector ||
            selector == IAgentWallet.dispute.selector ||
            selector == IAgentWallet.contest.selector ||
            selector == IAgentWallet.appeal.selector ||
            selector == IAgentWallet.act.selector ||
            selector == IAgentWallet.call.selector ||
            selector == IAgentWallet.reserve.selector ||
            selector == IAgentWallet.reserveHire.selector;
    }

    function _isCallable(Policy calldata policy, address target, bytes4 selector) private view returns (bool) {
        if (
            target == address(this) ||
            target == address(_REGISTRY) ||
            target == FORWARDER ||
            target == PERMIT2 ||
            _contains(policy.escrows, target) ||
            _isJudge(policy.evaluators, target) ||
            _isToken(target)
        ) return false;
        for (uint256 i = 0; i < policy.calls.length; ++i) {
            if (policy.calls[i].target == target && policy.calls[i].selector == selector) return true;
        }
        return false;
    }

    /// @dev An evaluator, or the arbitrator that one names.
    function _isJudge(address[] calldata evaluators, address target) private view returns (bool) {
        for (uint256 i = 0; i < evaluators.length; ++i) {
            if (evaluators[i] == target) return true;
            (bool answered, uint256 arbitrator) = BoundedCall.tryRead(
                evaluators[i],
                PROBE_GAS,
                abi.encodeCall(IOptimisticEvaluator.ARBITRATOR, ())
            );
            if (answered && arbitrator == uint256(uint160(target))) return true;
        }
        return false;
    }

    function _isToken(address target) private view returns (bool answered) {
        // slither-disable-next-line unused-return: whether it answers is all that matters
        (answered, ) = BoundedCall.tryRead(target, PROBE_GAS, abi.encodeCall(IERC20.balanceOf, (address(this))));
    }

    /// @dev Reverts unless the argument at `index` is this wallet.
    function _requireOwnRecipient(bytes calldata data, uint256 index) private view {
        uint256 start = 4 + 32 * index;
        address to = abi.decode(data[start:start + 32], (address));
        if (to != address(this)) revert AgentWallet_WrongRecipient(to);
    }

    function _selectorOf(bytes calldata data) private pure returns (bytes4) {
        return data.length < 4 ? bytes4(0) : bytes4(data);
    }

    function _useNonce(address key, uint256 nonce) private {
        if (nonceUsed(key, nonce)) revert AgentWallet_NonceUsed(key, nonce);
        _storage().nonces[key][nonce >> 8] |= 1 << (nonce & 0xff);
    }

    // ─────────────────────────── money ───────────────────────────

    function _postBond(
        bytes calldata policyData,
        address evaluator,
        uint256 jobId,
        address token,
        uint256 bond,
        bytes memory data
    ) private {
        // Checks
        (address key, Policy calldata policy) = _requireGranted(policyData);
        _requireListed(List.Evaluators, policy.evaluators, evaluator);

        // Effects
        _chargeCost(key, policy, evaluator, evaluator, jobId, token, bond);

        // Interactions
        _spend(token, evaluator, bond, data);
    }

    /// @dev Calls somebody who may take up to `amount`, which was charged.
    function _spend(address token, address spender, uint256 amount, bytes memory data) private {
        uint256 balance = _balanceOf(token);
        if (token == address(0)) {
            // slither-disable-next-line unused-return: what a stranger returns proves nothing
            spender.functionCallWithValue(data, amount);
        } else {
            IERC20(token).forceApprove(spender, amount);
            // slither-disable-next-line unused-return: what a stranger returns proves nothing
            spender.functionCall(data);
            if (IERC20(token).allowance(address(this), spender) != 0) IERC20(token).forceApprove(spender, 0);
        }
        _requireOutflow(token, balance, amount);
    }

    /// @dev Tokens that take a fee from their sender, and callees that find another way, would spend past the caps.
    function _requireOutflow(address token, uint256 balanceBefore, uint256 charged) private view {
        uint256 balance = _balanceOf(token);
        if (balance + charged < balanceBefore) {
            revert AgentWallet_UnexpectedOutflow(token, balanceBefore - balance, charged);
        }
    }

    function _balanceOf(address token) private view returns (uint256) {
        return token == address(0) ? address(this).balance : IERC20(token).balanceOf(address(this));
    }
}
