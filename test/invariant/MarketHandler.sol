// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";

import {Misbehaviour} from "../../contracts/mocks/Misbehaviour.sol";
import {CallbackToken} from "../../contracts/mocks/tokens/CallbackToken.sol";
import {HostileSteps} from "./HostileSteps.sol";
import {ReputationSteps} from "./ReputationSteps.sol";
import {Rights} from "./Rights.sol";

/// @notice The one contract that a campaign calls, and the questions it is asked: after every step, and at the end.
contract MarketHandler is HostileSteps, ReputationSteps {
    /// @notice Invariant 1: what the escrow has of every token that does not rebase covers all deposits and credits.
    function isSolvent() external view returns (bool) {
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (_roundsOff(tokens[i])) continue;
            uint256 owed = live[tokens[i]] + _credits(tokens[i]);
            if (IERC20(tokens[i]).balanceOf(address(escrow)) < owed) return false;
        }
        return true;
    }

    /// @notice Everybody leaves and everything that can be hostile is: time passes, and a stranger claims for each job.
    /// Then all credits are withdrawn in a better world. Nothing may be left in the escrow.
    function everybodyLeaves(uint256 seed) external step(seed) {
        _observeOthers(jobs.length);
        if (_oneIn(2)) _makeAllHostile();
        uint256 last = clock;
        for (uint256 i = 0; i < jobs.length; ++i) {
            if (seen[jobs[i]].expiredAt > last) last = seen[jobs[i]].expiredAt;
        }
        if (last > clock + 365 days + 60 days) _fail("a job's end is not in sight");
        _setClock(last);
        for (uint256 i = 0; i < jobs.length; ++i) {
            if (!Rights.isTerminal(seen[jobs[i]].status)) _claim(jobs[i]);
        }
        _observeOthers(jobs.length);
        _checkNothingIsLeft();
    }

    /// @notice Invariant 5: whether the ledger says of everybody what happened, and nothing else.
    function recordsAreTrue() external view returns (bool) {
        return _agreesOnAll();
    }

    function _checkNothingIsLeft() private {
        for (uint256 i = 0; i < jobs.length; ++i) {
            Seen storage job = seen[jobs[i]];
            if (!Rights.isTerminal(job.status)) _fail("a job could not be ended");
            if (job.paidOut != job.paidIn) _fail("a job ended without paying out what it took in");
        }
        _makeAllFriendly();
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (live[tokens[i]] != 0) _fail("a deposit outlived its job");
            if (_roundsOff(tokens[i])) continue;
            if (_held(tokens[i]) != int256(abandoned[tokens[i]])) _fail("the escrow keeps what is nobody's");
            for (uint256 j = 0; j < people.length; ++j) {
                if (escrow.withdrawable(tokens[i], people[j]) != 0) _withdraw(tokens[i], people[j]);
            }
        }
    }

    function _makeAllHostile() private {
        ledgerDown = _oneIn(2);
        if (!stable.paused()) stable.pause();
        feeOnTransfer.setFeeBps(10_000);
        senderFee.setFeeBps(10_000);
        returnsFalse.setRefusing(true);
        reverting.setMode(Misbehaviour(_between(1, 5)));
    }

    function _makeAllFriendly() private {
        if (stable.paused()) stable.unpause();
        feeOnTransfer.setFeeBps(0);
        senderFee.setFeeBps(0);
        returnsFalse.setRefusing(false);
        reverting.setMode(Misbehaviour.None);
        callback.clearCallback(CallbackToken.Moment.BeforeTransfer);
        callback.clearCallback(CallbackToken.Moment.AfterTransfer);
    }
}
