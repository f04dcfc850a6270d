// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CourtPhase, Dispute, JurorAccount, PanelView} from "../../contracts/types/CourtTypes.sol";
import {ISeatCourt} from "../../contracts/interfaces/ISeatCourt.sol";
import {CourtReference} from "../forge/CourtReference.sol";
import {vm} from "../forge/Vm.sol";
import {FuzzCourt} from "./FuzzCourt.sol";

/// @notice What settling panels of 3, 7 and 15 comes to, whatever they voted, against the rules written a second time;
/// and that nothing is made or lost by it.
contract CourtExecutionFuzz is FuzzCourt {
    uint256[][] private _votes;

    /// @dev Who should have what: added up account by account.
    mapping(address account => uint256) private _due;
    mapping(address account => uint256) private _coinDue;
    mapping(address account => uint256[4]) private _record;
    mapping(uint256 seatId => uint256) private _lost;
    uint256 private _burnable;
    uint256 private _coinBurnable;

    /// @notice One to three rounds, any votes, failed panels drawn again or not, settled in any order.
    /// @param redraws A bit for each panel: 0 has it drawn again if it fails.
    function testFuzz_PanelsAreSettledAsTheRulesSay(
        uint256 drawn,
        uint256 rounds,
        uint256 redraws,
        uint256 order,
        bool inCoin
    ) external {
        uint256 id = _create(inCoin);
        uint256 round = 0;
        rounds = (rounds % 3) + 1;
        while (true) {
            _playPanel(id, uint256(keccak256(abi.encode(drawn, _votes.length))));
            CourtPhase phase = _phase(id);
            if (phase == CourtPhase.Redraw && (redraws >> _votes.length) % 2 == 0) {
                court.redraw(id);
            } else if (phase == CourtPhase.Appeal && ++round < rounds) {
                vm.prank(appellants[round - 1]);
                court.appeal(id);
            } else {
                if (phase != CourtPhase.Decided) _pass(id);
                break;
            }
        }
        court.conclude(id);
        uint256 before = token.balanceOf(address(court));
        uint256 count = _votes.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 panel = order % 2 == 0 ? ((order % count) + i) % count : count - 1 - i;
            _execute(id, panel);
        }
        vm.assertEq(token.balanceOf(address(court)), before, "settling moved money");
        _compare();
        _checkNothingIsLost(inCoin);
    }

    /// @dev A panel that is not drawn at all, or one that votes: nearly at one, at random, mostly absent, or honestly.
    function _playPanel(uint256 id, uint256 word) private {
        _pass(id); // to the seeding
        if (word % 8 == 0) {
            _votes.push(new uint256[](0));
            _pass(id);
            return;
        }
        uint256 size = court.panelOf(id, _votes.length).size;
        uint256[] memory votes = new uint256[](size);
        uint256 mode = (word >> 8) % 4;
        for (uint256 i = 0; i < size; ++i) {
            uint256 chance = uint256(keccak256(abi.encode(word, i)));
            if (mode == 0) votes[i] = chance % 10 < 8 ? ((word >> 16) % 5) + 1 : chance % 7;
            else if (mode == 1) votes[i] = chance % 7;
            else if (mode == 2) votes[i] = chance % 10 < 6 ? CourtReference.ABSENT : chance % 7;
            else votes[i] = (chance % 5) + 1;
        }
        court.seed(id, "");
        _expectLeaks(id, votes);
        _vote(id, votes);
        _votes.push(votes);
    }

    /// @dev Whatever it is, a panel pays out no more than was paid in for it, and of penalties nothing.
    function _execute(uint256 id, uint256 index) private {
        CourtReference.Outcome memory outcome = _enter(id, index);
        (uint256 credits, uint256 coinCredits) = _credits();
        uint256 burnable = court.burnable(address(token));
        vm.expectEmit(address(court));
        emit ISeatCourt.PanelExecuted(id, index, outcome.toNextAppellant + outcome.coinToNextAppellant, outcome.burned);
        court.execute(id, index);
        (uint256 creditsAfter, uint256 coinCreditsAfter) = _credits();
        PanelView memory told = court.panelOf(id, index);
        bool inCoin = court.disputeOf(id).paidInCoin && told.round == 0;
        vm.assertLe(creditsAfter - credits, inCoin ? 0 : FEE * told.size, "more was paid out than in");
        vm.assertLe(
            coinCreditsAfter - coinCredits,
            inCoin ? COIN_FEE * told.size : 0,
            "more coin was paid out than in"
        );
        vm.assertGe(court.burnable(address(token)) - burnable, outcome.penalties, "a penalty was not burned");
    }

    /// @dev Everybody's.
    function _credits() private view returns (uint256 credits, uint256 coinCredits) {
        for (uint256 i = 0; i < JURORS; ++i) {
            credits += court.accountOf(_juror(i)).credit;
            coinCredits += court.withdrawable(address(0), _juror(i));
        }
        for (uint256 i = 0; i < 2; ++i) {
            credits += court.accountOf(appellants[i]).credit;
            coinCredits += court.withdrawable(address(0), appellants[i]);
        }
        credits += court.accountOf(stranger).credit;
        coinCredits += court.withdrawable(address(0), stranger);
    }

    /// @dev A proved leak costs what the seat has left, at once. Of a whole seat the prover gets a quarter.
    function _expectLeaks(uint256 id, uint256[] memory votes) private {
        for (uint256 slot = 0; slot < votes.length; ++slot) {
            if (votes[slot] != CourtReference.LEAKED) continue;
            (uint256 seatId, ) = court.slotOf(id, _votes.length, slot);
            uint256 taken = (terms.seatPrice * (100 - _lost[seatId])) / 100;
            _lost[seatId] = 100;
            uint256 reward = taken == terms.seatPrice ? taken / 4 : 0;
            _due[stranger] += reward;
            _burnable += taken - reward;
        }
    }

    // ─────────────────────────── the same by the reference ───────────────────────────

    function _enter(uint256 id, uint256 index) private returns (CourtReference.Outcome memory outcome) {
        CourtReference.Panel memory panel = _described(id, index);
        outcome = CourtReference.settle(panel);
        for (uint256 i = 0; i < panel.votes.length; ++i) {
            (uint256 seatId, address juror) = court.slotOf(id, index, i);
            _lost[seatId] += outcome.percent[i];
            ++_record[juror][uint8(outcome.conduct[i])];
            _due[juror] += outcome.earned[i];
            _coinDue[juror] += outcome.coinEarned[i];
        }
        uint256 count = _votes.length;
        if (index + 1 < count) {
            address appellant = court.panelOf(id, index + 1).appellant;
            _due[appellant] += outcome.toNextAppellant;
            _coinDue[appellant] += outcome.coinToNextAppellant;
        }
        _due[court.panelOf(id, index).appellant] += outcome.toOwnAppellant;
        _burnable += outcome.burned;
        _coinBurnable += outcome.coinBurned;
    }

    function _described(uint256 id, uint256 index) private view returns (CourtReference.Panel memory panel) {
        PanelView memory told = court.panelOf(id, index);
        Dispute memory dispute = court.disputeOf(id);
        panel.price = terms.seatPrice;
        (panel.fee, panel.coinFee) = (FEE, COIN_FEE);
        panel.size = told.size;
        panel.inCoin = dispute.paidInCoin && told.round == 0;
        panel.appealed = told.round != 0;
        if (index + 1 < _votes.length) {
            PanelView memory next = court.panelOf(id, index + 1);
            panel.redrawn = next.round == told.round;
            panel.appealedAgainst = next.round > told.round;
        }
        panel.second = _isSecond(id, index);
        panel.ruling = _finalRuling(id);
        panel.votes = _votes[index];
        panel.seats = new uint256[](panel.votes.length);
        panel.left = new uint256[](panel.votes.length);
        for (uint256 i = 0; i < panel.votes.length; ++i) {
            (panel.seats[i], ) = court.slotOf(id, index, i);
            panel.left[i] = 100 - _lost[panel.seats[i]];
        }
    }

    /// @dev The last valid panel's.
    function _finalRuling(uint256 id) private view returns (uint256) {
        for (uint256 i = _votes.length; i != 0; --i) {
            uint256[] memory revealed = CourtReference.revealed(_votes[i - 1]);
            if (!CourtReference.hasQuorum(court.panelOf(id, i - 1).size, _isSecond(id, i - 1), revealed.length))
                continue;
            return CourtReference.median(revealed);
        }
        return 0;
    }

    /// @dev Whether the panel is the second of its round.
    function _isSecond(uint256 id, uint256 index) private view returns (bool) {
        return index != 0 && court.panelOf(id, index - 1).round == court.panelOf(id, index).round;
    }

    function _compare() private view {
        for (uint256 i = 0; i < JURORS; ++i) {
            address juror = _juror(i);
            JurorAccount memory account = court.accountOf(juror);
            vm.assertEq(account.credit, _due[juror], "a juror got another amount");
            vm.assertEq(court.withdrawable(address(0), juror), _coinDue[juror], "a juror got another amount of coin");
            uint256[4] memory record = [uint256(account.coherent), account.incoherent, account.absent, account.leaked];
            for (uint256 j = 0; j < 4; ++j) vm.assertEq(record[j], _record[juror][j], "another record");
        }
        for (uint256 i = 0; i < 2; ++i) {
            address appellant = appellants[i];
            vm.assertEq(court.accountOf(appellant).credit, _due[appellant], "an appellant got another amount");
            uint256 coinCredit = court.withdrawable(address(0), appellant);
            vm.assertEq(coinCredit, _coinDue[appellant], "an appellant got another amount of coin");
        }
        vm.assertEq(court.accountOf(stranger).credit, _due[stranger], "the prover got another amount");
        vm.assertEq(court.burnable(address(token)), _burnable, "another amount is burned");
        vm.assertEq(court.burnable(address(0)), _coinBurnable, "another amount of coin is burned");
        for (uint256 id = 1; id <= SEATS; ++id) {
            vm.assertEq(court.seatOf(id).left, 100 - _lost[id], "another part of a seat is left");
            vm.assertEq(court.seatOf(id).place == 0, _lost[id] != 0, "a penalised seat stayed in the pool");
        }
    }

    /// @dev All panels are settled: what the court has is credit, burnable or stake.
    function _checkNothingIsLost(bool inCoin) private view {
        (uint256 owed, uint256 coinOwed) = _credits();
        owed += court.burnable(address(token));
        coinOwed += court.burnable(address(0));
        for (uint256 id = 1; id <= SEATS; ++id) owed += (terms.seatPrice / 100) * court.seatOf(id).left;
        vm.assertEq(token.balanceOf(address(court)), owed, "the court has more or less than it owes");
        vm.assertEq(coinOwed, inCoin ? 3 * COIN_FEE : 0, "coin was made or lost");
        vm.assertEq(address(court).balance, coinOwed, "the court has more or less coin than it owes");
    }
}
