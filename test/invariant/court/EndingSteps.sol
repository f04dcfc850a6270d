// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISeatCourt} from "../../../contracts/interfaces/ISeatCourt.sol";
import {CourtPhase} from "../../../contracts/types/CourtTypes.sol";
import {CourtParty} from "../../forge/CourtParty.sol";
import {CourtBooks} from "./CourtBooks.sol";

/// @notice Rulings are fixed and given, panels settled, credits paid out, what is nobody's burned.
abstract contract EndingSteps is CourtBooks {
    function payOut(uint256 seed) external step(seed) {
        address what = coinCredits != 0 && !_oneIn(4) ? COIN : address(token);
        address account = _creditor(what);
        address to = what == COIN && !_oneIn(4) ? address(parties[_below(PARTIES)]) : _person();
        uint256 choice = _below(9);
        if (choice == 0) _burn(what);
        else if (choice == 1) _withdraw(what, account, [address(0), address(court)][_below(2)]);
        else if (choice < 5) _deliver(what, account);
        else _withdraw(what, account, to);
    }

    // ─────────────────────────── verbs of a dispute ───────────────────────────

    function _fix(uint256 id, address sender) internal {
        bool allowed = _isIn(id, CourtPhase.Decided);
        (bool success, ) = _call(sender, abi.encodeCall(ISeatCourt.conclude, (id)));
        _expect("conclude", allowed, success);
        if (success) _conclude(id);
    }

    /// @dev Invariant 6: the contract that had the dispute counts its rulings.
    function _rule(uint256 id, address sender) internal {
        (CourtPhase phase, ) = _phaseOf(id);
        bool due = phase == CourtPhase.Decided || phase == CourtPhase.Concluded;
        CourtParty party;
        if (phase != CourtPhase.None) party = _partyOf(cases[id].arbitrable);
        bool takes = address(party) != address(0) && party.mood() != CourtParty.Mood.Refusing;
        (bool success, ) = _call(sender, abi.encodeCall(ISeatCourt.deliverRuling, (id)));
        _expect("deliverRuling", due && takes, success);
        if (!success) {
            if (due) _count(address(party) == address(0) ? "no code to give a ruling to" : "ruling not taken");
            return;
        }
        _conclude(id);
        cases[id].ruled = true;
        if (party.rulingsOf(id) != 1) _fail("a dispute was ruled on twice");
        if (party.lastRulingOf(id) != cases[id].ruling) _fail("another ruling was given");
        if (party.mood() == CourtParty.Mood.Reentering) _count("re-entered from a ruling");
        if (party.breach() != 0) _fail("the court was re-entered from a ruling");
        _retire(id);
    }

    function _execute(uint256 id, uint256 index, address sender) internal {
        bool allowed = _isOver(id) && index < cases[id].panels.length && !cases[id].panels[index].executed;
        Money memory before;
        if (allowed) before = _toldMoney(cases[id].panels[index]);
        (bool success, ) = _call(sender, abi.encodeCall(ISeatCourt.execute, (id, index)));
        _expect("execute", allowed, success);
        if (!success) {
            _count("execute refused");
            return;
        }
        ModelCase storage dispute = cases[id];
        _comparePayout(dispute.panels[index], dispute.inCoin && dispute.panels[index].round == 0, before);
        _conclude(id);
        _settle(id, index);
        _retire(id);
    }

    /// @dev Takes a case of which nothing is left to do off the list.
    function _retire(uint256 id) private {
        ModelCase storage dispute = cases[id];
        if (!dispute.ruled && address(_partyOf(dispute.arbitrable)) != address(0)) return;
        for (uint256 i = 0; i < dispute.panels.length; ++i) if (!dispute.panels[i].executed) return;
        for (uint256 i = 0; i < live.length; ++i) {
            if (live[i] != id) continue;
            live[i] = live[live.length - 1];
            live.pop();
            _count("case closed");
            return;
        }
    }

    /// @dev Somebody with credit, if there is anybody.
    function _creditor(address what) private returns (address account) {
        uint256 first = _below(people.length);
        for (uint256 i = 0; i < people.length; ++i) {
            account = people[(first + i) % people.length];
            if ((what == COIN ? records[account].coinCredit : records[account].credit) != 0) return account;
        }
    }

    // ─────────────────────────── verbs of money ───────────────────────────

    function _withdraw(address what, address account, address to) internal {
        bool valid = to != address(0) && to != address(court);
        (bool success, bytes memory result) = _call(account, abi.encodeCall(ISeatCourt.withdraw, (what, to)));
        _paid("withdraw", what, account, to, valid, success, result);
    }

    function _deliver(address what, address account) internal {
        (bool success, bytes memory result) = _call(_stranger(), abi.encodeCall(ISeatCourt.deliver, (what, account)));
        _paid("deliver", what, account, account, true, success, result);
    }

    function _burn(address what) internal {
        (bool success, bytes memory result) = _call(_stranger(), abi.encodeCall(ISeatCourt.burn, (what)));
        _expect("burn", true, success);
        if (!success) return;
        uint256 amount = what == COIN ? coinBurnable : burnable;
        if (abi.decode(result, (uint256)) != amount) _fail("another amount was burned");
        if (amount != 0) _count(what == COIN ? "coin burned" : "tokens burned");
        if (what == COIN) coinBurnable = 0;
        else burnable = 0;
    }

    function _paid(
        string memory name,
        address what,
        address account,
        address to,
        bool valid,
        bool success,
        bytes memory result
    ) private {
        Record storage record = records[account];
        uint256 amount = what == COIN ? record.coinCredit : record.credit;
        CourtParty party = what == COIN ? _partyOf(to) : CourtParty(payable(0));
        bool takes = address(party) == address(0) || party.mood() != CourtParty.Mood.Refusing;
        _expect(name, valid && takes && amount != 0, success);
        if (!success) {
            if (amount != 0 && !takes) _count("coin not taken");
            return;
        }
        if (abi.decode(result, (uint256)) != amount) _fail("another amount was paid out");
        if (what == COIN) (record.coinCredit, coinCredits) = (0, coinCredits - amount);
        else (record.credit, credits) = (0, credits - amount);
        if (what == COIN) _count("coin paid out");
        if (address(party) == address(0) || party.mood() != CourtParty.Mood.Reentering) return;
        _count("re-entered from a payment");
        if (party.breach() != 0) _fail("the court was re-entered from a payment");
    }
}
