// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OptimisticEvaluator} from "../../../contracts/evaluation/OptimisticEvaluator.sol";
import {CentralArbitrator} from "../../../contracts/mocks/actors/CentralArbitrator.sol";
import {PlainToken} from "../../../contracts/mocks/tokens/PlainToken.sol";
import {DisputeState, DisputeTerms, Phase, SplitOffer} from "../../../contracts/types/DisputeTypes.sol";
import {Job, JobStatus} from "../../../contracts/types/JobTypes.sol";
import {Market} from "../../forge/Market.sol";
import {vm} from "../../forge/Vm.sol";
import {ModelCampaign} from "../ModelCampaign.sol";

/// @notice The market with an evaluator, and a second evaluator beside it, kept from the calls alone: every dispute,
/// every credit and everybody's balance. Jobs are paid in the token that bonds are in, so that nothing keeps the two
/// apart but the books.
abstract contract EvaluatorModel is ModelCampaign, Market {
    /// @dev A job under review, as it should stand.
    struct Deal {
        uint256 id;
        address client;
        address provider;
        uint256 amount;
        uint256 feeBps;
        bool silencePays;
        uint256 expiredAt;
        JobStatus status;
        Phase phase;
        uint256 deadline;
        uint256 share;
        uint256 fee;
        uint256 disputeID;
    }

    uint256 internal constant REVIEW = 3 days;
    uint256 internal constant RESPONSE = 2 days;
    uint256 internal constant ESCALATION = 2 days;
    uint256 internal constant ARBITRATION = 7 days;
    uint256 internal constant GRACE = 1 days;
    /// @dev Amounts that do not divide evenly, where rounding shows.
    uint256 internal constant BOND = 10e6 + 1;
    uint256 internal constant COST = 3e6 + 7;
    uint256 internal constant PENALTY_BPS = 3_333;
    uint256 internal constant MIN_AMOUNT = 2 * BOND;
    uint256 internal constant SMALL_JOB_SHARE = 37;
    uint256 internal constant TRADERS = 4;

    PlainToken internal token;
    CentralArbitrator internal arbitrator;
    OptimisticEvaluator internal evaluator;

    /// @dev First the traders, who are clients and providers of each other, with the keys 1 to 4; then two strangers.
    address[] internal people;
    Deal[] internal deals;
    /// @dev Indices of the deals that have not ended.
    uint256[] internal live;
    /// @dev One more than the index of the deal that a dispute is about; 0 if there is no such dispute.
    mapping(uint256 disputeID => uint256) internal dealOf;
    mapping(uint256 index => mapping(address party => SplitOffer)) internal splits;

    mapping(address account => uint256) internal balances;
    mapping(address account => uint256) internal credits;
    mapping(address account => uint256) internal fees;

    constructor() {
        vm.warp(clock);
        _deployMarket();
        token = new PlainToken("Plain", "PLN", 6);
        arbitrator = new CentralArbitrator();
        arbitrator.setCost(COST);
        DisputeTerms memory terms = DisputeTerms({
            reviewPeriod: REVIEW,
            responsePeriod: RESPONSE,
            escalationPeriod: ESCALATION,
            arbitrationPeriod: ARBITRATION,
            bondToken: address(token),
            bond: BOND,
            penaltyBps: PENALTY_BPS,
            jobToken: address(token),
            minAmount: MIN_AMOUNT,
            smallJobShare: SMALL_JOB_SHARE
        });
        evaluator = new OptimisticEvaluator(address(forwarder), escrow, address(arbitrator), "", "", terms);
        for (uint256 i = 1; i <= TRADERS; ++i) people.push(vm.addr(i));
        people.push(address(0x51));
        people.push(address(0x52));
        for (uint256 i = 0; i < people.length; ++i) {
            balances[people[i]] = 1e18;
            _endow(address(token), people[i], 1e18);
            _approve(address(token), people[i], address(evaluator));
        }
    }

    // ─────────────────────────── calls ───────────────────────────

    /// @dev What may be done must work, and what may not must fail.
    function _try(
        string memory name,
        address sender,
        address target,
        bytes memory data,
        bool allowed
    ) internal returns (bool success, uint256 word) {
        bytes memory result;
        vm.prank(sender);
        (success, result) = target.call(data);
        if (success && !allowed) _fail(string.concat(name, " was let through"));
        if (!success && allowed) _fail(string.concat(name, " was refused"));
        _count(success ? name : string.concat(name, " refused"));
        if (success && result.length == 32) word = abi.decode(result, (uint256));
    }

    // ─────────────────────────── the rules, a second time ───────────────────────────

    function _isUnderReview(Deal storage deal) internal view returns (bool) {
        return deal.status == JobStatus.Submitted;
    }

    /// @dev Whether the escrow still takes a verdict.
    function _isJudgeable(Deal storage deal) internal view returns (bool) {
        return _isUnderReview(deal) && clock < deal.expiredAt;
    }

    function _isParty(Deal storage deal, address account) internal view returns (bool) {
        return account == deal.client || account == deal.provider;
    }

    function _isOpen(Deal storage deal) internal view returns (bool) {
        return _isUnderReview(deal) && deal.phase < Phase.Ruled && clock < deal.deadline;
    }

    function _enter(Deal storage deal, Phase phase, uint256 period) internal {
        (deal.phase, deal.deadline) = (phase, clock + period);
        if (deal.deadline + GRACE > deal.expiredAt) deal.expiredAt = deal.deadline + GRACE;
    }

    function _applyRuling(uint256 disputeID, uint256 ruling) internal returns (bool counts) {
        if (dealOf[disputeID] == 0) {
            _count("ruling before its dispute");
            return false;
        }
        Deal storage deal = deals[dealOf[disputeID] - 1];
        if (deal.phase != Phase.Escalated) _count("ruling on what is ruled or over");
        else if (clock >= deal.deadline) _count("ruling too late");
        else {
            bool outOfRange = ruling == 0 || ruling > 5;
            (deal.phase, deal.share) = (Phase.Ruled, outOfRange ? 50 : (ruling - 1) * 25);
            _count(outOfRange ? "ruling out of range" : "ruling");
            return true;
        }
    }

    /// @dev What was taken in bonds and is still there.
    function _bondsOf(Deal storage deal) internal view returns (uint256) {
        if (deal.phase == Phase.Review || deal.phase == Phase.Closed) return 0;
        return deal.phase == Phase.Disputed ? BOND : 2 * BOND - deal.fee;
    }

    /// @dev Each side's bond, less its part of the fee; then the penalty from who got less to who got more.
    function _divide(Deal storage deal, uint256 share, bool penalised) internal {
        uint256 whole = _bondsOf(deal);
        uint256 clientPart = BOND - (deal.fee * share) / 100;
        uint256 providerPart = whole - clientPart;
        if (penalised) {
            uint256 margin = share > 50 ? share - 50 : 50 - share;
            uint256 loserPart = share > 50 ? clientPart : providerPart;
            uint256 penalty = (loserPart * PENALTY_BPS * margin) / 500_000;
            if (share > 50) clientPart -= penalty;
            else clientPart += penalty;
            providerPart = whole - clientPart;
        }
        deal.phase = Phase.Closed;
        credits[deal.client] += clientPart;
        credits[deal.provider] += providerPart;
    }

    /// @dev The escrow's money leaves. The evaluator has its fee only for a verdict, out of what the provider gets.
    function _end(uint256 index, uint256 share, JobStatus status, bool judged) internal {
        Deal storage deal = deals[index];
        uint256 paid = (deal.amount * share) / 100;
        uint256 fee = judged ? (paid * deal.feeBps) / 10_000 : 0;
        balances[address(escrow)] -= deal.amount;
        balances[deal.client] += deal.amount - paid;
        balances[deal.provider] += paid - fee;
        balances[address(evaluator)] += fee;
        fees[deal.provider] += fee;
        deal.status = status;
        for (uint256 i = 0; i < live.length; ++i) {
            if (live[i] != index) continue;
            live[i] = live[live.length - 1];
            live.pop();
            return;
        }
    }

    // ─────────────────────────── comparison ───────────────────────────

    /// @notice What differs between the contracts and the model; empty if nothing does.
    function mismatch() external view override returns (string memory) {
        uint256 reserved = 0;
        uint256 owed = 0;
        for (uint256 i = 0; i < people.length; ++i) {
            address account = people[i];
            if (evaluator.withdrawable(account) != credits[account]) return "another credit";
            if (evaluator.feesOwed(address(token), account) != fees[account]) return "other fees are owed";
            if (token.balanceOf(account) != balances[account]) return "somebody was paid another amount";
            reserved += credits[account];
            owed += fees[account];
        }
        for (uint256 i = 0; i < deals.length; ++i) {
            reserved += _bondsOf(deals[i]);
            if (!_isAsItShould(deals[i])) return "a dispute or its job is not as it should be";
        }
        uint256 balance = token.balanceOf(address(evaluator));
        if (evaluator.reserved() != reserved) return "another amount is reserved";
        if (balance < reserved) return "what is reserved is not there";
        if (balance != reserved + owed || balance != balances[address(evaluator)]) return "fees and bonds are mixed up";
        if (token.balanceOf(address(escrow)) != balances[address(escrow)]) return "the escrow holds another amount";
        if (token.balanceOf(address(arbitrator)) != balances[address(arbitrator)])
            return "the arbitrator got another fee";
        if (token.allowance(address(evaluator), address(arbitrator)) != 0) return "the arbitrator may take more";
        return "";
    }

    function _isAsItShould(Deal storage deal) private view returns (bool) {
        DisputeState memory state = evaluator.disputeOf(deal.id);
        Job memory job = escrow.getJob(deal.id);
        bool disputed = deal.phase != Phase.Review;
        return
            state.phase == deal.phase &&
            state.deadline == (disputed ? deal.deadline : 0) &&
            state.share == deal.share &&
            state.fee == deal.fee &&
            state.disputeID == deal.disputeID &&
            job.status == deal.status &&
            job.expiredAt == deal.expiredAt &&
            !job.recordPending;
    }
}
