// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TokenLimit} from "../../../contracts/types/WalletTypes.sol";
import {ModelCampaign} from "../ModelCampaign.sol";
import {WalletReference} from "./WalletReference.sol";

/// @notice What really left the wallet, by balances and not by any counter, under the caps that were in force when it
/// was let out. A window's sums begin anew when the owner changes the window's length, as the wallet's do.
abstract contract WalletBooks is ModelCampaign, WalletReference {
    /// @dev What left, and the most that any policy in force let out at a time.
    struct Sum {
        uint256 out;
        uint256 cap;
    }

    /// @dev Where one outflow counts.
    struct Entry {
        bytes32 window;
        bytes32 lifetime;
        bytes32 job;
        bytes32 admitted;
        bytes32 unsigned;
    }

    mapping(bytes32 id => Sum) private _sums;
    mapping(address key => mapping(address token => uint256)) private _lengths;
    mapping(address key => mapping(address token => uint256)) private _tenures;
    mapping(address key => mapping(address token => uint256)) private _lastWindow;

    /// @dev A policy was granted.
    function _noteLimits(address key, TokenLimit[] memory limits) internal {
        for (uint256 i = 0; i < limits.length; ++i) {
            if (_lengths[key][limits[i].token] == limits[i].window) continue;
            _lengths[key][limits[i].token] = limits[i].window;
            if (++_tenures[key][limits[i].token] > 1) _count("window's length changed");
        }
    }

    /// @dev A spending was let through: where it counts once it leaves.
    function _open(
        address key,
        TokenLimit memory limit,
        Spending memory spending,
        bool coSigned,
        bool realJob
    ) internal returns (Entry memory entry) {
        address token = spending.token;
        uint256 tenure = _tenures[key][token];
        uint256 window = _windowAt(limit.window, clock);
        if (_lastWindow[key][token] != 0 && _lastWindow[key][token] < window) _count("a further window");
        _lastWindow[key][token] = window;
        entry.window = _raise(keccak256(abi.encode("window", key, token, tenure, window)), limit.windowCap);
        entry.lifetime = _raise(keccak256(abi.encode("lifetime", key, token)), limit.lifetimeCap);
        if (realJob) {
            entry.job = _raise(keccak256(abi.encode("job", key, token, spending.jobId)), limit.jobCap);
        }
        if (spending.admitted) {
            entry.admitted = _raise(keccak256(abi.encode("admitted", key, token, tenure, window)), limit.admittedCap);
        }
        if (!coSigned) {
            entry.unsigned = _raise(keccak256(abi.encode("unsigned", key, token, tenure, window)), limit.coSignAbove);
        }
    }

    /// @dev It leaves.
    function _leave(Entry memory entry, uint256 amount) internal {
        if (_isPast(entry.window, amount)) _fail("more left in a window than its cap");
        if (_isPast(entry.lifetime, amount)) _fail("more left than the lifetime cap");
        if (_isPast(entry.job, amount)) _fail("more left for a job than its cap");
        if (_isPast(entry.admitted, amount)) _fail("more left for those with a record than their cap");
        if (_isPast(entry.unsigned, amount)) _fail("more left without the owner's signature than the threshold");
    }

    function _raise(bytes32 id, uint256 cap) private returns (bytes32) {
        if (_sums[id].cap < cap) _sums[id].cap = cap;
        return id;
    }

    function _isPast(bytes32 id, uint256 amount) private returns (bool) {
        if (id == 0) return false;
        _sums[id].out += amount;
        return _sums[id].out > _sums[id].cap;
    }
}
