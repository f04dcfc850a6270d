// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {IERC8183} from "../../../contracts/interfaces/IERC8183.sol";
import {IEvaluator} from "../../../contracts/interfaces/IEvaluator.sol";
import {Phase} from "../../../contracts/types/DisputeTypes.sol";
import {Acceptance, FundingMethod, Job, JobStatus, Offer} from "../../../contracts/types/JobTypes.sol";
import {AgentRef, Policy, TokenLimit} from "../../../contracts/types/WalletTypes.sol";
import {Role, SettlementFacts} from "../../../contracts/types/SettlementTypes.sol";
import {HostileParty} from "./HostileParty.sol";
import {KeyCalls} from "./KeyCalls.sol";

/// @notice A key hires, funds, pays and posts bonds: within its limits, at their very edge, and past them; with those
/// it may deal with and with others.
abstract contract SpendingSteps is KeyCalls {
    /// @dev Jobs of the real escrow that the wallet is a party to, and those of them that it still has to fund.
    uint256[] internal jobs;
    uint256[] internal openJobs;

    function hire(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("hire");
        address token = tokens[_oneIn(4) ? 1 : 0];
        bool real = !_oneIn(4);
        (Offer memory offer, Acceptance memory acceptance) = _deal(attempt, policy, token);
        (bytes4 early, bool admitted) = _termsRefusal(policy, real, offer, acceptance);
        uint256 jobId = escrow.jobIdOf(offer, acceptance);
        if (!real) {
            // Another escrow, another domain: the number that it will be charged under is nobody's.
            jobId = uint256(keccak256(abi.encode("not a number of the real escrow", ++salts)));
        }
        if (_oneIn(12)) {
            acceptance.funding = FundingMethod.Permit;
            early = IAgentWallet.AgentWallet_WrongFunding.selector;
        }
        attempt.early = early;
        attempt.spending = Spending(token, offer.provider, offer.amount, admitted, Part.Price, jobId, 0);
        attempt.realJob = real;
        attempt.outside = real ? _tokenSays(token) : Outside.Unknown;
        attempt.late = real ? _tokenTakes(token, offer.amount) : bytes4(0);
        address target = real ? address(escrow) : address(party);
        bytes memory signature = _signOffer(FIRST_PROVIDER + _providerOf(offer.provider), offer);
        attempt.data = abi.encodeCall(
            IAgentWallet.hire,
            (policies[attempt.policy], target, offer, signature, acceptance)
        );
        (bool success, ) = _perform(attempt);
        if (!success || !real) return;
        jobs.push(jobId);
        if (_oneIn(2)) return;
        _quiet(offer.provider, target, abi.encodeCall(IERC8183.submit, (jobId, "work", "")));
        _count("delivered at once");
    }

    function fund(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("fund");
        if (openJobs.length == 0 || _oneIn(8)) {
            _fundParty(attempt, policy);
            return;
        }
        uint256 jobId = openJobs[_below(openJobs.length)];
        Job memory job = escrow.getJob(jobId);
        if (_oneIn(8) && job.status == JobStatus.Open) {
            _quiet(job.provider, address(escrow), abi.encodeCall(IERC8183.setBudget, (jobId, job.paymentToken, 1, "")));
            if (job.budget != 1) {
                _count("price changed under the key");
                attempt.early = IAgentWallet.AgentWallet_TermsChanged.selector;
            }
        }
        if (!_contains(policy.escrows, address(escrow))) attempt.early = IAgentWallet.AgentWallet_NotListed.selector;
        else if (attempt.early == 0) {
            (attempt.early, attempt.spending.admitted) = _judgedTerms(
                policy,
                job.evaluator,
                job.hook,
                job.provider,
                job.providerAgentId
            );
        }
        attempt.spending.token = job.paymentToken;
        (attempt.spending.payee, attempt.spending.amount) = (job.provider, job.budget);
        (attempt.spending.part, attempt.spending.jobId, attempt.realJob) = (Part.Price, jobId, true);
        bool fits = job.status == JobStatus.Open && clock < job.expiredAt && job.budget != 0;
        attempt.outside = fits ? _tokenSays(job.paymentToken) : Outside.Fails;
        attempt.late = _tokenTakes(job.paymentToken, job.budget);
        if (attempt.late == 0) attempt.late = _fundedFor(policy, job.expiredAt, _periodOf(job.evaluator));
        attempt.data = abi.encodeCall(
            IAgentWallet.fund,
            (policies[attempt.policy], address(escrow), jobId, job.paymentToken, job.budget, "")
        );
        (bool success, ) = _perform(attempt);
        if (success) jobs.push(jobId);
    }

    /// @dev A job that the hostile escrow tells of, maybe of another client.
    function _fundParty(Attempt memory attempt, Policy memory policy) private {
        Job memory job = party.getJob(0);
        uint256 jobId = _oneIn(2) && jobs.length != 0 ? jobs[_below(jobs.length)] : ++salts;
        uint256 budget = _oneIn(6) ? job.budget + 1 : job.budget;
        if (!_contains(policy.escrows, address(party))) attempt.early = IAgentWallet.AgentWallet_NotListed.selector;
        else if (job.client != address(wallet)) attempt.early = IAgentWallet.AgentWallet_NotTheClient.selector;
        else if (budget != job.budget) attempt.early = IAgentWallet.AgentWallet_TermsChanged.selector;
        else {
            (attempt.early, attempt.spending.admitted) = _judgedTerms(
                policy,
                job.evaluator,
                job.hook,
                job.provider,
                job.providerAgentId
            );
        }
        attempt.late = _fundedFor(policy, job.expiredAt, job.evaluationPeriod);
        (attempt.spending.token, attempt.spending.payee) = (job.paymentToken, job.provider);
        (attempt.spending.amount, attempt.spending.part) = (budget, Part.Price);
        (attempt.spending.jobId, attempt.outside) = (jobId, Outside.Unknown);
        attempt.data = abi.encodeCall(
            IAgentWallet.fund,
            (policies[attempt.policy], address(party), jobId, job.paymentToken, budget, "")
        );
        _perform(attempt);
    }

    function pay(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("pay");
        address token = _oneIn(16) ? address(registry) : tokens[_below(3)];
        uint256 who = _oneIn(4) ? PROVIDERS : _someProvider();
        (address to, uint256 agentId) = who == PROVIDERS ? (address(party), 0) : (providers[who], agents[who]);
        if (_oneIn(16)) to = stranger;
        uint256 amount = _amount(attempt.key, token, policy);
        (attempt.early, attempt.spending.admitted) = _counterparty(policy, to, agentId);
        (attempt.spending.token, attempt.spending.payee, attempt.spending.amount) = (token, to, amount);
        attempt.outside = _tokenSays(token);
        bool refuses = party.mood() == HostileParty.Mood.Refusing;
        if (token == address(0) && to == address(party) && refuses) attempt.outside = Outside.Fails;
        attempt.late = _tokenTakes(token, amount);
        attempt.data = abi.encodeCall(
            IAgentWallet.pay,
            (policies[attempt.policy], token, to, agentId, amount, "purpose")
        );
        (bool success, ) = _perform(attempt);
        if (success && token == address(0)) _count("coin paid");
        else if (success && token == address(hostile)) _count("hostile token paid");
    }

    /// @notice Disputes, contests and appeals: what comes on top of a price.
    function postBond(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("bond");
        bool real = !_oneIn(4);
        address judge_ = real ? address(evaluator) : address(party);
        address named = real ? address(escrow) : party.ESCROW();
        uint256 jobId = jobs.length == 0 || _oneIn(8) ? ++salts : _jobForBond();
        uint256 verb = _bondFor(jobId);
        address token = real || !_oneIn(3) ? address(stable) : tokens[_below(3)];
        uint256 amount = verb == 2 ? APPEAL_FEE : BOND;
        if (_oneIn(6)) amount = real ? amount + 1 : _amount(attempt.key, token, policy);
        attempt.outside = Outside.Unknown;
        attempt.realJob = named == address(escrow);
        attempt.spending = Spending(
            token,
            verb == 2 && real ? address(arbitrator) : judge_,
            amount,
            false,
            Part.Cost,
            jobId,
            0
        );
        uint256 number = jobId;
        if (real && verb == 2) {
            number = _oneIn(4) ? _between(1, arbitrator.count() + 1) : evaluator.disputeOf(jobId).disputeID;
            jobId = evaluator.jobOf(number);
            attempt.spending.jobId = jobId;
        }
        if (!_contains(policy.evaluators, judge_) || !_contains(policy.escrows, named)) {
            attempt.early = IAgentWallet.AgentWallet_NotListed.selector;
        } else {
            bool known;
            (known, attempt.spending.price) = _priceOf(named, jobId, token);
            // What the escrow does not know stops there, with the escrow's own error.
            if (!known) attempt.early = bytes4(keccak256("JobEscrow_JobNotFound(uint256)"));
        }
        if (verb == 0) {
            attempt.name = "dispute";
            attempt.data = abi.encodeCall(
                IAgentWallet.dispute,
                (policies[attempt.policy], judge_, jobId, token, amount)
            );
        } else if (verb == 1) {
            attempt.name = "contest";
            attempt.data = abi.encodeCall(
                IAgentWallet.contest,
                (policies[attempt.policy], judge_, jobId, token, amount)
            );
        } else {
            attempt.name = "appeal";
            attempt.data = abi.encodeCall(
                IAgentWallet.appeal,
                (policies[attempt.policy], judge_, number, token, amount)
            );
        }
        (bool success, ) = _perform(attempt);
        if (!success || !real) return;
        _count(string.concat(attempt.name, " before the real evaluator"));
        _answer(jobId, verb);
    }

    /// @dev Often the other side answers at once.
    function _answer(uint256 jobId, uint256 verb) private {
        if (verb == 2 || _oneIn(4)) return;
        Job memory job = escrow.getJob(jobId);
        if (verb == 0) {
            _market("contested", job.provider, address(evaluator), abi.encodeCall(evaluator.contest, (jobId)));
        }
        address other = verb == 0 ? job.provider : job.client;
        if (_oneIn(4)) return;
        _market("escalated", other, address(evaluator), abi.encodeCall(evaluator.escalate, (jobId)));
    }

    function _market(string memory name, address sender, address target, bytes memory data) internal {
        (bool success, ) = _quiet(sender, target, data);
        if (success) _count(name);
    }

    // ─────────────────────────── what must be ───────────────────────────

    /// @dev A key, and mostly the policy that it has.
    function _begin(string memory name) internal returns (Attempt memory attempt, Policy memory policy) {
        (attempt.name, attempt.key) = (name, _below(KEYS));
        uint256 own = granted[keys[attempt.key]];
        attempt.policy = own == 0 || _oneIn(16) ? _below(policies.length) : own - 1;
        attempt.charges = true;
        policy = _policy(attempt.policy);
    }

    function _deal(
        Attempt memory attempt,
        Policy memory policy,
        address token
    ) internal returns (Offer memory offer, Acceptance memory acceptance) {
        address judge_ = _oneIn(3) ? judge : address(evaluator);
        offer = _plainOffer(_someProvider(), token, _amount(attempt.key, token, policy), judge_);
        if (offer.amount == 0) offer.amount = 1;
        if (_oneIn(16)) offer.evaluator = relayer;
        if (_oneIn(16)) offer.hook = relayer;
        acceptance.client = _oneIn(16) ? client : address(wallet);
    }

    function _termsRefusal(
        Policy memory policy,
        bool real,
        Offer memory offer,
        Acceptance memory acceptance
    ) internal view returns (bytes4 early, bool admitted) {
        if (!_contains(policy.escrows, real ? address(escrow) : address(party))) {
            return (IAgentWallet.AgentWallet_NotListed.selector, false);
        }
        if (acceptance.client != address(wallet)) return (IAgentWallet.AgentWallet_NotTheClient.selector, false);
        uint256 duration = uint256(offer.deliveryPeriod) + offer.evaluationPeriod;
        if (duration > policy.maxJobDuration) return (IAgentWallet.AgentWallet_DurationTooLong.selector, false);
        return _judgedTerms(policy, offer.evaluator, offer.hook, offer.provider, offer.providerAgentId);
    }

    /// @dev What the wallet says, once a job is funded, to the latest second in which it can be judged.
    function _fundedFor(Policy memory policy, uint256 expiredAt, uint256 period) private view returns (bytes4) {
        return
            expiredAt + period > clock + policy.maxJobDuration
                ? IAgentWallet.AgentWallet_DurationTooLong.selector
                : bytes4(0);
    }

    /// @dev The time that the escrow gives an evaluator: what it publishes, but an hour at least.
    function _periodOf(address judge_) private view returns (uint256 period) {
        (bool answered, bytes memory published) = judge_.staticcall(abi.encodeCall(IEvaluator.maxEvaluationPeriod, ()));
        if (answered && published.length > 31) period = abi.decode(published, (uint256));
        return period < 1 hours ? 1 hours : period;
    }

    function _judgedTerms(
        Policy memory policy,
        address judge_,
        address hook,
        address provider,
        uint256 agentId
    ) internal view returns (bytes4 early, bool admitted) {
        if (!_contains(policy.evaluators, judge_) || hook != address(0)) {
            return (IAgentWallet.AgentWallet_NotListed.selector, false);
        }
        return _counterparty(policy, provider, agentId);
    }

    /// @dev A listed payee; or who speaks for an agent that is listed and was not sold, or has the record.
    function _counterparty(
        Policy memory policy,
        address account,
        uint256 agentId
    ) internal view returns (bytes4 early, bool admitted) {
        if (_contains(policy.payees, account)) return (0, false);
        (bool speaks, uint32 now_) = registry.verifyAgent(agentId, account);
        if (agentId != 0 && speaks) {
            AgentRef memory listed = policy.agents[0];
            if (listed.agentId == agentId && listed.epoch == now_) return (0, false);
            if (policy.reputation.source != address(0)) {
                SettlementFacts memory facts = ledger.settlementsOf(
                    address(escrow),
                    address(stable),
                    agentId,
                    now_,
                    Role.Provider
                );
                bool enough = facts.completed >= 1 && facts.counterparties >= 1;
                if (enough && facts.volumePaid >= policy.reputation.minVolume) return (0, true);
            }
        }
        return (IAgentWallet.AgentWallet_CounterpartyNotAllowed.selector, false);
    }

    /// @dev What the wallet pays for the job already, in this token.
    function _priceOf(address named, uint256 jobId, address token) private view returns (bool known, uint256 price) {
        Job memory job;
        if (named == address(party)) job = party.getJob(jobId);
        else {
            try escrow.getJob(jobId) returns (Job memory told) {
                job = told;
            } catch {
                return (false, 0);
            }
        }
        return (true, job.client == address(wallet) && job.paymentToken == token ? job.budget : 0);
    }

    /// @dev One that can be disputed or contested, most of the time.
    function _jobForBond() internal returns (uint256) {
        uint256 first = _oneIn(2) ? jobs.length - 1 : _below(jobs.length);
        for (uint256 i = 0; i < jobs.length && !_oneIn(8); ++i) {
            Job memory job = escrow.getJob(jobs[(first + i) % jobs.length]);
            if (job.status == JobStatus.Submitted && job.evaluator == address(evaluator)) return job.id;
        }
        return jobs[first];
    }

    /// @dev What the job's dispute waits for, most of the time: 0 to dispute, 1 to contest, 2 to appeal.
    function _bondFor(uint256 jobId) private returns (uint256) {
        Phase phase = evaluator.disputeOf(jobId).phase;
        if (_oneIn(4)) return _below(3);
        return
            phase == Phase.Review
                ? 0
                : phase == Phase.Disputed
                    ? 1
                    : 2;
    }

    /// @dev Seldom the one that nothing lets in.
    function _someProvider() internal returns (uint256) {
        return _oneIn(8) ? 3 : _below(3);
    }

    function _providerOf(address account) internal view returns (uint256 index) {
        while (providers[index] != account) ++index;
    }

    function _tokenSays(address token) internal view returns (Outside) {
        bool refuses =
            token == address(hostile) &&
                address(hostile.told()) != address(0) &&
                party.mood() == HostileParty.Mood.Refusing;
        return refuses ? Outside.Fails : Outside.Succeeds;
    }

    /// @dev The fee that the hostile token takes on top is found out.
    function _tokenTakes(address token, uint256 amount) internal view returns (bytes4) {
        bool takes = token == address(hostile) && (amount * hostile.feeBps()) / 10_000 != 0;
        return takes ? IAgentWallet.AgentWallet_UnexpectedOutflow.selector : bytes4(0);
    }

    /// @dev Some, or what is left of a cap, or one more; or what the owner need not sign, or one more.
    function _amount(uint256 key, address token, Policy memory policy) internal returns (uint256) {
        (bool found, TokenLimit memory limit) = _limitOf(policy, token);
        uint256 kind = _below(8);
        if (!found || kind < 4) return _between(1, 5 * UNIT);
        Tally storage tally = tallies[keys[key]][token];
        uint256 spent = tally.start < _windowAt(limit.window, clock) ? 0 : tally.spent;
        uint256 cap = limit.windowCap;
        if (kind == 4) cap = limit.coSignAbove;
        if (kind == 5) cap = limit.jobCap;
        if (kind == 5) spent = 0;
        if (kind == 6) (cap, spent) = (limit.lifetimeCap, tally.lifetime);
        uint256 left = cap > spent ? cap - spent : 0;
        // The lifetime's rest is seldom within a window: then as much as the policy lets in by record.
        if (kind == 6 && left > 2 * limit.windowCap) left = limit.admittedCap;
        return left + _below(2);
    }
}
