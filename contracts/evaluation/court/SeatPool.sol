// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {ISeatCourt} from "../../interfaces/ISeatCourt.sol";
import {Conduct, CourtTerms, JurorAccount, Seat} from "../../types/CourtTypes.sol";

// What is compared by equality below are numbers and phases; the structs that they stand in also hold times, which is
// what the detector sees.
// slither-disable-start incorrect-equality

/// @title SeatPool
/// @notice The court's seats, its jurors' records, and all money that it holds for somebody. Knows of disputes only how
/// many there are, and how many slots are open.
/// @dev The pool is a list of places without gaps: whoever leaves, the last seat takes the place. Who sat where, and
/// how many there were, stays readable for any moment of the past, so that a draw needs to store nothing.
/// Safety: the token is trusted to keep its balances, as each party that chooses the court chooses it. It may refuse
/// transfers; what it refuses waits with its owner.
abstract contract SeatPool is ISeatCourt, ERC2771Context, ReentrancyGuardTransient {
    using Checkpoints for Checkpoints.Trace160;
    using SafeERC20 for IERC20;

    /// @dev One slot: what nearly every call reads or writes together.
    struct Totals {
        uint40 disputes;
        uint40 openSlots;
        uint40 seats;
        uint40 places;
        /// Base units of the token. 96 bits hold 79,000 million tokens of 18 decimals; beyond, it just stays here.
        uint96 burnable;
    }

    uint256 internal constant PERCENT = 100;
    uint256 private constant PROVER_SHARE = 4;
    /// @dev Not the zero address, which common stablecoins refuse.
    address private constant BURNT = 0x000000000000000000000000000000000000dEaD;

    /// @inheritdoc ISeatCourt
    address public immutable TOKEN;
    /// @inheritdoc ISeatCourt
    uint256 public immutable SEAT_PRICE;
    /// @inheritdoc ISeatCourt
    uint256 public immutable SEAT_MATURITY;
    /// @inheritdoc ISeatCourt
    uint256 public immutable UNBONDING;

    Totals internal _totals;
    uint256 private _coinBurnable;
    mapping(uint256 seatId => Seat) private _seats;
    mapping(uint256 place => Checkpoints.Trace160) private _seatAt;
    Checkpoints.Trace160 private _placeCount;
    mapping(address account => JurorAccount) private _accounts;
    mapping(address account => uint256) private _coinCredits;

    constructor(CourtTerms memory terms) {
        TOKEN = terms.token;
        SEAT_PRICE = terms.seatPrice;
        SEAT_MATURITY = terms.seatMaturity;
        UNBONDING = terms.unbonding;
    }

    // ─────────────────────────── seats ───────────────────────────

    /// @inheritdoc ISeatCourt
    function join(uint256 count) external nonReentrant returns (uint256 firstSeatId) {
        // Checks
        if (count == 0) revert SeatCourt_NoSeats();
        address juror = _msgSender();

        // Effects
        Totals memory totals = _totals;
        firstSeatId = totals.seats + 1;
        for (uint256 i = 0; i < count; ++i) {
            // 2^40 seats cannot be paid for.
            uint256 seatId = ++totals.seats;
            uint256 place = ++totals.places;
            _seats[seatId] = Seat({owner: juror, place: uint40(place), releasableAt: 0, left: uint8(PERCENT)});
            _write(_seatAt[place], seatId);
        }
        _totals = totals;
        _write(_placeCount, totals.places);
        emit SeatsTaken(juror, firstSeatId, count);

        // Interactions
        _collect(juror, count * SEAT_PRICE);
    }

    /// @inheritdoc ISeatCourt
    function leave(uint256[] calldata seatIds) external nonReentrant {
        for (uint256 i = 0; i < seatIds.length; ++i) {
            _requireOwner(seatIds[i]);
            if (_seats[seatIds[i]].place == 0) revert SeatCourt_SeatHasLeft(seatIds[i]);
            _removeFromPool(seatIds[i]);
        }
    }

    /// @inheritdoc ISeatCourt
    function releaseSeats(uint256[] calldata seatIds) external nonReentrant returns (uint256 amount) {
        for (uint256 i = 0; i < seatIds.length; ++i) {
            // Checks
            uint256 seatId = seatIds[i];
            _requireOwner(seatId);
            Seat storage seat = _seats[seatId];
            if (seat.place != 0 || block.timestamp < seat.releasableAt) {
                revert SeatCourt_SeatIsLiable(seatId, seat.releasableAt);
            }

            // Effects
            amount += _valueOf(seat.left);
            seat.left = 0;
        }
        if (amount == 0) revert SeatCourt_NothingToWithdraw(TOKEN, _msgSender());
        _credit(_msgSender(), amount);
    }

    // ─────────────────────────── money ───────────────────────────

    /// @inheritdoc ISeatCourt
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        if (to == address(0) || to == address(this)) revert SeatCourt_InvalidRecipient(to);
        return _payCredit(token, _msgSender(), to);
    }

    /// @inheritdoc ISeatCourt
    function deliver(address token, address account) external nonReentrant returns (uint256 amount) {
        return _payCredit(token, account, account);
    }

    /// @inheritdoc ISeatCourt
    function burn(address token) external nonReentrant returns (uint256 amount) {
        _requireKnown(token);
        if (token == TOKEN) {
            amount = _totals.burnable;
            _totals.burnable = 0;
        } else {
            amount = _coinBurnable;
            _coinBurnable = 0;
        }
        emit Burned(token, amount);
        _send(token, BURNT, amount);
    }

    // ─────────────────────────── views ───────────────────────────

    /// @inheritdoc ISeatCourt
    function seatOf(uint256 seatId) external view returns (Seat memory) {
        return _seats[seatId];
    }

    /// @inheritdoc ISeatCourt
    function accountOf(address account) external view returns (JurorAccount memory) {
        return _accounts[account];
    }

    /// @inheritdoc ISeatCourt
    function withdrawable(address token, address account) external view returns (uint256) {
        _requireKnown(token);
        return token == TOKEN ? _accounts[account].credit : _coinCredits[account];
    }

    /// @inheritdoc ISeatCourt
    function burnable(address token) external view returns (uint256) {
        _requireKnown(token);
        return token == TOKEN ? _totals.burnable : _coinBurnable;
    }

    /// @inheritdoc ISeatCourt
    function seatCount() external view returns (uint256) {
        return _totals.places;
    }

    /// @inheritdoc ISeatCourt
    function seatCountAt(uint256 time) public view returns (uint256) {
        return _placeCount.upperLookup(uint96(time));
    }

    /// @inheritdoc ISeatCourt
    function openSlots() external view returns (uint256) {
        return _totals.openSlots;
    }

    // ─────────────────────────── for the court ───────────────────────────

    /// @dev The seat that stood at a place (from 1) at a moment.
    function _seatAtPlace(uint256 place, uint256 time) internal view returns (uint256 seatId) {
        return _seatAt[place].upperLookup(uint96(time));
    }

    function _ownerOf(uint256 seatId) internal view returns (address) {
        return _seats[seatId].owner;
    }

    /// @dev Whether a seat was out of the pool at a moment. Never changes for a moment of the past.
    function _hasLeftBy(uint256 seatId, uint256 time) internal view returns (bool) {
        Seat storage seat = _seats[seatId];
        return seat.place == 0 && seat.releasableAt <= time + UNBONDING;
    }

    /// @notice Takes a part of a seat's price, or what is left of it, and the seat out of the pool: a seat that is not
    /// whole cannot answer for its votes.
    /// @return amount Base units taken. The caller owes them to somebody.
    function _penalise(uint256 seatId, uint256 percent) internal returns (uint256 amount) {
        uint256 left = _seats[seatId].left;
        uint256 remaining = left > percent ? left - percent : 0;
        _seats[seatId].left = uint8(remaining); // no more than it was
        if (_seats[seatId].place != 0) _removeFromPool(seatId);
        return _valueOf(left - remaining);
    }

    /// @dev Adds to an account's record, and to its credit.
    function _reward(address juror, Conduct conduct, uint256 amount) internal {
        JurorAccount memory account = _accounts[juror];
        if (conduct == Conduct.Coherent) ++account.coherent;
        else if (conduct == Conduct.Incoherent) ++account.incoherent;
        else if (conduct == Conduct.Absent) ++account.absent;
        else ++account.leaked;
        account.credit += uint128(amount); // bounded by what was paid in
        _accounts[juror] = account;
    }

    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        _accounts[account].credit += uint128(amount); // bounded by what was paid in
        emit Credited(TOKEN, account, amount);
    }

    function _creditCoin(address account, uint256 amount) internal {
        if (amount == 0) return;
        _coinCredits[account] += amount;
        emit Credited(address(0), account, amount);
    }

    function _creditIn(bool coin, address account, uint256 amount) internal {
        if (coin) _creditCoin(account, amount);
        else _credit(account, amount);
    }

    function _addBurnable(uint256 amount) internal {
        if (amount != 0) _totals.burnable = uint96(Math.min(_totals.burnable + amount, type(uint96).max));
    }

    function _addBurnableCoin(uint256 amount) internal {
        if (amount != 0) _coinBurnable += amount;
    }

    /// @dev A whole seat for a leak: a quarter to whoever proved it, so that leaking to oneself loses three. Of a seat
    /// that has lost a part before, nothing: it could otherwise be cheaper to leak than to be absent.
    function _seizeForLeak(uint256 seatId, address prover) internal returns (uint256 reward) {
        uint256 amount = _penalise(seatId, PERCENT);
        reward = amount == SEAT_PRICE ? amount / PROVER_SHARE : 0;
        _credit(prover, reward);
        _addBurnable(amount - reward);
    }

    /// @dev Takes exactly `amount` of the token from the sender, or reverts.
    function _collect(address from, uint256 amount) internal {
        uint256 balanceBefore = IERC20(TOKEN).balanceOf(address(this));
        // slither-disable-next-line arbitrary-send-erc20: the payer is the sender
        IERC20(TOKEN).safeTransferFrom(from, address(this), amount);
        uint256 received = IERC20(TOKEN).balanceOf(address(this)) - balanceBefore;
        if (received != amount) revert SeatCourt_IncorrectPayment(TOKEN, amount, received);
    }

    // ─────────────────────────── inside ───────────────────────────

    function _removeFromPool(uint256 seatId) private {
        Seat storage seat = _seats[seatId];
        uint256 place = seat.place;
        uint256 lastPlace = _totals.places;
        if (place != lastPlace) {
            uint256 movedSeatId = _seatAt[lastPlace].latest();
            _seats[movedSeatId].place = uint40(place);
            _write(_seatAt[place], movedSeatId);
        }
        _totals.places = uint40(lastPlace - 1);
        _write(_placeCount, lastPlace - 1);
        uint256 releasableAt = block.timestamp + UNBONDING;
        (seat.place, seat.releasableAt) = (0, uint40(releasableAt));
        emit SeatLeft(seatId, seat.owner, releasableAt);
    }

    function _write(Checkpoints.Trace160 storage trace, uint256 value) private {
        // slither-disable-next-line unused-return: the values before and after are known
        trace.push(uint96(block.timestamp), uint160(value)); // seat numbers and counts have 40 bits
    }

    function _payCredit(address token, address account, address to) private returns (uint256 amount) {
        // Checks
        _requireKnown(token);
        amount = token == TOKEN ? _accounts[account].credit : _coinCredits[account];
        if (amount == 0) revert SeatCourt_NothingToWithdraw(token, account);

        // Effects
        if (token == TOKEN) _accounts[account].credit = 0;
        else delete _coinCredits[account];
        emit Withdrawn(token, account, to, amount);

        // Interactions
        _send(token, to, amount);
    }

    function _send(address token, address to, uint256 amount) private {
        if (token == TOKEN) {
            IERC20(TOKEN).safeTransfer(to, amount);
            return;
        }
        // slither-disable-next-line arbitrary-send-eth: what is owed to an account goes where that account says
        (bool sent, ) = to.call{value: amount}(""); // solhint-disable-line avoid-low-level-calls
        if (!sent) revert SeatCourt_TransferFailed(to, amount);
    }

    function _requireOwner(uint256 seatId) private view {
        address owner = _seats[seatId].owner;
        if (owner != _msgSender()) revert SeatCourt_NotSeatsOwner(seatId, _msgSender());
    }

    function _requireKnown(address token) private view {
        if (token != TOKEN && token != address(0)) revert SeatCourt_UnknownToken(token);
    }

    function _valueOf(uint256 percent) private view returns (uint256) {
        // slither-disable-next-line divide-before-multiply: exact, see below
        return (SEAT_PRICE / PERCENT) * percent; // the price is a multiple of 100
    }
}

// slither-disable-end incorrect-equality
