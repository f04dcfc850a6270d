// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice The terms that a court is deployed with; none of them can change. Amounts are base units of `token`,
/// periods seconds.
struct CourtTerms {
    /// What seats, jurors' fees and appeals are paid in.
    address token;
    /// What a seat costs, and so the most that it can lose. A multiple of 100.
    uint256 seatPrice;
    /// For each vote that turns out coherent.
    uint256 fee;
    /// The same in wei, for disputes that are paid in the chain's coin; 0 if there are none.
    uint256 coinFee;
    /// Needed now or `seatMaturity` ago, and half of it (30 at least) then.
    uint256 minSeats;
    /// From the opening of a round to the moment whose randomness draws its panel.
    uint256 evidencePeriod;
    /// How long that randomness can be handed in.
    uint256 seedWindow;
    uint256 commitPeriod;
    /// Between the last commit and the first reveal.
    uint256 revealGap;
    uint256 revealPeriod;
    /// For an appeal, and for drawing a failed panel again.
    uint256 appealPeriod;
    /// How long before a dispute a seat must have been held to be drawn for it.
    uint256 seatMaturity;
    /// From leaving the pool to taking the stake home.
    uint256 unbonding;
}

/// @notice Where a dispute stands.
enum CourtPhase {
    /// There is no such dispute.
    None,
    /// Arguments are exchanged; the panel cannot be known yet.
    Evidence,
    /// Anyone may hand in the randomness that draws the panel.
    Seeding,
    Commit,
    /// Commits are closed, reveals not yet open.
    Gap,
    Reveal,
    /// Anyone may pay for a larger panel.
    Appeal,
    /// The panel failed; anyone may have it drawn again, once.
    Redraw,
    /// Nothing can change the ruling any more.
    Decided,
    /// The ruling is fixed.
    Concluded,
    /// The ruling has been given to the arbitrable contract.
    Ruled
}

/// @notice A dispute as it is stored: one slot. Times of 40 bits last until the year 36,812.
struct Dispute {
    // slot 0
    address arbitrable;
    uint40 createdAt;
    /// How many panels there have been; the last one is the current one.
    uint8 panels;
    /// 0 for the first, 1 and 2 for appeals.
    uint8 round;
    /// Whether the current panel is this round's second.
    bool redrawn;
    /// The last valid panel's, or 0: as in ERC-792.
    uint8 ruling;
    /// None while it lives, then Concluded, then Ruled.
    CourtPhase ending;
    /// Whether the first round was paid in the chain's coin.
    bool paidInCoin;
}

/// @notice A panel as it is stored: two slots and one per vote; a third if it was paid for by an appeal.
struct Panel {
    // slot 0: zero until drawn
    bytes32 seed;
    // slot 1
    /// The first block from this moment on gives the seed.
    uint40 seedTime;
    /// When that was handed in; commits run from here.
    uint40 seededAt;
    uint8 size;
    uint8 round;
    /// Five counts of 8 bits, lowest share first.
    uint40 tally;
    /// Whether its slots count as open.
    bool open;
    bool executed;
    /// Whether it is its round's second.
    bool redrawn;
    // slot 2
    address appellant;
    /// Per slot: 0, a commitment, a revealed vote plus one, or LEAKED.
    mapping(uint256 slot => uint256) votes;
}

/// @notice A panel as it is told.
struct PanelView {
    bytes32 seed;
    uint256 seedTime;
    uint256 seededAt;
    uint256 size;
    uint256 round;
    /// Votes revealed for 0, 25, 50, 75 and 100 percent.
    uint256[5] tally;
    bool executed;
    address appellant;
}

/// @notice A seat: one slot. Its owner never changes.
struct Seat {
    address owner;
    /// Its place in the pool, counted from 1; 0 if it is not in it.
    uint40 place;
    /// From when on its stake can be taken home; 0 while it is in the pool.
    uint40 releasableAt;
    /// Percent of the seat's price that are left.
    uint8 left;
}

/// @notice What the court owes an account, and how its votes turned out: one slot.
/// @dev 2^32 votes cannot be paid for; the credit is bounded by what the court took in (see SeatPool).
struct JurorAccount {
    uint128 credit;
    uint32 coherent;
    uint32 incoherent;
    uint32 absent;
    uint32 leaked;
}

/// @notice How a slot's juror behaved.
enum Conduct {
    Coherent,
    Incoherent,
    Absent,
    Leaked
}
