// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IArbitrator} from "../interfaces/IArbitrator.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IOptimisticEvaluator} from "../interfaces/IOptimisticEvaluator.sol";

/// @title BondVault
/// @notice How money enters and leaves an OptimisticEvaluator: bonds, the arbitrator's fee out of them, what is left of
/// them as credits, and, wholly apart, the fees that the escrow pays to an evaluator. Knows nothing of phases.
/// @dev Safety: `reserved` is what bonds and credits add up to. Fees are paid only out of what lies above it, so that no
/// error about fees, whatever their token, can cost a bond.
abstract contract BondVault is IOptimisticEvaluator, ERC2771Context, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IOptimisticEvaluator
    address public immutable ESCROW;
    /// @inheritdoc IOptimisticEvaluator
    address public immutable BOND_TOKEN;
    /// @inheritdoc IOptimisticEvaluator
    uint256 public immutable BOND;

    /// @inheritdoc IOptimisticEvaluator
    uint256 public reserved;
    /// @inheritdoc IOptimisticEvaluator
    mapping(address account => uint256 amount) public withdrawable;
    /// @inheritdoc IOptimisticEvaluator
    mapping(address token => mapping(address provider => uint256 amount)) public feesOwed;

    constructor(address escrow, address bondToken, uint256 bond) {
        ESCROW = escrow;
        BOND_TOKEN = bondToken;
        BOND = bond;
    }

    /// @inheritdoc IOptimisticEvaluator
    function withdraw(address to) external nonReentrant returns (uint256 amount) {
        _requireRecipient(to);
        return _payCredit(_msgSender(), to);
    }

    /// @inheritdoc IOptimisticEvaluator
    function deliver(address account) external nonReentrant returns (uint256 amount) {
        return _payCredit(account, account);
    }

    /// @inheritdoc IOptimisticEvaluator
    function withdrawFees(address token, address to) external nonReentrant returns (uint256 amount) {
        _requireRecipient(to);
        return _payFees(token, _msgSender(), to);
    }

    /// @inheritdoc IOptimisticEvaluator
    function sweepFees(address token, address provider) external nonReentrant returns (uint256 amount) {
        return _payFees(token, provider, provider);
    }

    /// @dev Takes exactly a bond from the sender, or reverts.
    function _takeBond(address from) internal {
        // Effects
        reserved += BOND;

        // Interactions
        if (BOND_TOKEN == address(0)) {
            if (msg.value != BOND) revert OptimisticEvaluator_IncorrectBond(BOND, msg.value);
            return;
        }
        _requireNoCoin();
        uint256 balanceBefore = IERC20(BOND_TOKEN).balanceOf(address(this));
        // slither-disable-next-line arbitrary-send-erc20: the payer is the sender
        IERC20(BOND_TOKEN).safeTransferFrom(from, address(this), BOND);
        uint256 balanceAfter = IERC20(BOND_TOKEN).balanceOf(address(this));
        uint256 received = balanceAfter > balanceBefore ? balanceAfter - balanceBefore : 0;
        if (received != BOND) revert OptimisticEvaluator_IncorrectBond(BOND, received);
    }

    function _requireNoCoin() internal view {
        if (msg.value != 0) revert OptimisticEvaluator_IncorrectBond(0, msg.value);
    }

    /// @dev Turns a part of the bonds into a credit: what is reserved stays as it is.
    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        withdrawable[account] += amount;
        emit Credited(account, amount);
    }

    /// @dev Notes what the escrow pays to this contract on the provider's account. It need not have arrived.
    function _oweFee(address token, address provider, uint256 amount) internal {
        if (amount == 0) return;
        feesOwed[token][provider] += amount;
        emit FeeOwed(token, provider, amount);
    }

    /// @dev Has the arbitrator open a case and pays it out of bonds, never more than one of them.
    function _createDispute(
        address arbitrator,
        uint256 choices,
        bytes memory extraData
    ) internal returns (uint256 disputeID, uint256 fee) {
        if (BOND_TOKEN == address(0)) {
            fee = _arbitrationCost(arbitrator, extraData);
            if (fee > BOND) revert OptimisticEvaluator_FeeAboveBond(fee, BOND);
            reserved -= fee;
            // slither-disable-next-line arbitrary-send-eth: to the arbitrator, which is fixed
            return (IArbitrator(arbitrator).createDispute{value: fee}(choices, extraData), fee);
        }
        IERC20 token = IERC20(BOND_TOKEN);
        uint256 cost = _arbitrationCost(arbitrator, extraData);
        if (cost > BOND) revert OptimisticEvaluator_FeeAboveBond(cost, BOND);
        token.forceApprove(arbitrator, cost);
        disputeID = IArbitrator(arbitrator).createDispute(choices, extraData, token, cost);
        // What it took is what it used of its allowance. The balance would not tell: anyone can raise it meanwhile, by
        // having the escrow deliver a fee.
        fee = cost - token.allowance(address(this), arbitrator);
        // What it left must not stay within its reach: other bonds lie here too. Some tokens refuse to approve nothing.
        if (fee != cost) token.forceApprove(arbitrator, 0);
        reserved -= fee;
        // A token that debits its sender on top would pay itself out of other bonds.
        if (token.balanceOf(address(this)) < reserved) {
            revert OptimisticEvaluator_TransferFailed(BOND_TOKEN, arbitrator, fee);
        }
    }

    function _arbitrationCost(address arbitrator, bytes memory extraData) internal view returns (uint256) {
        return
            BOND_TOKEN == address(0)
                ? IArbitrator(arbitrator).arbitrationCost(extraData)
                : IArbitrator(arbitrator).arbitrationCost(extraData, IERC20(BOND_TOKEN));
    }

    function _payCredit(address account, address to) private returns (uint256 amount) {
        // Checks
        amount = withdrawable[account];
        if (amount == 0) revert OptimisticEvaluator_NothingToWithdraw(BOND_TOKEN, account);

        // Effects
        delete withdrawable[account];
        reserved -= amount;
        emit Withdrawn(account, to, amount);

        // Interactions
        if (BOND_TOKEN != address(0)) {
            _transferOut(BOND_TOKEN, to, amount);
            return amount;
        }
        // solhint-disable-next-line avoid-low-level-calls
        (bool sent, ) = to.call{value: amount}("");
        if (!sent) revert OptimisticEvaluator_TransferFailed(address(0), to, amount);
    }

    function _payFees(address token, address provider, address to) private returns (uint256 amount) {
        // What the escrow could not deliver waits there. If it still cannot be, what is here is paid.
        // slither-disable-next-line unused-return: what arrived is in the balance
        try IJobEscrow(ESCROW).deliver(token, address(this)) {} catch {} // solhint-disable-line no-empty-blocks

        // Checks
        uint256 owed = feesOwed[token][provider];
        if (owed == 0) revert OptimisticEvaluator_NothingToWithdraw(token, provider);
        uint256 kept = token == BOND_TOKEN ? reserved : 0;
        uint256 free = Math.saturatingSub(IERC20(token).balanceOf(address(this)), kept);
        amount = Math.min(owed, free);
        // slither-disable-next-line incorrect-equality: any more can be paid
        if (amount == 0) revert OptimisticEvaluator_NothingToWithdraw(token, provider);

        // Effects
        feesOwed[token][provider] = owed - amount;
        emit FeesPaid(token, provider, to, amount);

        // Interactions
        _transferOut(token, to, amount);
    }

    function _transferOut(address token, address to, uint256 amount) private {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(to, amount);
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        // As in the escrow: a token that debits its sender on top would pay itself out of other bonds, and one that
        // moves nothing would leave money that belongs to nobody. Moving a little less is rounding.
        if (balanceAfter >= balanceBefore || balanceBefore - balanceAfter > amount) {
            revert OptimisticEvaluator_TransferFailed(token, to, amount);
        }
    }

    function _requireRecipient(address to) private view {
        if (to == address(0) || to == address(this)) revert OptimisticEvaluator_InvalidRecipient(to);
    }
}
