// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {Intent, Policy, TokenLimit} from "../../../contracts/types/WalletTypes.sol";
import {vm} from "../../forge/Vm.sol";
import {WalletWorld} from "./WalletWorld.sol";

/// @notice How a key's calls reach the wallet: by itself, through somebody else, signed by the owner too, or wrongly.
/// Of each is foretold which error it must meet; what is let through is counted, and what left is booked.
abstract contract KeyCalls is WalletWorld {
    enum Outside {
        Succeeds,
        Fails,
        Unknown
    }

    /// @dev A key's call of one verb.
    struct Attempt {
        string name;
        uint256 key;
        uint256 policy;
        bytes data;
        /// The wallet's error before anything is charged, if there must be one.
        bytes4 early;
        bool charges;
        Spending spending;
        /// It is about a job of the real escrow: another may tell of one number as it likes, and take its price twice.
        bool realJob;
        /// The wallet's error after it was charged.
        bytes4 late;
        /// What the others say whom the wallet calls.
        Outside outside;
        /// Charged, and leaves later.
        bool reserves;
    }

    /// @dev How it is sent.
    struct Way {
        address sender;
        bytes data;
        bytes4 refusal;
        bool isIntent;
        bool coSigned;
        uint256 nonce;
    }

    mapping(address key => mapping(uint256 nonce => bool)) internal nonces;
    uint256 internal lastNonce;
    /// @dev What was carried out of late: nobody can do so again.
    bytes[2] internal executed;
    address[] internal touchedKeys;
    address[] internal touchedTokens;
    uint256[] internal touchedJobs;
    /// @dev Where the last charge counts once it leaves.
    Entry internal lastEntry;

    function _perform(Attempt memory attempt) internal returns (bool success, bytes memory result) {
        Way memory way = _chooseWay(attempt);
        address key = keys[attempt.key];
        Policy memory policy = _policy(attempt.policy);
        bytes4 refusal = way.refusal == 0 ? _grantRefusal(key, attempt.policy, policy) : way.refusal;
        if (refusal == 0) refusal = attempt.early;
        if (refusal == 0 && attempt.charges) {
            refusal = _refusal(key, policy, attempt.spending, way.coSigned, clock);
        }
        uint256[3] memory before = _walletHolds();
        party.arm(true);
        vm.prank(way.sender);
        (success, result) = address(wallet).call(way.data);
        party.arm(false);
        if (!success) {
            _compareRefusal(attempt, refusal, result);
            return (false, result);
        }
        if (refusal != 0 || attempt.late != 0 || attempt.outside == Outside.Fails) {
            _fail(string.concat(attempt.name, " was let through"));
        }
        _count(attempt.name);
        if (way.isIntent) {
            (nonces[key][way.nonce], lastNonce) = (true, way.nonce);
            executed[_below(2)] = way.data;
            _count(way.coSigned ? "co-signed" : "relayed");
            result = abi.decode(result, (bytes));
        }
        _countSpending(attempt, policy, way.coSigned, before);
    }

    /// @dev Nothing was charged in vain: a refusal changes nothing, which `mismatch` sees after every step.
    function _compareRefusal(Attempt memory attempt, bytes4 refusal, bytes memory result) private {
        bytes4 told = bytes4(result);
        if (refusal == 0) refusal = attempt.outside == Outside.Succeeds ? attempt.late : bytes4(0);
        if (refusal != 0) {
            if (told != refusal) _fail(string.concat(attempt.name, " was refused for another reason"));
            string memory name = _nameOf(refusal);
            _count(bytes(name).length == 0 ? "refused by others" : string.concat("refused: ", name));
            return;
        }
        if (attempt.outside == Outside.Succeeds) _fail(string.concat(attempt.name, " was refused"));
        // Who takes more than it may, or a token that does, is found out afterwards.
        if (told == IAgentWallet.AgentWallet_UnexpectedOutflow.selector) _count("refused: outflow");
        else if (attempt.late != 0 && told == attempt.late) _count(string.concat("refused: ", _nameOf(told)));
        else if (bytes(_nameOf(told)).length != 0) _fail(string.concat(attempt.name, " met an error of the wallet"));
        _count("refused by others");
    }

    /// @dev The charge, and what left of which money.
    function _countSpending(
        Attempt memory attempt,
        Policy memory policy,
        bool coSigned,
        uint256[3] memory before
    ) private {
        uint256[3] memory afterwards = _walletHolds();
        Spending memory spending = attempt.spending;
        uint256 out = 0;
        for (uint256 i = 0; i < 3; ++i) {
            if (afterwards[i] >= before[i]) continue;
            if (!attempt.charges || attempt.reserves || tokens[i] != spending.token) _fail("another token left");
            else out = before[i] - afterwards[i];
        }
        if (!attempt.charges) return;
        address key = keys[attempt.key];
        (, TokenLimit memory limit) = _limitOf(policy, spending.token);
        lastEntry = _open(key, limit, spending, coSigned, attempt.realJob);
        _enter(key, limit, spending, clock);
        if (out > spending.amount) _fail("more left than was charged");
        if (out != 0 && (frozen || policy.expiresAt <= clock)) _fail("money left a frozen or expired wallet");
        _leave(lastEntry, out);
        if (spending.admitted) _count("let in by its record");
        if (tallies[key][spending.token].spent > limit.coSignAbove) _count("above the threshold");
        if (spending.part == Part.None) return;
        touchedKeys.push(key);
        touchedTokens.push(spending.token);
        touchedJobs.push(spending.jobId);
    }

    function _grantRefusal(address key, uint256 index, Policy memory policy) internal view returns (bytes4) {
        if (!_isGranted(key, index)) return IAgentWallet.AgentWallet_NotGranted.selector;
        return clock >= policy.expiresAt ? IAgentWallet.AgentWallet_Expired.selector : bytes4(0);
    }

    // ─────────────────────────── ways ───────────────────────────

    function _chooseWay(Attempt memory attempt) private returns (Way memory way) {
        address key = keys[attempt.key];
        uint256 kind = _below(8);
        if (kind < 2) {
            (way.sender, way.data) = (key, attempt.data);
            return way;
        }
        // The third key is a contract that signs nothing: it sends its own intents.
        bool own = attempt.key == 2 || kind == 2;
        way.sender = own ? key : relayer;
        (way.isIntent, way.coSigned, way.nonce) = (true, kind > 3, _oneIn(4) ? _word() : ++salts);
        Intent memory intent = Intent(key, attempt.data, way.nonce, clock + _below(3), epoch);
        uint256 wrong = kind == 7 ? _below(9) : 99;
        if (wrong == 0) intent.deadline = clock - 1;
        if (wrong == 1) intent.epoch = epoch - 1;
        if (wrong == 2) intent.epoch = epoch + 1;
        if (wrong == 3) intent.call = _notForKeys();
        if (wrong == 4 && nonces[key][lastNonce]) (way.nonce, intent.nonce) = (lastNonce, lastNonce);
        bytes32 digest = _intentDigest(intent);
        if (wallet.intentHash(intent) != digest) _fail("an intent has another digest");
        bytes memory keySignature = own ? bytes("") : _sign(FIRST_KEY + attempt.key, digest);
        bytes memory ownerSignature = way.coSigned ? _sign(OWNER, digest) : bytes("");
        if (wrong == 5 && !own) keySignature = _sign(OWNER, digest);
        if (wrong == 6) ownerSignature = _sign(FIRST_KEY, digest);
        // Other bytes than were signed.
        if (wrong == 7) intent.call = bytes.concat(intent.call, "x");
        if (wrong == 8) _interfere(attempt.key, way.nonce);
        way.refusal = _intentRefusal(intent, wrong, own);
        way.data = abi.encodeCall(IAgentWallet.execute, (intent, keySignature, ownerSignature));
    }

    function _intentRefusal(Intent memory intent, uint256 wrong, bool own) private view returns (bytes4) {
        if (intent.deadline < clock) return IAgentWallet.AgentWallet_IntentExpired.selector;
        if (intent.epoch != epoch) return IAgentWallet.AgentWallet_WrongEpoch.selector;
        if (wrong == 3) return IAgentWallet.AgentWallet_CallNotAllowed.selector;
        bool unsigned = wrong == 6 || wrong == 7 || (wrong == 5 && !own);
        if (unsigned) return IAgentWallet.AgentWallet_InvalidSignature.selector;
        return nonces[intent.key][intent.nonce] ? IAgentWallet.AgentWallet_NonceUsed.selector : bytes4(0);
    }

    /// @dev Between signing and sending: a freeze, a cancellation, or a revocation.
    function _interfere(uint256 key, uint256 nonce) private {
        uint256 kind = _below(3);
        if (kind == 0) {
            _freeze(guardian);
            _count("frozen between signing and sending");
        } else if (kind == 1) {
            vm.prank(_oneIn(2) ? owner : keys[key]);
            wallet.cancelIntent(keys[key], nonce);
            nonces[keys[key]][nonce] = true;
            _count("intent cancelled");
        } else {
            _revoke(key);
        }
    }

    function _freeze(address sender) internal {
        vm.prank(sender);
        wallet.freeze();
        (frozen, epoch) = (true, epoch + 1);
    }

    function _revoke(uint256 key) internal {
        vm.prank(owner);
        wallet.revoke(keys[key]);
        granted[keys[key]] = 0;
        _count("revoke");
    }

    function _notForKeys() internal returns (bytes memory) {
        uint256 kind = _below(6);
        if (kind == 0) return abi.encodeCall(IAgentWallet.withdraw, (address(stable), relayer, 1));
        if (kind == 1) return abi.encodeCall(IAgentWallet.callAsOwner, (address(stable), 0, ""));
        if (kind == 2) return abi.encodeCall(IAgentWallet.freeze, ());
        if (kind == 3) return abi.encodeCall(IAgentWallet.grant, (relayer, _policy(0)));
        if (kind == 4) return abi.encodeCall(IAgentWallet.setGuardian, (relayer));
        return hex"123456";
    }

    // ─────────────────────────── names ───────────────────────────

    /// @dev Empty for what is no error of the wallet that a key's call meets.
    function _nameOf(bytes4 selector) internal pure returns (string memory) {
        if (selector == IAgentWallet.AgentWallet_NotGranted.selector) return "NotGranted";
        if (selector == IAgentWallet.AgentWallet_Expired.selector) return "Expired";
        if (selector == IAgentWallet.AgentWallet_NotListed.selector) return "NotListed";
        if (selector == IAgentWallet.AgentWallet_CounterpartyNotAllowed.selector) return "CounterpartyNotAllowed";
        if (selector == IAgentWallet.AgentWallet_TokenNotAllowed.selector) return "TokenNotAllowed";
        if (selector == IAgentWallet.AgentWallet_WindowCapExceeded.selector) return "WindowCapExceeded";
        if (selector == IAgentWallet.AgentWallet_LifetimeCapExceeded.selector) return "LifetimeCapExceeded";
        if (selector == IAgentWallet.AgentWallet_JobCapExceeded.selector) return "JobCapExceeded";
        if (selector == IAgentWallet.AgentWallet_AdmittedCapExceeded.selector) return "AdmittedCapExceeded";
        if (selector == IAgentWallet.AgentWallet_CoSignatureRequired.selector) return "CoSignatureRequired";
        if (selector == IAgentWallet.AgentWallet_Sanctioned.selector) return "Sanctioned";
        if (selector == IAgentWallet.AgentWallet_UnexpectedOutflow.selector) return "UnexpectedOutflow";
        if (selector == IAgentWallet.AgentWallet_NotTheClient.selector) return "NotTheClient";
        if (selector == IAgentWallet.AgentWallet_WrongFunding.selector) return "WrongFunding";
        if (selector == IAgentWallet.AgentWallet_DurationTooLong.selector) return "DurationTooLong";
        if (selector == IAgentWallet.AgentWallet_TermsChanged.selector) return "TermsChanged";
        if (selector == IAgentWallet.AgentWallet_CallNotAllowed.selector) return "CallNotAllowed";
        if (selector == IAgentWallet.AgentWallet_WrongRecipient.selector) return "WrongRecipient";
        if (selector == IAgentWallet.AgentWallet_IntentExpired.selector) return "IntentExpired";
        if (selector == IAgentWallet.AgentWallet_WrongEpoch.selector) return "WrongEpoch";
        if (selector == IAgentWallet.AgentWallet_NonceUsed.selector) return "NonceUsed";
        if (selector == IAgentWallet.AgentWallet_InvalidSignature.selector) return "InvalidSignature";
        if (selector == IAgentWallet.AgentWallet_WrongDomain.selector) return "WrongDomain";
        if (selector == IAgentWallet.AgentWallet_ReserveTooLong.selector) return "ReserveTooLong";
        if (selector == IAgentWallet.AgentWallet_AlreadyReserved.selector) return "AlreadyReserved";
        return "";
    }
}
