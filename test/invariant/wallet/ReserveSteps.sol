// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {IERC3009} from "../../../contracts/interfaces/IERC3009.sol";
import {IJobEscrow} from "../../../contracts/interfaces/IJobEscrow.sol";
import {Acceptance, FundingMethod, Offer} from "../../../contracts/types/JobTypes.sol";
import {Authorization, Policy, TokenLimit} from "../../../contracts/types/WalletTypes.sol";
import {vm} from "../../forge/Vm.sol";
import {SpendingSteps} from "./SpendingSteps.sol";

/// @notice What the wallet answers for: reserves made, used in time, late, twice and never, released; offers, consents,
/// and whatever somebody makes up.
abstract contract ReserveSteps is SpendingSteps {
    bytes32 private constant TRANSFER_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );
    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );
    bytes4 private constant VALID = 0x1626ba7e;

    /// @dev A charged authorization, and what came of it.
    struct Reserved {
        uint256 key;
        uint256 policy;
        uint256 epoch;
        bool hiring;
        bytes32 digest;
        Authorization authorization;
        Offer offer;
        uint256 windowEnd;
        Entry entry;
        bool used;
        bool released;
    }

    Reserved[] internal reserves;

    function reserve(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("reserve");
        Authorization memory authorization = _authorization(attempt, policy);
        uint256 who = _below(PROVIDERS);
        authorization.to = providers[who];
        authorization.nonce = bytes32(_word());
        // Charged already, at any time before.
        bool again = reserves.length != 0 && !reserves[reserves.length - 1].released && _oneIn(5);
        if (again) {
            authorization = reserves[reserves.length - 1].authorization;
            for (uint256 i = 0; i < PROVIDERS; ++i) if (providers[i] == authorization.to) who = i;
            if (authorization.to == address(escrow)) authorization.to = providers[who];
        }
        (attempt.early, attempt.spending.admitted) = _counterparty(policy, authorization.to, agents[who]);
        attempt.spending.payee = authorization.to;
        attempt.data = abi.encodeCall(IAgentWallet.reserve, (policies[attempt.policy], authorization, agents[who]));
        Reserved memory made;
        made.authorization = authorization;
        _reserve(attempt, policy, made);
    }

    function reserveHire(uint256 seed) external step(seed) {
        (Attempt memory attempt, Policy memory policy) = _begin("reserveHire");
        Reserved memory made;
        made.hiring = true;
        made.authorization = _authorization(attempt, policy);
        Acceptance memory acceptance;
        (made.offer, acceptance) = _deal(attempt, policy, made.authorization.token);
        acceptance.funding = FundingMethod.Authorization;
        uint256 jobId = escrow.jobIdOf(made.offer, acceptance);
        (made.authorization.to, made.authorization.nonce) = (address(escrow), bytes32(jobId));
        made.authorization.value = made.offer.amount;
        (attempt.early, attempt.spending.admitted) = _termsRefusal(policy, true, made.offer, acceptance);
        uint256 wrong = _below(24);
        if (wrong == 0) made.authorization.to = address(party);
        if (wrong == 1) ++made.authorization.value;
        if (wrong == 2) made.authorization.nonce = bytes32(jobId + 1);
        if (wrong == 3) acceptance.funding = FundingMethod.Allowance;
        if (wrong < 4) attempt.early = IAgentWallet.AgentWallet_WrongFunding.selector;
        attempt.spending.payee = made.offer.provider;
        (attempt.spending.part, attempt.spending.jobId, attempt.realJob) = (Part.Price, jobId, true);
        attempt.data = abi.encodeCall(
            IAgentWallet.reserveHire,
            (policies[attempt.policy], address(escrow), made.offer, acceptance, made.authorization)
        );
        _reserve(attempt, policy, made);
    }

    /// @notice Anybody presents a reserve to its token or escrow: in time or late, the first time or again.
    function useReserve(uint256 seed) external step(seed) {
        if (reserves.length == 0) return;
        uint256 index = _oneIn(3) ? _below(reserves.length) : reserves.length - 1;
        Reserved storage made = reserves[index];
        Authorization memory authorization = made.authorization;
        bytes memory signature = abi.encodePacked(bytes1(0x03), keys[made.key]);
        // Now, or at the very end of its time.
        if (_oneIn(4) && authorization.validBefore > clock + 1) _setClock(authorization.validBefore - _below(2));
        bool inTime = clock < authorization.validBefore && clock > authorization.validAfter;
        if (made.hiring && clock > made.offer.validUntil) inTime = false;
        bool due = inTime && _isLive(made) && !_isUsed(authorization);
        bytes memory data =
            made.hiring
                ? _hireByReserve(made, authorization, signature)
                : abi.encodeWithSignature(
                    "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
                    address(wallet),
                    authorization.to,
                    authorization.value,
                    authorization.validAfter,
                    authorization.validBefore,
                    authorization.nonce,
                    signature
                );
        (bool success, uint256 out) = _present(made.hiring ? address(escrow) : address(stable), data);
        if (success != due) _fail(success ? "a dead reserve was used" : "a live reserve was refused");
        if (!success) {
            if (out != 0) _fail("a refused reserve left");
            if (made.used) _count("reserve used twice refused");
            else if (made.released) _count("released reserve refused");
            else if (clock >= authorization.validBefore) _count("reserve used late refused");
            else if (!_isLive(made)) _count("reserve of a dead grant refused");
            return;
        }
        if (out != authorization.value) _fail("a reserve paid another amount");
        if (clock >= made.windowEnd) _fail("a reserve outlived its window");
        if (frozen) _fail("a reserve was used while frozen");
        if (_policy(made.policy).expiresAt <= clock) _fail("a reserve outlived its policy");
        if (made.windowEnd - clock == 1) _count("reserve used in the last second");
        made.used = true;
        _leave(made.entry, out);
        _count(made.hiring ? "hired by a reserve" : "reserve used");
        if (made.hiring) jobs.push(uint256(authorization.nonce));
    }

    function release(uint256 seed) external step(seed) {
        if (reserves.length == 0) return;
        uint256 index = _below(reserves.length);
        for (uint256 i = 0; i < reserves.length && !_oneIn(8); ++i) {
            Reserved storage next = reserves[(index + i) % reserves.length];
            if (next.released || next.used || clock < next.authorization.validBefore) continue;
            index = (index + i) % reserves.length;
            break;
        }
        Reserved storage made = reserves[index];
        bool early = clock < made.authorization.validBefore;
        bytes memory call_ = abi.encodeCall(IAgentWallet.release, (keys[made.key], made.authorization, made.hiring));
        (bool success, bytes memory result) = _quiet(stranger, address(wallet), call_);
        bytes4 expected =
            made.released
                ? IAgentWallet.AgentWallet_NotReserved.selector
                : IAgentWallet.AgentWallet_NotReleasable.selector;
        bool due = !made.released && !early && !_isUsed(made.authorization);
        if (success != due) _fail("a release went wrong");
        if (!success) {
            if (bytes4(result) != expected) _fail("a release was refused for another reason");
            if (made.released) _count("released twice refused");
            else _count(early ? "released early refused" : "used reserve not released");
            return;
        }
        made.released = true;
        tallies[keys[made.key]][made.authorization.token].lifetime -= made.authorization.value;
        _count("reserve released");
        if (!_isGranted(keys[made.key], made.policy)) _count("reserve of a dead grant released");
    }

    // ─────────────────────────── ERC-1271 ───────────────────────────

    /// @notice Somebody asks what the wallet answers for. A digest of money is accepted only if it was charged.
    function ask(uint256 seed) external step(seed) {
        uint256 kind = _below(4);
        if (kind == 0) _askForOffer();
        else if (kind == 1) _askForConsent();
        else if (kind == 2 && reserves.length != 0) {
            Reserved storage made = reserves[_below(reserves.length)];
            uint256 key = _oneIn(3) ? _below(KEYS) : made.key;
            bytes memory signature = abi.encodePacked(bytes1(0x03), keys[key]);
            bool padded = _oneIn(6);
            if (padded) signature = bytes.concat(signature, "x");
            // Another key may have charged the same.
            _expectAnswer(made.digest, signature, _isReserved(key, made.digest) && !padded, "a reserve");
            // What was charged to one purpose is not accepted for another.
            _expectAnswer(_authorizationDigest(made.authorization, !made.hiring), signature, false, "another form");
        } else _expectAnswer(bytes32(_word()), _garbage(), false, "garbage");
    }

    function _askForOffer() private {
        (Attempt memory attempt, Policy memory policy) = _begin("");
        if (attempt.key == 2) return;
        Offer memory offer = _plainOffer(3, address(stable), UNIT, judge);
        uint256 wrong = _below(8);
        if (wrong != 0) (offer.provider, offer.providerAgentId) = (address(wallet), 0);
        bytes32 digest = _offerDigest(offer);
        uint256 secret = wrong == 1 ? OWNER : FIRST_KEY + attempt.key;
        address named = wrong == 2 ? address(party) : address(escrow);
        bytes memory signature = _sign(secret, digest);
        if (wrong == 3) ++offer.amount;
        bool expected =
            wrong > 3 &&
                _isGranted(keys[attempt.key], attempt.policy) &&
                clock < policy.expiresAt &&
                _contains(policy.escrows, address(escrow));
        bytes memory blob = abi.encode(keys[attempt.key], policies[attempt.policy], named, offer, signature);
        _expectAnswer(digest, bytes.concat(bytes1(0x01), blob), expected, "an offer");
    }

    function _askForConsent() private {
        uint256 agentId = agents[0];
        uint256 wrong = _below(5);
        bytes32 digest = keccak256(
            abi.encodePacked(
                "\x19\x01",
                _domainOf("ERC8004IdentityRegistry", "1", address(registry)),
                keccak256(
                    abi.encode(CONSENT_TYPEHASH, agentId, wrong == 0 ? relayer : address(wallet), providers[0], clock)
                )
            )
        );
        bytes memory signature = _sign(wrong == 1 ? FIRST_KEY : OWNER, digest);
        bytes memory blob = abi.encode(wrong == 2 ? agentId + 1 : agentId, providers[0], clock, signature);
        _expectAnswer(digest, bytes.concat(bytes1(0x02), blob), wrong > 2, "a consent");
    }

    /// @dev A revert is a refusal, too.
    function _expectAnswer(bytes32 digest, bytes memory signature, bool expected, string memory what) internal {
        (bool answered, bytes memory result) = address(wallet).staticcall(
            abi.encodeCall(wallet.isValidSignature, (digest, signature))
        );
        bool accepted = answered && bytes4(result) == VALID;
        if (accepted != expected) _fail(string.concat("the wallet answers wrongly for ", what));
        _count(string.concat(what, accepted ? " accepted" : " not accepted"));
    }

    /// @dev Signatures by those who may spend or own, of what they mean or of nothing, in every form that there is.
    function _garbage() private returns (bytes memory) {
        bytes32 digest = bytes32(_word());
        bytes memory signature = _sign(_oneIn(2) ? OWNER : FIRST_KEY, digest);
        bytes1 first = bytes1(uint8(_oneIn(4) ? _word() : _below(5)));
        if (_oneIn(3)) return signature;
        if (_oneIn(2)) return bytes.concat(first, signature);
        return bytes.concat(first, abi.encodePacked(keys[_below(KEYS)]));
    }

    // ─────────────────────────── what must be ───────────────────────────

    function _authorization(
        Attempt memory attempt,
        Policy memory policy
    ) private returns (Authorization memory authorization) {
        address token = _oneIn(12) ? address(hostile) : address(stable);
        (, TokenLimit memory limit) = _limitOf(policy, token);
        authorization.token = token;
        authorization.value = _amount(attempt.key, token, policy);
        authorization.validAfter = _oneIn(3) ? clock : clock - 1;
        uint256 end = _windowEnd(limit.window, clock);
        if (policy.expiresAt < end) end = policy.expiresAt;
        uint256 kind = _below(6);
        authorization.validBefore =
            kind == 0
                ? end + 1
                : kind < 4 && end > clock
                    ? end
                    : clock + 5 minutes;
        (authorization.name, authorization.version) = (_oneIn(6) ? "Stabel" : "Stable", "1");
    }

    function _reserve(Attempt memory attempt, Policy memory policy, Reserved memory made) private {
        Authorization memory authorization = made.authorization;
        (attempt.spending.token, attempt.spending.amount) = (authorization.token, authorization.value);
        made.digest = _authorizationDigest(authorization, made.hiring);
        (, TokenLimit memory limit) = _limitOf(policy, authorization.token);
        made.windowEnd = _windowEnd(limit.window, clock);
        uint256 latest = policy.expiresAt < made.windowEnd ? policy.expiresAt : made.windowEnd;
        if (authorization.validBefore > latest) attempt.late = IAgentWallet.AgentWallet_ReserveTooLong.selector;
        else if (_isKnown(attempt.key, made.digest)) attempt.late = IAgentWallet.AgentWallet_AlreadyReserved.selector;
        else if (authorization.token == address(hostile)) attempt.outside = Outside.Fails;
        else if (keccak256(bytes(authorization.name)) != keccak256("Stable")) {
            attempt.late = IAgentWallet.AgentWallet_WrongDomain.selector;
        }
        attempt.reserves = true;
        (bool success, bytes memory result) = _perform(attempt);
        if (!success) return;
        if (abi.decode(result, (bytes32)) != made.digest) _fail("another digest was reserved");
        (made.key, made.policy, made.epoch, made.entry) = (attempt.key, attempt.policy, epoch, lastEntry);
        _forgetReleased(made.key, made.digest);
        reserves.push(made);
        bytes memory signature = abi.encodePacked(bytes1(0x03), keys[made.key]);
        _expectAnswer(made.digest, signature, true, "a reserve");
    }

    function _isKnown(uint256 key, bytes32 digest) private view returns (bool) {
        for (uint256 i = 0; i < reserves.length; ++i) {
            if (reserves[i].digest == digest && reserves[i].key == key && !reserves[i].released) return true;
        }
        return false;
    }

    /// @dev Released, and charged anew word for word: the wallet answers for the later one, and the earlier is history.
    function _forgetReleased(uint256 key, bytes32 digest) private {
        for (uint256 i = 0; i < reserves.length; ++i) {
            if (reserves[i].key != key || reserves[i].digest != digest) continue;
            reserves[i] = reserves[reserves.length - 1];
            reserves.pop();
            _count("reserved anew once released");
            return;
        }
    }

    /// @dev Whether the wallet answers for it: it counts under the grant and in the epoch that it was charged in.
    function _isLive(Reserved storage made) internal view returns (bool) {
        return !made.released && made.epoch == epoch && _isGranted(keys[made.key], made.policy);
    }

    function _isReserved(uint256 key, bytes32 digest) private view returns (bool) {
        for (uint256 i = 0; i < reserves.length; ++i) {
            if (reserves[i].key == key && reserves[i].digest == digest && _isLive(reserves[i])) return true;
        }
        return false;
    }

    function _hireByReserve(
        Reserved storage made,
        Authorization memory authorization,
        bytes memory signature
    ) private view returns (bytes memory) {
        Acceptance memory acceptance;
        acceptance.client = address(wallet);
        acceptance.funding = FundingMethod.Authorization;
        acceptance.fundingData = abi.encode(authorization.validAfter, authorization.validBefore, signature);
        bytes memory providerSignature = _signOffer(FIRST_PROVIDER + _providerOf(made.offer.provider), made.offer);
        return abi.encodeCall(IJobEscrow.hire, (made.offer, providerSignature, acceptance));
    }

    /// @dev What leaves while somebody presents a signature, of the stablecoin alone.
    function _present(address target, bytes memory data) private returns (bool success, uint256 out) {
        uint256 before = stable.balanceOf(address(wallet));
        (uint256 others, uint256 coin) = (hostile.balanceOf(address(wallet)), address(wallet).balance);
        vm.prank(relayer);
        (success, ) = target.call(data);
        out = before - stable.balanceOf(address(wallet));
        if (hostile.balanceOf(address(wallet)) != others || address(wallet).balance != coin)
            _fail("another money left");
    }

    function _authorizationDigest(Authorization memory authorization, bool hiring) private view returns (bytes32) {
        bytes32 domain = _domainOf(authorization.name, authorization.version, authorization.token);
        bytes32 structHash = keccak256(
            abi.encode(
                hiring ? RECEIVE_TYPEHASH : TRANSFER_TYPEHASH,
                address(wallet),
                authorization.to,
                authorization.value,
                authorization.validAfter,
                authorization.validBefore,
                authorization.nonce
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    function _isUsed(Authorization memory authorization) internal view returns (bool) {
        return IERC3009(address(stable)).authorizationState(address(wallet), authorization.nonce);
    }
}
