// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SeatCourt} from "../../../contracts/evaluation/SeatCourt.sol";
import {PlainToken} from "../../../contracts/mocks/tokens/PlainToken.sol";
import {CourtTerms} from "../../../contracts/types/CourtTypes.sol";
import {CourtParty} from "../../forge/CourtParty.sol";
import {RandomnessDouble} from "../../forge/RandomnessDouble.sol";
import {vm} from "../../forge/Vm.sol";
import {ModelCampaign} from "../ModelCampaign.sol";

/// @notice The court, and who and what the campaigns play with. Its terms are the real ones, but for the number of
/// seats, which is not much above the least that a court can have, and for fees that do not divide evenly, where
/// rounding shows.
abstract contract CourtWorld is ModelCampaign {
    uint256 internal constant SEAT_PRICE = 25e6;
    uint256 internal constant FEE = 1e6 + 3;
    uint256 internal constant COIN_FEE = 1e15 + 1;
    uint256 internal constant MIN_SEATS = 42;
    /// @dev As many have to be old enough: half of MIN_SEATS, but never fewer than twice the largest panel.
    uint256 internal constant MIN_OLD_SEATS = 30;
    uint256 internal constant EVIDENCE_PERIOD = 6 hours;
    uint256 internal constant SEED_WINDOW = 2 hours;
    uint256 internal constant COMMIT_PERIOD = 12 hours;
    uint256 internal constant REVEAL_GAP = 10 minutes;
    uint256 internal constant REVEAL_PERIOD = 6 hours;
    uint256 internal constant APPEAL_PERIOD = 24 hours;
    uint256 internal constant SEAT_MATURITY = 14 days;
    uint256 internal constant UNBONDING = 35 days;
    /// @dev By then every dispute is decided, whatever anybody does.
    uint256 internal constant DECIDED_AFTER =
        6 * (EVIDENCE_PERIOD + SEED_WINDOW + COMMIT_PERIOD + REVEAL_GAP + REVEAL_PERIOD + APPEAL_PERIOD);

    address internal constant COIN = address(0);
    address internal constant BURNT = 0x000000000000000000000000000000000000dEaD;
    uint256 internal constant WEALTH = 1e30;
    uint256 internal constant KEYED_JURORS = 7;
    uint256 internal constant PARTIES = 3;

    SeatCourt internal court;
    PlainToken internal token;
    RandomnessDouble internal randomness;

    /// @dev Everybody who can come by credit. First the jurors, of whom the last two are contracts.
    address[] internal people;
    uint256 internal constant JURORS = KEYED_JURORS + 2;
    /// @dev Contracts that have disputes, and change their moods.
    CourtParty[] internal parties;
    /// @dev Accounts without code that have disputes: no ruling can be given to them.
    address[2] internal plain = [address(0xa1), address(0xa2)];
    /// @dev They pay for appeals, prove leaks, and try what is not theirs.
    address[2] internal strangers = [address(0x51), address(0x52)];

    constructor() {
        vm.warp(clock);
        token = new PlainToken("Plain", "PLN", 6);
        randomness = new RandomnessDouble();
        court = new SeatCourt(address(0xf0), randomness, _terms());
        for (uint256 i = 0; i < PARTIES; ++i) parties.push(new CourtParty(court));
        for (uint256 i = 1; i <= KEYED_JURORS; ++i) people.push(address(uint160(0x1000 + i)));
        for (uint256 i = 0; i < PARTIES; ++i) people.push(address(parties[i]));
        for (uint256 i = 0; i < 2; ++i) {
            people.push(plain[i]);
            people.push(strangers[i]);
        }
        for (uint256 i = 0; i < people.length; ++i) {
            token.mint(people[i], WEALTH);
            vm.deal(people[i], WEALTH);
            vm.prank(people[i]);
            token.approve(address(court), type(uint256).max);
        }
    }

    function _terms() private view returns (CourtTerms memory) {
        return
            CourtTerms({
                token: address(token),
                seatPrice: SEAT_PRICE,
                fee: FEE,
                coinFee: COIN_FEE,
                minSeats: MIN_SEATS,
                evidencePeriod: EVIDENCE_PERIOD,
                seedWindow: SEED_WINDOW,
                commitPeriod: COMMIT_PERIOD,
                revealGap: REVEAL_GAP,
                revealPeriod: REVEAL_PERIOD,
                appealPeriod: APPEAL_PERIOD,
                seatMaturity: SEAT_MATURITY,
                unbonding: UNBONDING
            });
    }

    // ─────────────────────────── who ───────────────────────────

    function _juror() internal returns (address) {
        return people[_below(JURORS)];
    }

    function _person() internal returns (address) {
        return people[_below(people.length)];
    }

    function _stranger() internal returns (address) {
        return strangers[_below(strangers.length)];
    }

    /// @dev The contract behind an account, or none.
    function _partyOf(address account) internal view returns (CourtParty party) {
        for (uint256 i = 0; i < PARTIES; ++i) {
            if (address(parties[i]) == account) return parties[i];
        }
    }

    // ─────────────────────────── calls ───────────────────────────

    function _call(address sender, bytes memory data) internal returns (bool success, bytes memory result) {
        return _call(sender, data, 0);
    }

    function _call(
        address sender,
        bytes memory data,
        uint256 coin
    ) internal returns (bool success, bytes memory result) {
        vm.prank(sender);
        (success, result) = address(court).call{value: coin}(data);
    }

    /// @dev What may be done must work, and what may not must fail.
    function _expect(string memory name, bool allowed, bool success) internal {
        if (success && !allowed) _fail(string.concat(name, " was let through"));
        if (!success && allowed) _fail(string.concat(name, " was refused"));
        if (success) _count(name);
    }
}
