// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {PlainToken} from "./PlainToken.sol";

/// @title RebasingToken
/// @notice Test double: balances are shares times an index that anyone may change, so that everybody's balance grows
/// or shrinks without a transfer.
/// @dev Amounts become shares rounded down. At the initial index they are exact; at others a transfer may deliver one
/// base unit less than was asked for, as real rebasing tokens do.
contract RebasingToken is PlainToken {
    /// One, for the index.
    uint256 public constant UNIT = 1e18;

    /// @notice Base units per share, times `UNIT`.
    uint256 public index = UNIT;

    mapping(address account => uint256) private _shares;
    uint256 private _totalShares;

    /// @notice All balances were scaled.
    event Rebased(uint256 previousIndex, uint256 newIndex);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) PlainToken(name_, symbol_, decimals_) {}

    /// @notice Scales all balances by `numerator / denominator`. Open to anyone: this is a test double.
    function rebase(uint256 numerator, uint256 denominator) external {
        uint256 newIndex = Math.mulDiv(index, numerator, denominator);
        emit Rebased(index, newIndex);
        index = newIndex;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return Math.mulDiv(_shares[account], index, UNIT);
    }

    function totalSupply() public view override returns (uint256) {
        return Math.mulDiv(_totalShares, index, UNIT);
    }

    /// @dev Replaces the base's bookkeeping, which has no notion of shares.
    function _update(address from, address to, uint256 value) internal override {
        uint256 shares = Math.mulDiv(value, UNIT, index);
        if (from == address(0)) {
            _totalShares += shares;
        } else {
            uint256 balance = balanceOf(from);
            if (balance < value) revert IERC20Errors.ERC20InsufficientBalance(from, balance, value);
            _shares[from] -= shares;
        }
        if (to == address(0)) {
            _totalShares -= shares;
        } else {
            _shares[to] += shares;
        }
        emit Transfer(from, to, value);
    }
}
