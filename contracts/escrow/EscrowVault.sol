// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IERC3009Receiver} from "../interfaces/IERC3009Receiver.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IPermit2} from "../interfaces/IPermit2.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {Acceptance, FundingMethod} from "../types/JobTypes.sol";

/// @title EscrowVault
/// @notice How money enters and leaves the escrow. Knows nothing of jobs but their ids.
/// @dev Safety: tokens are strangers. What comes in is measured; what goes out is pushed with a gas cap, measured,
/// and credited when it cannot be delivered, so that no token and no recipient can stop anybody else's money.
abstract contract EscrowVault is IJobEscrow, ERC2771Context, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev Issuers' proxied tokens with blacklists take 40,000 to 80,000; interest-bearing ones up to 250,000.
    uint256 internal constant TRANSFER_GAS = 300_000;

    bytes32 private constant RECEIVE_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant JOB_WITNESS_TYPEHASH = keccak256("JobWitness(uint256 jobId)");
    /// @dev Permit2 appends this to its own type string; the nested types stand in alphabetical order (EIP-712).
    string private constant JOB_WITNESS_TYPE =
        "JobWitness witness)JobWitness(uint256 jobId)TokenPermissions(address token,uint256 amount)";

    /// @inheritdoc IJobEscrow
    address public immutable PERMIT2;

    /// @inheritdoc IJobEscrow
    mapping(address token => mapping(address account => uint256 amount)) public withdrawable;

    constructor(address permit2) {
        PERMIT2 = permit2;
    }

    /// @inheritdoc IJobEscrow
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        if (to == address(0) || to == address(this)) revert JobEscrow_InvalidRecipient(to);
        return _payCredit(token, _msgSender(), to);
    }

    /// @inheritdoc IJobEscrow
    function deliver(address token, address account) external nonReentrant returns (uint256 amount) {
        return _payCredit(token, account, account);
    }

    /// @notice Transfers out of the escrow, or reverts. Only this contract calls it: a call of its own can be undone
    /// alone, when the token turns out to have taken more than it was told to.
    function transferOut(address token, address to, uint256 amount) external {
        if (msg.sender != address(this)) revert JobEscrow_OnlySelf(msg.sender);
        _transferOut(token, to, amount);
    }

    /// @dev Pays, or credits what cannot be paid. Reverts only if the sender gave too little gas to try.
    function _pay(address token, address to, uint256 amount) internal {
        if (amount == 0) return;
        bool paid = BoundedCall.tryCall(
            address(this),
            TRANSFER_GAS,
            abi.encodeCall(this.transferOut, (token, to, amount))
        );
        if (!paid) {
            withdrawable[token][to] += amount;
            emit Credited(token, to, amount);
        }
    }

    /// @dev Takes exactly `amount` from `client`, or reverts.
    function _collect(address token, address client, uint256 amount) internal {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        // slither-disable-next-line arbitrary-send-erc20: `fund` has checked that the client is the sender
        IERC20(token).safeTransferFrom(client, address(this), amount);
        _requireReceived(token, balanceBefore, amount);
    }

    /// @dev Takes exactly `amount` from `client` in the way the acceptance says, or reverts.
    function _collectFor(
        uint256 jobId,
        address token,
        uint256 amount,
        address client,
        Acceptance calldata acceptance
    ) internal {
        FundingMethod method = acceptance.funding;
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        if (method == FundingMethod.Allowance) {
            _requireSender(client, method);
            // slither-disable-next-line arbitrary-send-erc20: the client is the sender
            IERC20(token).safeTransferFrom(client, address(this), amount);
        } else {
            (uint256 first, uint256 second, bytes memory signature) = abi.decode(
                acceptance.fundingData,
                (uint256, uint256, bytes)
            );
            if (method == FundingMethod.Permit) {
                _requireSender(client, method);
                _permit(token, client, first, second, signature);
                // slither-disable-next-line arbitrary-send-erc20: the client is the sender
                IERC20(token).safeTransferFrom(client, address(this), amount);
            } else if (method == FundingMethod.Authorization) {
                _receiveWithAuthorization(jobId, token, client, amount, first, second, signature);
            } else {
                _transferByPermit2(jobId, token, client, amount, first, second, signature);
            }
        }
        _requireReceived(token, balanceBefore, amount);
    }

    /// @dev An account's key first, then ERC-1271: an account with delegated code (EIP-7702) can sign in both ways, and
    /// a plain key need not be asked for code.
    function _isSignedBy(address signer, bytes32 digest, bytes memory signature) internal view returns (bool) {
        // slither-disable-next-line unused-return: the third value only details a failure
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
    }

    function _payCredit(address token, address account, address to) private returns (uint256 amount) {
        // Checks
        amount = withdrawable[token][account];
        if (amount == 0) revert JobEscrow_NothingToWithdraw(token, account);

        // Effects
        delete withdrawable[token][account];
        emit Withdrawn(token, account, to, amount);

        // Interactions: without a gas cap, since a failure costs nobody but the caller.
        _transferOut(token, to, amount);
    }

    function _transferOut(address token, address to, uint256 amount) private {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        bool moved = IERC20(token).trySafeTransfer(to, amount);
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        // A token that debits its sender on top would pay itself out of other jobs' deposits; one that reports success
        // and moves nothing would leave money that belongs to nobody. Moving a little less is rounding.
        if (!moved || balanceAfter >= balanceBefore || balanceBefore - balanceAfter > amount) {
            revert JobEscrow_TransferFailed(token, to, amount);
        }
    }

    function _requireReceived(address token, uint256 balanceBefore, uint256 amount) private view {
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        uint256 received = balanceAfter > balanceBefore ? balanceAfter - balanceBefore : 0;
        if (received != amount) revert JobEscrow_IncorrectDeposit(token, amount, received);
    }

    /// @dev An allowance says nothing about a job: only its giver may point it at one.
    function _requireSender(address client, FundingMethod method) private view {
        if (client != _msgSender()) revert JobEscrow_FundingNotAuthorised(client, _msgSender(), method);
    }

    function _permit(address token, address client, uint256 value, uint256 deadline, bytes memory signature) private {
        (uint8 v, bytes32 r, bytes32 s) = ECDSA.parse(signature);
        // Anyone can send a permit ahead of us and make this call fail: the allowance that it left decides.
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(token).permit(client, address(this), value, deadline, v, r, s) {} catch {}
    }

    function _receiveWithAuthorization(
        uint256 jobId,
        address token,
        address client,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes memory signature
    ) private {
        bytes32 nonce = bytes32(jobId);
        if (client != _msgSender()) {
            // The token would check this too, but a worthless token need not, and could then name anyone as the
            // client of jobs that go on its record. No domain that a token can claim helps it: the nonce is this
            // job's id, which the client signs for no other purpose.
            bytes32 digest = MessageHashUtils.toTypedDataHash(
                IERC3009Receiver(token).DOMAIN_SEPARATOR(),
                keccak256(
                    abi.encode(
                        RECEIVE_WITH_AUTHORIZATION_TYPEHASH,
                        client,
                        address(this),
                        amount,
                        validAfter,
                        validBefore,
                        nonce
                    )
                )
            );
            if (!_isSignedBy(client, digest, signature)) {
                revert JobEscrow_InvalidFundingSignature(jobId, client);
            }
        }
        if (signature.length == 65 && client.code.length == 0) {
            (uint8 v, bytes32 r, bytes32 s) = ECDSA.parse(signature);
            IERC3009Receiver(token).receiveWithAuthorization(
                client,
                address(this),
                amount,
                validAfter,
                validBefore,
                nonce,
                v,
                r,
                s
            );
        } else {
            IERC3009Receiver(token).receiveWithAuthorization(
                client,
                address(this),
                amount,
                validAfter,
                validBefore,
                nonce,
                signature
            );
        }
    }

    function _transferByPermit2(
        uint256 jobId,
        address token,
        address client,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes memory signature
    ) private {
        IPermit2(PERMIT2).permitWitnessTransferFrom(
            IPermit2.PermitTransferFrom({
                permitted: IPermit2.TokenPermissions({token: token, amount: amount}),
                nonce: nonce,
                deadline: deadline
            }),
            IPermit2.SignatureTransferDetails({to: address(this), requestedAmount: amount}),
            client,
            keccak256(abi.encode(JOB_WITNESS_TYPEHASH, jobId)),
            JOB_WITNESS_TYPE,
            signature
        );
    }
}
