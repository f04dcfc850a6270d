// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {Policy, TokenLimit} from "../../../contracts/types/WalletTypes.sol";

/// @notice The wallet's limits a second time, written from what its interface says: which spending is refused, and why,
/// and what is counted when one is not.
abstract contract WalletReference {
    enum Part {
        None,
        Price,
        Cost
    }

    /// @dev One spending, as a key asks for it.
    struct Spending {
        address token;
        address payee;
        uint256 amount;
        /// True if nothing but its record lets the payee in.
        bool admitted;
        Part part;
        uint256 jobId;
        /// The job's price in the same token, if the wallet pays it and this comes on top.
        uint256 price;
    }

    /// @dev What a key has spent of a token.
    struct Tally {
        uint256 spent;
        uint256 start;
        uint256 lifetime;
        uint256 admittedSpent;
        uint256 admittedStart;
    }

    mapping(address key => mapping(address token => Tally)) internal tallies;
    mapping(address key => mapping(address token => mapping(uint256 jobId => uint256))) internal costs;
    mapping(address account => bool) internal sanctioned;

    /// @dev The wallet's error for this spending; 0 if it must be let through.
    function _refusal(
        address key,
        Policy memory policy,
        Spending memory spending,
        bool coSigned,
        uint256 time
    ) internal view returns (bytes4) {
        if (policy.sanctionsOracle != address(0) && sanctioned[spending.payee]) {
            return IAgentWallet.AgentWallet_Sanctioned.selector;
        }
        (bool found, TokenLimit memory limit) = _limitOf(policy, spending.token);
        if (!found) return IAgentWallet.AgentWallet_TokenNotAllowed.selector;
        Tally storage tally = tallies[key][spending.token];
        (uint256 spent, ) = _sumAt(tally.spent, tally.start, limit.window, time);
        if (_isOver(spent, spending.amount, limit.windowCap)) {
            return IAgentWallet.AgentWallet_WindowCapExceeded.selector;
        }
        if (_isOver(tally.lifetime, spending.amount, limit.lifetimeCap)) {
            return IAgentWallet.AgentWallet_LifetimeCapExceeded.selector;
        }
        if (!coSigned && spent + spending.amount > limit.coSignAbove) {
            return IAgentWallet.AgentWallet_CoSignatureRequired.selector;
        }
        (spent, ) = _sumAt(tally.admittedSpent, tally.admittedStart, limit.window, time);
        if (spending.admitted && _isOver(spent, spending.amount, limit.admittedCap)) {
            return IAgentWallet.AgentWallet_AdmittedCapExceeded.selector;
        }
        if (spending.part == Part.None) return 0;
        spent = costs[key][spending.token][spending.jobId] + spending.price;
        return
            _isOver(spent, spending.amount, limit.jobCap)
                ? IAgentWallet.AgentWallet_JobCapExceeded.selector
                : bytes4(0);
    }

    /// @dev Counts what was let through.
    function _enter(address key, TokenLimit memory limit, Spending memory spending, uint256 time) internal {
        Tally storage tally = tallies[key][spending.token];
        (tally.spent, tally.start) = _sumAt(tally.spent, tally.start, limit.window, time);
        tally.spent += spending.amount;
        tally.lifetime += spending.amount;
        if (spending.admitted) {
            (tally.admittedSpent, tally.admittedStart) = _sumAt(
                tally.admittedSpent,
                tally.admittedStart,
                limit.window,
                time
            );
            tally.admittedSpent += spending.amount;
        }
        if (spending.part == Part.Cost) costs[key][spending.token][spending.jobId] += spending.amount;
    }

    function _limitOf(Policy memory policy, address token) internal pure returns (bool found, TokenLimit memory limit) {
        for (uint256 i = 0; i < policy.limits.length; ++i) {
            if (policy.limits[i].token == token) return (true, policy.limits[i]);
        }
    }

    function _contains(address[] memory accounts, address account) internal pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) if (accounts[i] == account) return true;
        return false;
    }

    /// @dev Where the window begins that a second lies in.
    function _windowAt(uint256 window, uint256 time) internal pure returns (uint256) {
        return window == 0 ? 0 : (time / window) * window;
    }

    /// @dev When it is over.
    function _windowEnd(uint256 window, uint256 time) internal pure returns (uint256) {
        return window == 0 ? type(uint256).max : _windowAt(window, time) + window;
    }

    /// @dev A sum that began in an earlier window has ended; one that another policy began in this window goes on.
    function _sumAt(uint256 sum, uint256 start, uint256 window, uint256 time) private pure returns (uint256, uint256) {
        uint256 current = _windowAt(window, time);
        return start >= current ? (sum, start) : (0, current);
    }

    /// @dev Nothing is never too much, not even where an earlier policy let more be spent than this one's cap.
    function _isOver(uint256 spent, uint256 amount, uint256 cap) private pure returns (bool) {
        return amount != 0 && spent + amount > cap;
    }
}
