// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ReturnsNothingToken
/// @notice Test double of a USDT-like token: `transfer`, `transferFrom` and `approve` return nothing at all, and an
/// allowance must be set to zero before it can be set to another value. Anyone may mint.
/// @dev Not an OpenZeppelin `ERC20`, because Solidity cannot override a function with fewer return values.
contract ReturnsNothingToken {
    string public name;
    string public symbol;
    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    error ReturnsNothingToken_InsufficientBalance(address account, uint256 balance, uint256 needed);
    error ReturnsNothingToken_InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    error ReturnsNothingToken_AllowanceNotZero(address spender, uint256 allowance);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
    }

    /// @notice Creates `amount` base units for `account`. Open to anyone: this is a test double.
    function mint(address account, uint256 amount) external {
        totalSupply += amount;
        balanceOf[account] += amount;
        emit Transfer(address(0), account, amount);
    }

    function transfer(address to, uint256 value) external {
        _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < value) revert ReturnsNothingToken_InsufficientAllowance(msg.sender, allowed, value);
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        _move(from, to, value);
    }

    function approve(address spender, uint256 value) external {
        uint256 allowed = allowance[msg.sender][spender];
        if (value != 0 && allowed != 0) revert ReturnsNothingToken_AllowanceNotZero(spender, allowed);
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function _move(address from, address to, uint256 value) private {
        uint256 balance = balanceOf[from];
        if (balance < value) revert ReturnsNothingToken_InsufficientBalance(from, balance, value);
        balanceOf[from] = balance - value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
