// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Actor} from "../../contracts/mocks/actors/Actor.sol";
import {FakeEscrow} from "../../contracts/mocks/actors/FakeEscrow.sol";
import {PublishedPeriodEvaluator} from "../../contracts/mocks/actors/PublishedPeriodEvaluator.sol";
import {GasBurningHook} from "../../contracts/mocks/hooks/GasBurningHook.sol";
import {ReentrantHook} from "../../contracts/mocks/hooks/ReentrantHook.sol";
import {RevertingHook} from "../../contracts/mocks/hooks/RevertingHook.sol";
import {CallbackToken} from "../../contracts/mocks/tokens/CallbackToken.sol";
import {FeeOnTransferToken} from "../../contracts/mocks/tokens/FeeOnTransferToken.sol";
import {RebasingToken} from "../../contracts/mocks/tokens/RebasingToken.sol";
import {ReturnsFalseToken} from "../../contracts/mocks/tokens/ReturnsFalseToken.sol";
import {ReturnsNothingToken} from "../../contracts/mocks/tokens/ReturnsNothingToken.sol";
import {RevertingToken} from "../../contracts/mocks/tokens/RevertingToken.sol";
import {SenderFeeToken} from "../../contracts/mocks/tokens/SenderFeeToken.sol";
import {StableToken} from "../../contracts/mocks/tokens/StableToken.sol";
import {Market} from "../forge/Market.sol";
import {vm} from "../forge/Vm.sol";
import {Campaign} from "./Campaign.sol";

/// @notice Who and what the campaigns play with: people, agents, tokens and hooks.
abstract contract World is Campaign, Market {
    uint256 internal constant WEALTH = 1e30;
    uint256 internal constant MAX_AMOUNT = 1e24;
    uint256 internal constant AGENTS = 6;

    // The first `KEYED` have keys and can sign, the first `TRADERS` have money; all of `people` may be paid.
    uint256 internal constant KEYED = 4;
    uint256 internal constant TRADERS = 5;
    address[] internal people;
    mapping(address account => uint256) internal keyOf;

    /// @dev A client that anyone can have call anything: what hostile callbacks re-enter through.
    Actor internal puppet;
    /// @dev The same as an evaluator.
    Actor internal judge;
    PublishedPeriodEvaluator internal slowEvaluator;
    address internal evaluator = address(0xe7a1);
    address internal referrer = address(0x4ef);
    address internal stranger = address(0x5742);
    /// @dev Where credits are withdrawn to: no token has anything against it.
    address internal outsider = address(0x0715);
    FakeEscrow internal fakeEscrow;

    StableToken internal stable;
    ReturnsNothingToken internal returnsNothing;
    FeeOnTransferToken internal feeOnTransfer;
    SenderFeeToken internal senderFee;
    ReturnsFalseToken internal returnsFalse;
    RevertingToken internal reverting;
    CallbackToken internal callback;
    RebasingToken internal rebasing;
    address[] internal tokens;
    /// @dev Tokens that at present do not let deposits through.
    mapping(address token => bool) internal hostile;

    RevertingHook internal revertingHook;
    GasBurningHook internal gasBurningHook;
    ReentrantHook internal reentrantHook;

    constructor() {
        vm.warp(clock);
        _deployMarket();
        puppet = new Actor();
        judge = new Actor();
        slowEvaluator = new PublishedPeriodEvaluator(3 days);
        fakeEscrow = new FakeEscrow();
        for (uint256 i = 1; i <= KEYED; ++i) {
            address account = vm.addr(i);
            keyOf[account] = i;
            people.push(account);
        }
        people.push(address(puppet));
        people.push(evaluator);
        people.push(address(judge));
        people.push(address(slowEvaluator));
        people.push(referrer);

        tokens.push(address(stable = new StableToken("Stable", "USDX")));
        tokens.push(address(returnsNothing = new ReturnsNothingToken("Returns nothing", "RNT", 6)));
        tokens.push(address(feeOnTransfer = new FeeOnTransferToken("Fee on transfer", "FOT", 18, 0)));
        tokens.push(address(senderFee = new SenderFeeToken("Sender fee", "SFT", 18)));
        tokens.push(address(returnsFalse = new ReturnsFalseToken("Returns false", "RFT", 18)));
        tokens.push(address(reverting = new RevertingToken("Reverting", "RVT", 18)));
        tokens.push(address(callback = new CallbackToken("Callback", "CBT")));
        tokens.push(address(rebasing = new RebasingToken("Rebasing", "RBT", 18)));
        for (uint256 i = 0; i < TRADERS; ++i) {
            for (uint256 j = 0; j < tokens.length; ++j) _endow(tokens[j], people[i], WEALTH);
        }

        revertingHook = new RevertingHook();
        gasBurningHook = new GasBurningHook();
        reentrantHook = new ReentrantHook();

        for (uint256 i = 0; i < AGENTS; ++i) {
            vm.prank(people[i % KEYED]);
            registry.register();
        }
    }

    // ─────────────────────────── who and what ───────────────────────────

    function _trader() internal returns (address) {
        return people[_below(TRADERS)];
    }

    /// @dev A keyed account, which can be a signing provider.
    function _signer() internal returns (address) {
        return people[_below(KEYED)];
    }

    function _traderOtherThan(address other) internal returns (address trader) {
        do trader = _trader(); while (trader == other);
    }

    function _signerOtherThan(address other) internal returns (address signer) {
        do signer = _signer(); while (signer == other);
    }

    /// @dev An agent that the account may work as, or none.
    function _agentOf(address account) internal returns (uint256) {
        uint256 first = _below(AGENTS + 2); // starting at 0 or past the last gives jobs without an agent
        for (uint256 id = first; id != 0 && id <= AGENTS; ++id) {
            if (registry.ownerOf(id) == account) return id;
        }
        return 0;
    }

    /// @dev Clients may judge their own jobs, providers may not.
    function _evaluatorFor(address client) internal returns (address) {
        uint256 choice = _below(5);
        if (choice == 0) return client;
        if (choice == 1) return address(judge);
        if (choice == 2) return address(slowEvaluator);
        return evaluator;
    }

    function _hook() internal returns (address) {
        uint256 choice = _below(12);
        if (choice == 0) return address(revertingHook);
        if (choice == 1) return address(gasBurningHook);
        if (choice == 2) return address(reentrantHook);
        return address(0);
    }

    /// @dev A token in which `payer` can pay now.
    function _tokenFor(address payer) internal returns (address) {
        uint256 first = _below(tokens.length);
        for (uint256 i = 0; i < tokens.length; ++i) {
            address token = tokens[(first + i) % tokens.length];
            if (_payable(token, payer)) return token;
        }
        return address(returnsNothing); // behaves always
    }

    function _payable(address token, address payer) internal view returns (bool) {
        return !hostile[token] && !(token == address(stable) && stable.isBlacklisted(payer));
    }

    /// @dev From the shortest time that the escrow allows to a month, short ones more often.
    function _duration() internal returns (uint256) {
        return _oneIn(2) ? _between(5 minutes, 1 days) : _between(5 minutes, 30 days);
    }

    /// @dev Small amounts are where rounding shows.
    function _amount() internal returns (uint256) {
        return _oneIn(4) ? _between(1, 20_000) : _between(1, MAX_AMOUNT);
    }
}
