// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IArbitrable} from "../interfaces/IArbitrable.sol";
import {IArbitrator} from "../interfaces/IArbitrator.sol";
import {IEvaluator} from "../interfaces/IEvaluator.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IOptimisticEvaluator} from "../interfaces/IOptimisticEvaluator.sol";
import {Job, JobStatus} from "../types/JobTypes.sol";
import {DisputeOutcome} from "../types/SettlementTypes.sol";

/// @title OptimisticEvaluator
/// @notice Pays honest work without asking anyone, and has an arbitrator divide what is contested. See
/// IOptimisticEvaluator.
/// @dev Liveness: each phase ends by `finalise` after its deadline, whoever disappears; the longest way fits into what
/// the escrow allows, with GRACE left to carry it out. The escrow's own claims end a job that nobody finalised, and
/// `releaseBonds` then ends its dispute.
contract OptimisticEvaluator is IOptimisticEvaluator, ERC2771Context, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The terms that disputes are held under.
    struct Terms {
        uint256 reviewPeriod;
        uint256 responsePeriod;
        uint256 arbitrationPeriod;
        address bondToken;
        uint256 bond;
        uint256 penaltyBps;
        address jobToken;
        uint256 minAmount;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant ALL = 100;
    uint256 private constant HALF = 50;
    /// @dev Rulings beside 0: 0, 25, 50, 75 and 100 percent to the provider.
    uint256 private constant CHOICES = 5;
    uint256 private constant STEP = 25;
    /// @dev Time in seconds to carry out what has been decided, before the escrow's own deadline.
    uint256 private constant GRACE = 1 days;
    uint256 private constant MAX_EVIDENCE = 16;

    /// @inheritdoc IOptimisticEvaluator
    address public immutable ESCROW;
    /// @inheritdoc IOptimisticEvaluator
    address public immutable ARBITRATOR;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable REVIEW_PERIOD;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable RESPONSE_PERIOD;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable ARBITRATION_PERIOD;
    /// @inheritdoc IOptimisticEvaluator
    address public immutable BOND_TOKEN;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable BOND;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable PENALTY_BPS;
    /// @inheritdoc IOptimisticEvaluator
    address public immutable JOB_TOKEN;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable MIN_AMOUNT;

    /// @inheritdoc IOptimisticEvaluator
    mapping(address token => mapping(address account => uint256)) public withdrawable;

    bytes private _extraData;
    mapping(uint256 jobId => Dispute) private _disputes;
    mapping(uint256 disputeID => uint256 jobId) private _jobOf;
    mapping(uint256 jobId => mapping(address party => SplitOffer)) private _splitOffers;
    mapping(uint256 jobId => mapping(address party => uint256)) private _evidenceCount;

    /// @notice Everything is fixed here, for good.
    /// @param trustedForwarder ERC-2771 forwarder whose senders are believed.
    /// @param escrow The escrow whose jobs are judged here.
    /// @param arbitrator Who decides what is contested.
    /// @param extraData What the arbitrator is told with each dispute.
    /// @param terms Periods and bonds.
    constructor(
        address trustedForwarder,
        IJobEscrow escrow,
        address arbitrator,
        bytes memory extraData,
        Terms memory terms
    ) ERC2771Context(trustedForwarder) {
        uint256 total = terms.reviewPeriod + terms.responsePeriod + terms.arbitrationPeriod + GRACE;
        uint256 longest = escrow.limits().maxEvaluation;
        bool complete = terms.reviewPeriod != 0 && terms.responsePeriod != 0 && terms.arbitrationPeriod != 0;
        if (!complete || total > longest) revert OptimisticEvaluator_InvalidPeriods(total, longest);
        if (terms.bond == 0 || terms.bond > type(uint96).max || terms.penaltyBps > BPS) {
            revert OptimisticEvaluator_InvalidBond(terms.bond, terms.penaltyBps);
        }
        ESCROW = address(escrow);
        ARBITRATOR = arbitrator;
        REVIEW_PERIOD = terms.reviewPeriod;
        RESPONSE_PERIOD = terms.responsePeriod;
        ARBITRATION_PERIOD = terms.arbitrationPeriod;
        BOND_TOKEN = terms.bondToken;
        BOND = terms.bond;
        PENALTY_BPS = terms.penaltyBps;
        JOB_TOKEN = terms.jobToken;
        MIN_AMOUNT = terms.minAmount;
        _extraData = extraData;
    }

    // ─────────────────────────── without a dispute ───────────────────────────

    /// @inheritdoc IOptimisticEvaluator
    function accept(uint256 jobId) external nonReentrant {
        Job memory job = _underReview(jobId);
        Dispute memory current = _disputes[jobId];
        if (_msgSender() != job.client) revert OptimisticEvaluator_Unauthorized(jobId, _msgSender());
        if (current.phase != Phase.Review) revert OptimisticEvaluator_UnexpectedPhase(jobId, current.phase);
        _end(job, current, ALL, false, DisputeOutcome.None);
    }

    /// @inheritdoc IOptimisticEvaluator
    function finalise(uint256 jobId) external nonReentrant {
        Job memory job = _underReview(jobId);
        Dispute memory current = _disputes[jobId];
        if (current.phase == Phase.Ruled) {
            _end(job, current, current.share, true, _winnerOf(current.share));
            return;
        }
        uint256 deadline = current.phase == Phase.Review ? job.submittedAt + REVIEW_PERIOD : current.deadline;
        if (block.timestamp < deadline) revert OptimisticEvaluator_DeadlineNotReached(jobId, deadline);
        if (current.phase == Phase.Review) _end(job, current, ALL, false, DisputeOutcome.None);
        else if (current.phase == Phase.Disputed) _end(job, current, 0, false, DisputeOutcome.ClientWon);
        else _end(job, current, HALF, false, DisputeOutcome.Split);
    }

    // ─────────────────────────── with one ───────────────────────────

    /// @inheritdoc IOptimisticEvaluator
    function dispute(uint256 jobId) external payable nonReentrant {
        // Checks
        Job memory job = _underReview(jobId);
        if (_msgSender() != job.client) revert OptimisticEvaluator_Unauthorized(jobId, _msgSender());
        Dispute storage current = _disputes[jobId];
        if (current.phase != Phase.Review) revert OptimisticEvaluator_UnexpectedPhase(jobId, current.phase);
        _requireBefore(jobId, job.submittedAt + REVIEW_PERIOD);
        if (job.paymentToken != JOB_TOKEN || job.budget < MIN_AMOUNT) {
            revert OptimisticEvaluator_NotDisputable(jobId, job.paymentToken, job.budget);
        }

        // Effects
        uint256 deadline = block.timestamp + RESPONSE_PERIOD;
        (current.phase, current.deadline) = (Phase.Disputed, uint40(deadline));
        emit Disputed(jobId, job.client, deadline);

        // Interactions
        _takeBond(job.client);
        _extend(job, deadline + GRACE);
    }

    /// @inheritdoc IOptimisticEvaluator
    function contest(uint256 jobId) external payable nonReentrant {
        // Checks
        Job memory job = _underReview(jobId);
        if (_msgSender() != job.provider) revert OptimisticEvaluator_Unauthorized(jobId, _msgSender());
        Dispute storage current = _disputes[jobId];
        if (current.phase != Phase.Disputed) revert OptimisticEvaluator_UnexpectedPhase(jobId, current.phase);
        _requireBefore(jobId, current.deadline);

        // Effects
        uint256 deadline = block.timestamp + ARBITRATION_PERIOD;
        (current.phase, current.deadline) = (Phase.Contested, uint40(deadline));
        emit Contested(jobId, job.provider, deadline);

        // Interactions
        _takeBond(job.provider);
        _extend(job, deadline + GRACE);
    }

    /// @inheritdoc IOptimisticEvaluator
    function escalate(uint256 jobId) external nonReentrant returns (uint256 disputeID) {
        // Checks
        _underReview(jobId);
        Dispute storage current = _disputes[jobId];
        if (current.phase != Phase.Contested) revert OptimisticEvaluator_UnexpectedPhase(jobId, current.phase);
        _requireBefore(jobId, current.deadline);

        // Interactions. The number that the arbitrator gives can be stored only afterwards: every function that moves
        // money or ends a dispute is guarded against being entered meanwhile, `rule` included.
        uint256 fee;
        // slither-disable-next-line reentrancy-eth: guarded, see above
        (disputeID, fee) = _createDispute();
        if (_jobOf[disputeID] != 0) revert OptimisticEvaluator_DisputeExists(disputeID);

        // Effects
        _jobOf[disputeID] = jobId;
        (current.phase, current.fee, current.disputeID) = (Phase.Escalated, uint96(fee), disputeID);
        emit Escalated(jobId, ARBITRATOR, disputeID, fee);
    }

    /// @inheritdoc IArbitrable
    /// @dev Never reverts for what the ruling says, or for coming too late: that must not stop a court.
    function rule(uint256 disputeID, uint256 ruling) external nonReentrant {
        if (msg.sender != ARBITRATOR) revert OptimisticEvaluator_OnlyArbitrator(msg.sender);
        emit Ruling(msg.sender, disputeID, ruling);
        Dispute storage current = _disputes[_jobOf[disputeID]];
        if (current.phase != Phase.Escalated) return;
        current.phase = Phase.Ruled;
        current.share = uint8(ruling == 0 || ruling > CHOICES ? HALF : (ruling - 1) * STEP);
    }

    /// @inheritdoc IOptimisticEvaluator
    function concede(uint256 jobId) external nonReentrant {
        (Job memory job, bool byClient) = _undecided(jobId);
        Dispute memory current = _disputes[jobId];
        if (current.phase == Phase.Review) revert OptimisticEvaluator_UnexpectedPhase(jobId, current.phase);
        uint256 share = byClient ? ALL : 0;
        _end(job, current, share, true, _winnerOf(share));
    }

    /// @inheritdoc IOptimisticEvaluator
    function offerSplit(uint256 jobId, uint256 share, uint40 validUntil) external {
        _undecided(jobId);
        if (share > ALL) revert OptimisticEvaluator_InvalidShare(share);
        _splitOffers[jobId][_msgSender()] = SplitOffer({share: uint8(share), validUntil: validUntil});
        emit SplitOffered(jobId, _msgSender(), share, validUntil);
    }

    /// @inheritdoc IOptimisticEvaluator
    function acceptSplit(uint256 jobId, uint256 share) external nonReentrant {
        (Job memory job, bool byClient) = _undecided(jobId);
        SplitOffer memory offer = _splitOffers[jobId][byClient ? job.provider : job.client];
        // No time is ever 0, so an offer that was never made is over too.
        if (block.timestamp > offer.validUntil || share != offer.share) {
            revert OptimisticEvaluator_NoSuchOffer(jobId, share);
        }
        Dispute memory current = _disputes[jobId];
        _end(job, current, share, false, current.phase == Phase.Review ? DisputeOutcome.None : DisputeOutcome.Split);
    }

    /// @inheritdoc IOptimisticEvaluator
    function submitEvidence(uint256 jobId, string calldata evidence) external {
        _undecided(jobId);
        Phase phase = _disputes[jobId].phase;
        if (phase == Phase.Review) revert OptimisticEvaluator_UnexpectedPhase(jobId, phase);
        if (++_evidenceCount[jobId][_msgSender()] > MAX_EVIDENCE) {
            revert OptimisticEvaluator_TooMuchEvidence(jobId, _msgSender());
        }
        emit Evidence(ARBITRATOR, jobId, _msgSender(), evidence);
    }

    /// @inheritdoc IOptimisticEvaluator
    function releaseBonds(uint256 jobId) external nonReentrant {
        Job memory job = IJobEscrow(ESCROW).getJob(jobId);
        if (job.status <= JobStatus.Submitted) revert OptimisticEvaluator_JobNotEnded(jobId);
        Dispute memory current = _disputes[jobId];
        // slither-disable-next-line incorrect-equality: of an enum
        if (current.phase == Phase.Review || current.phase == Phase.Closed) {
            revert OptimisticEvaluator_UnexpectedPhase(jobId, current.phase);
        }
        // slither-disable-next-line incorrect-equality: of an enum
        bool ruled = current.phase == Phase.Ruled;
        _divideBonds(job, current, ruled ? current.share : HALF, ruled);
    }

    // ─────────────────────────── credits ───────────────────────────

    /// @inheritdoc IOptimisticEvaluator
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        if (to == address(0) || to == address(this)) revert OptimisticEvaluator_InvalidRecipient(to);
        return _payCredit(token, _msgSender(), to);
    }

    /// @inheritdoc IOptimisticEvaluator
    function deliver(address token, address account) external nonReentrant returns (uint256 amount) {
        return _payCredit(token, account, account);
    }

    // ─────────────────────────── views ───────────────────────────

    /// @inheritdoc IEvaluator
    /// @dev Without a dispute. A dispute takes longer, and then the job's time is extended.
    function maxEvaluationPeriod() external view returns (uint256) {
        return REVIEW_PERIOD + GRACE;
    }

    /// @inheritdoc IOptimisticEvaluator
    function disputeOf(uint256 jobId) external view returns (Dispute memory) {
        return _disputes[jobId];
    }

    /// @inheritdoc IOptimisticEvaluator
    function splitOfferOf(uint256 jobId, address party) external view returns (SplitOffer memory) {
        return _splitOffers[jobId][party];
    }

    // ─────────────────────────── inside ───────────────────────────

    function _underReview(uint256 jobId) private view returns (Job memory job) {
        job = IJobEscrow(ESCROW).getJob(jobId);
        if (job.evaluator != address(this) || job.status != JobStatus.Submitted) {
            revert OptimisticEvaluator_NotUnderReview(jobId);
        }
    }

    /// @dev What only a party may do, and only until a ruling.
    function _undecided(uint256 jobId) private view returns (Job memory job, bool byClient) {
        job = _underReview(jobId);
        byClient = _msgSender() == job.client;
        if (!byClient && _msgSender() != job.provider) revert OptimisticEvaluator_Unauthorized(jobId, _msgSender());
        if (_disputes[jobId].phase == Phase.Ruled) revert OptimisticEvaluator_UnexpectedPhase(jobId, Phase.Ruled);
    }

    function _requireBefore(uint256 jobId, uint256 deadline) private view {
        if (block.timestamp >= deadline) revert OptimisticEvaluator_DeadlinePassed(jobId, deadline);
    }

    function _winnerOf(uint256 share) private pure returns (DisputeOutcome) {
        if (share == HALF) return DisputeOutcome.Split;
        return share > HALF ? DisputeOutcome.ProviderWon : DisputeOutcome.ClientWon;
    }

    /// @dev Gives the verdict, and divides the bonds if there are any.
    function _end(
        Job memory job,
        Dispute memory current,
        uint256 share,
        bool penalised,
        DisputeOutcome outcome
    ) private {
        // Effects
        // slither-disable-next-line divide-before-multiply: the fee is of the amount as it is paid
        uint256 providerAmount = (job.budget * share) / ALL;
        // An evaluator's fee is of no use here: what the escrow takes for it is the provider's.
        uint256 fee = (providerAmount * job.evaluatorFeeBps) / BPS;
        if (fee != 0) _credit(job.paymentToken, job.provider, fee);
        if (current.phase != Phase.Review) _divideBonds(job, current, share, penalised);
        emit Finalised(job.id, share);

        // Interactions
        if (current.phase == Phase.Review && share == ALL) {
            IJobEscrow(ESCROW).complete(job.id, bytes32(0), "");
        } else {
            IJobEscrow(ESCROW).completePartially(job.id, providerAmount, bytes32(0), outcome, "");
        }
    }

    /// @dev The fee is borne in proportion to what was lost; what is then left of the loser's bond pays the penalty.
    function _divideBonds(Job memory job, Dispute memory current, uint256 share, bool penalised) private {
        _disputes[job.id].phase = Phase.Closed;
        uint256 clientPart = BOND;
        uint256 providerPart = 0;
        if (current.phase != Phase.Disputed) {
            uint256 clientFee = (uint256(current.fee) * share) / ALL;
            clientPart = BOND - clientFee;
            providerPart = BOND - (current.fee - clientFee);
        }
        if (penalised && share > HALF) {
            uint256 penalty = _penalty(clientPart, 2 * share - ALL);
            (clientPart, providerPart) = (clientPart - penalty, providerPart + penalty);
        } else if (penalised && share < HALF) {
            uint256 penalty = _penalty(providerPart, ALL - 2 * share);
            (clientPart, providerPart) = (clientPart + penalty, providerPart - penalty);
        }
        emit BondsReturned(job.id, clientPart, providerPart);
        _credit(BOND_TOKEN, job.client, clientPart);
        if (providerPart != 0) _credit(BOND_TOKEN, job.provider, providerPart);
    }

    /// @dev `margin` says how clearly it lost, in percent.
    function _penalty(uint256 bond, uint256 margin) private view returns (uint256) {
        return (bond * PENALTY_BPS * margin) / (BPS * ALL);
    }

    function _takeBond(address from) private {
        if (BOND_TOKEN == address(0)) {
            if (msg.value != BOND) revert OptimisticEvaluator_IncorrectBond(BOND, msg.value);
            return;
        }
        if (msg.value != 0) revert OptimisticEvaluator_IncorrectBond(0, msg.value);
        uint256 balanceBefore = IERC20(BOND_TOKEN).balanceOf(address(this));
        // slither-disable-next-line arbitrary-send-erc20: the payer is the sender
        IERC20(BOND_TOKEN).safeTransferFrom(from, address(this), BOND);
        uint256 received = IERC20(BOND_TOKEN).balanceOf(address(this)) - balanceBefore;
        if (received != BOND) revert OptimisticEvaluator_IncorrectBond(BOND, received);
    }

    function _extend(Job memory job, uint256 expiredAt) private {
        if (expiredAt > job.expiredAt) IJobEscrow(ESCROW).extendEvaluation(job.id, expiredAt);
    }

    /// @dev The fee is what the arbitrator took, never more than a bond.
    function _createDispute() private returns (uint256 disputeID, uint256 fee) {
        IArbitrator arbitrator = IArbitrator(ARBITRATOR);
        bytes memory extraData = _extraData;
        if (BOND_TOKEN == address(0)) {
            fee = arbitrator.arbitrationCost(extraData);
            if (fee > BOND) revert OptimisticEvaluator_FeeAboveBond(fee, BOND);
            // slither-disable-next-line arbitrary-send-eth: to the arbitrator, which is fixed
            return (arbitrator.createDispute{value: fee}(CHOICES, extraData), fee);
        }
        IERC20 token = IERC20(BOND_TOKEN);
        uint256 cost = arbitrator.arbitrationCost(extraData, token);
        if (cost > BOND) revert OptimisticEvaluator_FeeAboveBond(cost, BOND);
        uint256 balanceBefore = token.balanceOf(address(this));
        token.forceApprove(ARBITRATOR, cost);
        disputeID = arbitrator.createDispute(CHOICES, extraData, token, cost);
        // What it did not take must not stay within its reach: other bonds lie here too.
        token.forceApprove(ARBITRATOR, 0);
        uint256 balanceAfter = token.balanceOf(address(this));
        fee = balanceAfter < balanceBefore ? balanceBefore - balanceAfter : 0;
    }

    function _credit(address token, address account, uint256 amount) private {
        withdrawable[token][account] += amount;
        emit Credited(token, account, amount);
    }

    function _payCredit(address token, address account, address to) private returns (uint256 amount) {
        // Checks
        amount = withdrawable[token][account];
        if (amount == 0) revert OptimisticEvaluator_NothingToWithdraw(token, account);

        // Effects
        delete withdrawable[token][account];
        emit Withdrawn(token, account, to, amount);

        // Interactions
        if (token == address(0)) {
            // solhint-disable-next-line avoid-low-level-calls
            (bool sent, ) = to.call{value: amount}("");
            if (!sent) revert OptimisticEvaluator_TransferFailed(to, amount);
            return amount;
        }
        // An evaluator's fee that the escrow could not deliver is still there.
        if (IERC20(token).balanceOf(address(this)) < amount) {
            // slither-disable-next-line unused-return: what arrived is in the balance
            IJobEscrow(ESCROW).deliver(token, address(this));
        }
        IERC20(token).safeTransfer(to, amount);
    }
}
