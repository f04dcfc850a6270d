// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

import {OptimisticEvaluator} from "../../../contracts/evaluation/OptimisticEvaluator.sol";
import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {StableToken} from "../../../contracts/mocks/tokens/StableToken.sol";
import {PlainToken} from "../../../contracts/mocks/tokens/PlainToken.sol";
import {DisputeTerms} from "../../../contracts/types/DisputeTypes.sol";
import {Acceptance, Offer} from "../../../contracts/types/JobTypes.sol";
import {AgentRef, CallScope, Grant, Intent, Policy, TokenLimit} from "../../../contracts/types/WalletTypes.sol";
import {AgentWalletFactory} from "../../../contracts/wallet/AgentWalletFactory.sol";
import {Market} from "../../forge/Market.sol";
import {vm} from "../../forge/Vm.sol";
import {AppealsArbitrator, HostileParty, HostileToken} from "./HostileParty.sol";
import {WalletBooks} from "./WalletBooks.sol";

/// @notice The market with a wallet in it, everybody whom it deals with, and the policies that its owner writes.
abstract contract WalletWorld is WalletBooks, Market {
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant INTENT_TYPEHASH = keccak256(
        "Intent(address key,bytes call,uint256 nonce,uint256 deadline,uint256 epoch)"
    );

    uint256 internal constant UNIT = 1e6;
    uint256 internal constant WEALTH = 1e9 * UNIT;
    uint256 internal constant BOND = UNIT + 1;
    uint256 internal constant APPEAL_FEE = UNIT / 2 + 3;
    uint256 internal constant OWNER = 0xA11;
    uint256 internal constant CLIENT = 0xC11;
    uint256 internal constant KEYS = 3;
    /// @dev Two keys are accounts, with the secrets 0xB0 and 0xB1; the third is the hostile contract.
    uint256 internal constant FIRST_KEY = 0xB0;
    /// @dev Providers have the secrets 0xD0 to 0xD3: a listed agent, one that its record lets in, a listed payee, and
    /// an agent that nothing lets in.
    uint256 internal constant FIRST_PROVIDER = 0xD0;
    uint256 internal constant PROVIDERS = 4;

    StableToken internal stable;
    HostileToken internal hostile;
    HostileParty internal party;
    AppealsArbitrator internal arbitrator;
    OptimisticEvaluator internal evaluator;
    AgentWalletFactory internal factory;
    IAgentWallet internal wallet;

    address internal owner = vm.addr(OWNER);
    address internal guardian = address(0x60a4d);
    address internal client = vm.addr(CLIENT);
    address internal judge = address(0x1d6e);
    address internal relayer = address(0x4e1a);
    address internal stranger = address(0x5742);
    address[3] internal keys;
    address[4] internal providers;
    uint256[4] internal agents;
    /// @dev The stablecoin, the hostile token, the chain's coin.
    address[3] internal tokens;
    address[] internal spenders;

    bytes[] internal policies;
    /// @dev What the owner has granted: one more than the policy's index, and the epoch of it.
    mapping(address key => uint256) internal granted;
    mapping(address key => uint256) internal grantedIn;
    uint256 internal epoch = 1;
    bool internal frozen;
    uint256 internal salts;

    constructor() {
        vm.warp(clock);
        _deployMarket();
        stable = new StableToken("Stable", "STB");
        hostile = new HostileToken();
        tokens = [address(stable), address(hostile), address(0)];
        arbitrator = new AppealsArbitrator(PlainToken(address(stable)), APPEAL_FEE);
        arbitrator.setCost(BOND / 2);
        factory = new AgentWalletFactory(address(registry), address(ledger), address(forwarder), PERMIT2);
        wallet = IAgentWallet(factory.createWallet(owner, guardian, new Grant[](0), 0));
        DisputeTerms memory terms = DisputeTerms({
            reviewPeriod: 1 days,
            responsePeriod: 1 days,
            escalationPeriod: 1 days,
            arbitrationPeriod: 2 days,
            bondToken: address(stable),
            bond: BOND,
            penaltyBps: 3_333,
            jobToken: address(stable),
            minAmount: 2 * BOND,
            smallJobShare: 37
        });
        evaluator = new OptimisticEvaluator(address(forwarder), escrow, address(arbitrator), "", "", terms);
        IERC20[] memory both = new IERC20[](2);
        (both[0], both[1]) = (IERC20(address(stable)), IERC20(address(hostile)));
        party = new HostileParty(address(wallet), both);
        keys = [vm.addr(FIRST_KEY), vm.addr(FIRST_KEY + 1), address(party)];
        spenders = [address(escrow), address(evaluator), address(arbitrator), address(party), PERMIT2, relayer];
        for (uint256 i = 0; i < PROVIDERS; ++i) {
            providers[i] = vm.addr(FIRST_PROVIDER + i);
            spenders.push(providers[i]);
            _outfit(providers[i]);
            if (i == 2) continue; // a payee needs no identity
            vm.prank(providers[i]);
            agents[i] = registry.register();
        }
        _outfit(client);
        stable.mint(address(wallet), WEALTH);
        hostile.mint(address(wallet), WEALTH);
        vm.deal(address(wallet), WEALTH);
        _earnRecord();
        for (uint256 i = 0; i < KEYS; ++i) _grantAnew(i);
    }

    function _outfit(address account) private {
        _endow(address(stable), account, WEALTH);
        _endow(address(hostile), account, WEALTH);
        _approve(address(stable), account, address(evaluator));
    }

    /// @dev The client hires the provider that is let in by its record, and pays.
    function _earnRecord() internal {
        Offer memory offer = _plainOffer(1, address(stable), UNIT, judge);
        Acceptance memory acceptance;
        acceptance.client = client;
        offer.client = client;
        bytes memory signature = _signOffer(FIRST_PROVIDER + 1, offer);
        vm.prank(client);
        uint256 jobId = escrow.hire(offer, signature, acceptance);
        vm.prank(providers[1]);
        escrow.submit(jobId, "work", "");
        vm.prank(judge);
        escrow.complete(jobId, "", "");
    }

    function _plainOffer(
        uint256 provider,
        address token,
        uint256 amount,
        address judge_
    ) internal returns (Offer memory offer) {
        (offer.provider, offer.providerAgentId) = (providers[provider], agents[provider]);
        (offer.token, offer.amount, offer.evaluator) = (token, amount, judge_);
        (offer.evaluationPeriod, offer.deliveryPeriod) = (30 days, 1 days);
        (offer.validUntil, offer.capacity, offer.salt) = (uint64(clock + 30 days), 1, ++salts);
    }

    // ─────────────────────────── policies ───────────────────────────

    /// @dev The owner writes a policy and grants it.
    function _grantAnew(uint256 key) internal {
        policies.push(abi.encode(_randomPolicy(key)));
        _grant(key, policies.length - 1);
    }

    function _grant(uint256 key, uint256 index) internal {
        Policy memory policy = _policy(index);
        vm.prank(owner);
        wallet.grant(keys[key], policy);
        (granted[keys[key]], grantedIn[keys[key]]) = (index + 1, epoch);
        _noteLimits(keys[key], policy.limits);
    }

    function _policy(uint256 index) internal view returns (Policy memory) {
        return abi.decode(policies[index], (Policy));
    }

    /// @dev Whether the wallet takes this policy for the key's, if it has not run out.
    function _isGranted(address key, uint256 index) internal view returns (bool) {
        uint256 own = granted[key];
        return own != 0 && grantedIn[key] == epoch && keccak256(policies[own - 1]) == keccak256(policies[index]);
    }

    function _randomPolicy(uint256 key) private returns (Policy memory policy) {
        policy.expiresAt = uint40(clock + (_oneIn(3) ? _between(1, 12 hours) : 60 days));
        policy.maxJobDuration = uint32(_oneIn(8) ? 1 hours : 60 days);
        policy.sanctionsOracle = _oneIn(2) ? address(party) : address(0);
        if (!_oneIn(4)) {
            (policy.reputation.source, policy.reputation.token) = (address(escrow), address(stable));
            (policy.reputation.minCompleted, policy.reputation.minCounterparties) = (1, 1);
            policy.reputation.minVolume = uint128(_below(2) * UNIT);
        }
        policy.agents = new AgentRef[](1);
        policy.agents[0] = AgentRef(agents[0], registry.ownershipEpoch(agents[0]));
        policy.payees = new address[](2);
        (policy.payees[0], policy.payees[1]) = (providers[2], address(party));
        bool narrow = _oneIn(6);
        policy.escrows = new address[](narrow ? 1 : 2);
        policy.escrows[0] = address(party);
        if (!narrow) policy.escrows[1] = address(escrow);
        narrow = _oneIn(6);
        policy.evaluators = new address[](narrow ? 2 : 3);
        (policy.evaluators[0], policy.evaluators[1]) = (judge, address(party));
        if (!narrow) policy.evaluators[2] = address(evaluator);
        policy.limits = new TokenLimit[](_oneIn(6) ? 2 : 3);
        for (uint256 i = 0; i < policy.limits.length; ++i) policy.limits[i] = _randomLimit(key, tokens[i]);
        policy.calls = _callScopes();
    }

    function _randomLimit(uint256 key, address token) private returns (TokenLimit memory limit) {
        uint32[4] memory windows = [uint32(1 days), 1 hours, 7 days, 0];
        limit.token = token;
        limit.window = windows[_oneIn(4) ? _below(4) : key];
        limit.windowCap = uint96(_between(8, 40) * UNIT);
        limit.lifetimeCap = uint96(_between(10, 300) * UNIT);
        limit.jobCap = uint96(_between(3, 14) * UNIT);
        limit.coSignAbove = uint96(_oneIn(3) ? limit.windowCap : _below(limit.windowCap));
        limit.admittedCap = uint96(_between(0, 8) * UNIT);
    }

    /// @dev One harmless call; all others are listed, and yet nobody may make them.
    function _callScopes() internal view returns (CallScope[] memory scopes) {
        scopes = new CallScope[](7);
        scopes[0] = CallScope(address(factory), factory.IMPLEMENTATION.selector);
        scopes[1] = CallScope(address(stable), IERC20.approve.selector);
        scopes[2] = CallScope(address(wallet), IAgentWallet.withdraw.selector);
        scopes[3] = CallScope(address(registry), registry.unsetAgentWallet.selector);
        scopes[4] = CallScope(address(party), HostileParty.note.selector);
        scopes[5] = CallScope(PERMIT2, IERC20.approve.selector);
        scopes[6] = CallScope(address(forwarder), bytes4(0));
    }

    // ─────────────────────────── intents and money ───────────────────────────

    /// @dev Type strings are written out here a second time: a wrong one in the wallet cannot agree with itself.
    function _intentDigest(Intent memory intent) internal view returns (bytes32) {
        bytes32 domain = _domainOf("AgentMarketWallet", "1", address(wallet));
        bytes32 structHash = keccak256(
            abi.encode(INTENT_TYPEHASH, intent.key, keccak256(intent.call), intent.nonce, intent.deadline, intent.epoch)
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    function _domainOf(string memory name, string memory version, address verifier) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(name)), keccak256(bytes(version)), block.chainid, verifier)
            );
    }

    function _walletHolds() internal view returns (uint256[3] memory sums) {
        sums[0] = stable.balanceOf(address(wallet));
        sums[1] = hostile.balanceOf(address(wallet));
        sums[2] = address(wallet).balance;
    }

    /// @dev A call that has no right to the wallet's money.
    function _quiet(address sender, address target, bytes memory data) internal returns (bool success, bytes memory) {
        uint256[3] memory before = _walletHolds();
        bytes memory result;
        vm.prank(sender);
        (success, result) = target.call(data);
        uint256[3] memory afterwards = _walletHolds();
        for (uint256 i = 0; i < 3; ++i) {
            if (afterwards[i] < before[i]) _fail("money left without a key's spending");
        }
        return (success, result);
    }

    /// @dev The implementation behind the clone, and the clone's owner.
    function _codeHash() internal view returns (bytes32) {
        return keccak256(abi.encodePacked(address(wallet).code, factory.IMPLEMENTATION().code));
    }
}
