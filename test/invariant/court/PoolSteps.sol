// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISeatCourt} from "../../../contracts/interfaces/ISeatCourt.sol";
import {CourtBooks} from "./CourtBooks.sol";

/// @notice Jurors come and go.
abstract contract PoolSteps is CourtBooks {
    /// @dev What the pool is kept at, so that a campaign has cases and its loops an end.
    uint256 private constant FEW_SEATS = 40;
    uint256 private constant MANY_SEATS = 64;
    uint256 private constant MOST_SEATS_EVER = 160;

    function join(uint256 seed) external step(seed) {
        bool mayGrow = poolSize < MANY_SEATS && seats.length < MOST_SEATS_EVER;
        _join(_juror(), mayGrow ? _between(1, poolSize < FEW_SEATS ? 12 : 4) : 0);
    }

    function leave(uint256 seed) external step(seed) {
        address juror = _juror();
        // Now and then more than the court can spare.
        uint256 howMany =
            _oneIn(8)
                ? 20
                : poolSize > FEW_SEATS
                    ? _between(1, 3)
                    : 1;
        _leave(juror, _someSeats(juror, howMany, false));
    }

    function release(uint256 seed) external step(seed) {
        address juror = _juror();
        _release(juror, _someSeats(juror, _between(1, 4), true));
    }

    // ─────────────────────────── verbs ───────────────────────────

    function _join(address juror, uint256 count) internal {
        (bool success, bytes memory result) = _call(juror, abi.encodeCall(ISeatCourt.join, (count)));
        _expect("join", count != 0, success);
        if (!success) return;
        if (abi.decode(result, (uint256)) != seats.length) _fail("a seat has another number");
        for (uint256 i = 0; i < count; ++i) _takeIn(juror);
        stakes += count * SEAT_PRICE;
    }

    function _leave(address juror, uint256[] memory seatIds) internal {
        bool allowed = true;
        for (uint256 i = 0; i < seatIds.length; ++i) {
            ModelSeat memory seat = _seatOrNone(seatIds[i]);
            if (seat.owner != juror || seat.leftAt != 0 || _occurs(seatIds, i)) allowed = false;
        }
        (bool success, ) = _call(juror, abi.encodeCall(ISeatCourt.leave, (seatIds)));
        _expect("leave", allowed, success);
        if (!success) _count("leave refused");
        if (success) for (uint256 i = 0; i < seatIds.length; ++i) _takeOut(seatIds[i]);
    }

    /// @dev Invariant 7.
    function _release(address juror, uint256[] memory seatIds) internal {
        bool allowed = true;
        uint256 percent = 0;
        for (uint256 i = 0; i < seatIds.length; ++i) {
            ModelSeat memory seat = _seatOrNone(seatIds[i]);
            bool isFree = seat.leftAt != 0 && clock >= seat.leftAt + UNBONDING;
            if (seat.owner != juror || !isFree) allowed = false;
            if (!_occurs(seatIds, i)) percent += seat.left;
        }
        (bool success, ) = _call(juror, abi.encodeCall(ISeatCourt.releaseSeats, (seatIds)));
        _expect("releaseSeats", allowed && percent != 0, success);
        if (!success) {
            _count(allowed ? "release of nothing refused" : "release of a liable seat refused");
            return;
        }
        for (uint256 i = 0; i < seatIds.length; ++i) {
            if (_isLiable(seatIds[i])) _fail("a seat was released that answers for an open dispute");
            if (seats[seatIds[i]].left < 100) _count("rest of a penalised seat released");
            seats[seatIds[i]].left = 0;
        }
        stakes -= (percent * SEAT_PRICE) / 100;
        _credit(juror, (percent * SEAT_PRICE) / 100);
    }

    // ─────────────────────────── which ───────────────────────────

    /// @dev Seats of the juror's, in the pool or out of it, and sometimes one that is neither, or the same again.
    function _someSeats(address juror, uint256 howMany, bool haveLeft) private returns (uint256[] memory found) {
        found = new uint256[](howMany);
        uint256 count = 0;
        uint256 first = _below(seats.length);
        for (uint256 i = 0; i < seats.length && count < howMany; ++i) {
            uint256 id = (first + i) % seats.length;
            if (seats[id].owner == juror && (seats[id].leftAt != 0) == haveLeft) found[count++] = id;
        }
        if (count < howMany && _oneIn(8)) found[count++] = _below(seats.length + 1);
        if (count != 0 && count < howMany && _oneIn(8)) found[count++] = found[0];
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    function _seatOrNone(uint256 seatId) private view returns (ModelSeat memory seat) {
        if (seatId < seats.length) seat = seats[seatId];
    }

    /// @dev Whether the seat at `index` was named before.
    function _occurs(uint256[] memory seatIds, uint256 index) private pure returns (bool) {
        for (uint256 i = 0; i < index; ++i) if (seatIds[i] == seatIds[index]) return true;
        return false;
    }
}
