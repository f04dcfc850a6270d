// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";

import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {Job} from "../../../contracts/types/JobTypes.sol";
import {AdmittedUsage, Policy, Usage} from "../../../contracts/types/WalletTypes.sol";
import {vm} from "../../forge/Vm.sol";
import {HostileParty} from "./HostileParty.sol";
import {ActingSteps} from "./ActingSteps.sol";

/// @notice The one contract that a campaign calls: the keys, the owner and the guardian, those whom the wallet deals
/// with and their moods, intruders, time, and the end.
contract WalletHandler is ActingSteps {
    bytes32 private _code;

    constructor() {
        _code = _codeHash();
    }

    // ─────────────────────────── owner and guardian ───────────────────────────

    /// @notice The owner grants a new policy, or one that it had granted before.
    function grant(uint256 seed) external step(seed) {
        uint256 key = _below(KEYS);
        // Most of the time one that has nothing.
        for (uint256 i = 0; i < KEYS && !_oneIn(4); ++i) if (!_mayAct(i)) key = i;
        if (frozen) {
            Policy memory policy = _policy(0);
            bytes memory data = abi.encodeCall(IAgentWallet.grant, (keys[key], policy));
            (bool success, bytes memory result) = _quiet(owner, address(wallet), data);
            if (success || bytes4(result) != IAgentWallet.AgentWallet_IsFrozen.selector) _fail("granted while frozen");
            _count("grant while frozen refused");
            return _thaw();
        }
        uint256 own = granted[keys[key]];
        if (!_oneIn(4)) {
            _grantAnew(key);
            _count(own == 0 ? "granted" : "policy replaced");
        } else if (own != 0) {
            _grant(key, _oneIn(2) ? own - 1 : _below(policies.length));
            _count("granted an earlier policy");
        }
    }

    function revoke(uint256 seed) external step(seed) {
        if (_oneIn(3)) _revoke(_below(KEYS));
    }

    function freeze(uint256 seed) external step(seed) {
        if (frozen || !_oneIn(4)) return _thaw();
        bool live = false;
        for (uint256 i = 0; i < reserves.length; ++i) {
            bool unused = !reserves[i].used && clock < reserves[i].authorization.validBefore;
            if (unused && _isLive(reserves[i])) live = true;
        }
        _freeze(_oneIn(2) ? owner : guardian);
        _count("freeze");
        if (live) _count("freeze with a live reserve");
    }

    /// @dev After a while, and without that anything comes back.
    function _thaw() private {
        if (!frozen || _oneIn(4)) return;
        vm.prank(owner);
        wallet.thaw();
        frozen = false;
        _count("thaw");
        for (uint256 i = 0; i < KEYS; ++i) {
            if (wallet.isGranted(keys[i], policies[0])) _fail("a thaw restored a grant");
            _grantAnew(i);
        }
    }

    // ─────────────────────────── others ───────────────────────────

    /// @notice The hostile token, contract and oracle change what they do.
    function changeMood(uint256 seed) external step(seed) {
        if (_oneIn(3)) {
            address account =
                _oneIn(2)
                    ? providers[_below(PROVIDERS)]
                    : _oneIn(2)
                        ? address(evaluator)
                        : address(party);
            sanctioned[account] = !sanctioned[account];
            party.sanction(account, sanctioned[account]);
            _count("sanctions changed");
        }
        hostile.setMood(_oneIn(3) ? _between(1, 500) : 0, _oneIn(2) ? party : HostileParty(payable(address(0))));
        HostileParty.Mood mood = HostileParty.Mood(_below(5));
        Job memory job;
        (job.client, job.paymentToken) = (_oneIn(6) ? client : address(wallet), tokens[_below(2)]);
        (job.budget, job.expiredAt) = (_between(1, 5 * UNIT), clock + _below(10 days));
        (job.provider, job.evaluator) = (providers[2], judge);
        party.setMood(mood, _oneIn(2) ? address(escrow) : address(party), job, _attempts());
        _count("mood changed");
    }

    /// @dev What the hostile contract may do as a key, if it does it by itself; and what nobody but the owner may.
    function _attempts() private view returns (bytes[] memory attempts) {
        uint256 own = granted[address(party)];
        bytes memory policy = policies[own == 0 ? 0 : own - 1];
        attempts = new bytes[](5);
        attempts[0] = abi.encodeCall(IAgentWallet.pay, (policy, address(stable), address(party), 0, 1, 0));
        attempts[1] = abi.encodeCall(
            IAgentWallet.call,
            (policy, address(factory), abi.encodeCall(factory.IMPLEMENTATION, ()))
        );
        attempts[2] = abi.encodeCall(IAgentWallet.withdraw, (address(stable), address(party), 1));
        attempts[3] = abi.encodeCall(IAgentWallet.callAsOwner, (address(stable), 0, ""));
        attempts[4] = abi.encodeCall(IAgentWallet.dispute, (policy, address(party), 1, address(0), 1));
    }

    /// @notice An identity is sold and bought back: for the policy and the ledger it is another agent.
    function sellIdentity(uint256 seed) external step(seed) {
        if (!_oneIn(4)) return;
        uint256 seller = _below(2);
        address account = providers[seller];
        vm.prank(account);
        IERC721(address(registry)).transferFrom(account, stranger, agents[seller]);
        vm.prank(stranger);
        IERC721(address(registry)).transferFrom(stranger, account, agents[seller]);
        _count("identity sold");
        if (seller == 1 && !_oneIn(4)) {
            _earnRecord();
            _count("record earned anew");
        }
    }

    /// @notice Those without a right try everything that would give them money or power; nothing works.
    function intrude(uint256 seed) external step(seed) {
        address[6] memory people = [stranger, guardian, keys[0], keys[1], address(party), providers[_below(PROVIDERS)]];
        address sender = people[_below(6)];
        address target = address(wallet);
        bytes memory data;
        uint256 kind = _below(11);
        if (kind == 0) data = abi.encodeCall(IAgentWallet.withdraw, (tokens[_below(3)], sender, 1));
        else if (kind == 1) data = abi.encodeCall(IAgentWallet.callAsOwner, (address(stable), 1, ""));
        else if (kind == 2) data = abi.encodeCall(IAgentWallet.grant, (sender, _policy(_below(policies.length))));
        else if (kind == 3) data = abi.encodeCall(IAgentWallet.revoke, (keys[0]));
        else if (kind == 4) data = abi.encodeCall(IAgentWallet.thaw, ());
        else if (kind == 5) data = abi.encodeCall(IAgentWallet.setGuardian, (sender));
        else if (kind == 6) data = abi.encodeCall(IAgentWallet.initialize, (sender, new address[](0), new bytes[](0)));
        else if (kind == 7) {
            if (sender == keys[0] || sender == keys[1] || sender == address(party)) sender = stranger;
            bytes memory policy = policies[policies.length - 1];
            data = abi.encodeCall(IAgentWallet.pay, (policy, address(stable), providers[2], 0, 1, 0));
        } else if (kind == 8 && executed[1].length != 0) {
            data = executed[1];
            _count("intent again");
        } else if (kind == 9) {
            data = abi.encodeCall(IAgentWallet.cancelIntent, (keys[0], ++salts));
            if (sender == keys[0]) sender = stranger;
        } else {
            target = tokens[_below(2)];
            data = abi.encodeCall(IERC20.transferFrom, (address(wallet), sender, 1));
        }
        (bool success, ) = _quiet(sender, target, data);
        if (success) _fail("an intruder got through");
        _count("intruder refused");
    }

    /// @notice Some time, or to where a window, a policy or a reserve ends, -1, 0, +1.
    function passTime(uint256 seed) external step(seed) {
        uint32[3] memory windows = [uint32(1 hours), 1 days, 7 days];
        uint256 edge = _windowEnd(windows[_below(3)], clock);
        uint256 kind = _below(6);
        if (kind == 0 && reserves.length != 0) edge = reserves[reserves.length - 1].authorization.validBefore;
        uint256 own = granted[keys[_below(KEYS)]];
        if (kind == 1 && own != 0) edge = _policy(own - 1).expiresAt;
        bool near = !_oneIn(3) && edge > clock + 1 && edge < clock + 8 days;
        _setClock(near ? edge - 1 + _below(3) : clock + _between(1, 6 hours));
        _count(near ? "time passed to an edge" : "time passed");
    }

    // ─────────────────────────── the end ───────────────────────────

    /// @notice Whatever was spent, frozen or revoked, and whatever else refuses: the owner takes out everything.
    function everybodyLeaves(uint256 seed) external override step(seed) {
        hostile.setMood(0, HostileParty(payable(address(0)))); // a token that refuses cannot be made to work
        if (_oneIn(2) && !frozen) _freeze(guardian);
        uint256[3] memory holds = _walletHolds();
        for (uint256 i = 0; i < 3; ++i) {
            uint256 before = _sumOf(tokens[i], owner);
            vm.prank(owner);
            if (_oneIn(2) || i == 2) wallet.withdraw(tokens[i], owner, holds[i]);
            else wallet.callAsOwner(tokens[i], 0, abi.encodeCall(IERC20.transfer, (owner, holds[i])));
            if (_sumOf(tokens[i], owner) - before != holds[i]) _fail("the owner got another amount");
            if (_sumOf(tokens[i], address(wallet)) != 0) _fail("something stays in the wallet");
        }
    }

    function _sumOf(address token, address account) private view returns (uint256) {
        return token == address(0) ? account.balance : IERC20(token).balanceOf(account);
    }

    // ─────────────────────────── comparison ───────────────────────────

    /// @notice What differs between the wallet and the model; empty if nothing does.
    function mismatch() external view override returns (string memory) {
        for (uint256 i = 0; i < KEYS; ++i) {
            for (uint256 j = 0; j < 3; ++j) if (!_isCounted(keys[i], tokens[j])) return "another sum is counted";
            uint256 own = granted[keys[i]];
            bytes memory policy = policies[own == 0 ? 0 : own - 1];
            if (wallet.isGranted(keys[i], policy) != _mayAct(i)) return "another policy is granted";
            if (wallet.nonceUsed(keys[i], lastNonce) != nonces[keys[i]][lastNonce]) return "another number is used";
        }
        for (uint256 i = 0; i < touchedJobs.length; ++i) {
            (address key, address token, uint256 job) = (touchedKeys[i], touchedTokens[i], touchedJobs[i]);
            if (wallet.jobCosts(key, token, job) != costs[key][token][job]) return "a job's costs are others";
        }
        for (uint256 i = 0; i < reserves.length; ++i) {
            if (wallet.isReserved(keys[reserves[i].key], reserves[i].digest) != _isLive(reserves[i])) {
                return "a reserve is not as it should be";
            }
        }
        for (uint256 i = 0; i < spenders.length; ++i) {
            if (stable.allowance(address(wallet), spenders[i]) != 0) return "an allowance is left";
            if (hostile.allowance(address(wallet), spenders[i]) != 0) return "an allowance is left";
        }
        if (party.breach() != bytes4(0)) return "the hostile contract broke in";
        if (wallet.owner() != owner || wallet.guardian() != guardian) return "another owner or guardian";
        if (wallet.epoch() != epoch || wallet.frozen() != frozen) return "another epoch";
        if (_codeHash() != _code) return "other code";
        return "";
    }

    /// @dev Whether a key may act by what it was granted last.
    function _mayAct(uint256 key) private view returns (bool) {
        uint256 own = granted[keys[key]];
        uint256 shown = own == 0 ? 0 : own - 1;
        return _isGranted(keys[key], shown) && clock < _policy(shown).expiresAt;
    }

    function _isCounted(address key, address token) private view returns (bool) {
        (Usage memory usage, AdmittedUsage memory admitted) = wallet.usageOf(key, token);
        Tally storage tally = tallies[key][token];
        return
            usage.windowSpent == tally.spent &&
            usage.windowStart == tally.start &&
            usage.lifetimeSpent == tally.lifetime &&
            admitted.windowSpent == tally.admittedSpent &&
            admitted.windowStart == tally.admittedStart;
    }
}
