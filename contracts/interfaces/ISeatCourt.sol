// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IArbitrator} from "./IArbitrator.sol";
import {IBoundedArbitrator} from "./IBoundedArbitrator.sol";
import {Conduct, CourtPhase, CourtTerms, Dispute, JurorAccount, PanelView, Seat} from "../types/CourtTypes.sol";

/// @title ISeatCourt
/// @notice A court that nobody owns. Jurors buy seats, all alike. For each dispute a panel is drawn from those who held
/// seats SEAT_MATURITY before it came here; its jurors vote in secret for one of five shares, and the median rules. Whoever thinks it
/// wrong pays for a larger panel. Votes far from the final ruling, absences and leaks cost a part of the seat.
///
/// A dispute, by calls that anyone may make, within `maxDisputeDuration`:
///
/// | Phase | Lasts | Who can do what |
/// |---|---|---|
/// | Evidence | EVIDENCE_PERIOD from the opening of the round | |
/// | Seeding | at most SEED_WINDOW | anyone: `seed`, with the randomness of that moment |
/// | Commit | COMMIT_PERIOD from the seeding | jurors: `commit`; anyone: `proveLeak` |
/// | Gap | REVEAL_GAP | |
/// | Reveal | REVEAL_PERIOD | jurors: `reveal` |
/// | Appeal | APPEAL_PERIOD, after a quorum, twice at the most | anyone: `appeal`, for a fee |
/// | Redraw | APPEAL_PERIOD, without a seed or a quorum, once a round; then any vote is a quorum | anyone: `redraw` |
/// | Decided | | anyone: `conclude`, `deliverRuling`, `execute` |
///
/// Rulings are 1 to 5, for 0, 25, 50, 75 and 100 percent, or 0 if no panel ever came about (ERC-792: refused).
/// @dev Amounts are base units of TOKEN, or wei where the coin is meant (token address zero); times Unix seconds.
/// Senders are ERC-2771 senders.
interface ISeatCourt is IArbitrator, IBoundedArbitrator {
    // ─────────────────────────── events ───────────────────────────

    /// @notice A juror bought seats, numbered from `firstSeatId` on.
    event SeatsTaken(address indexed juror, uint256 firstSeatId, uint256 count);
    /// @notice A seat left the pool, by its owner's will or by a penalty.
    event SeatLeft(uint256 indexed seatId, address indexed juror, uint256 releasableAt);
    /// @notice A round was opened, or its panel is to be drawn again. The first block from `seedTime` on draws it.
    event PanelOpened(
        uint256 indexed disputeID,
        uint256 indexed panel,
        uint256 round,
        uint256 size,
        uint256 seedTime,
        address appellant
    );
    /// @notice The panel is drawn.
    event PanelDrawn(uint256 indexed disputeID, uint256 indexed panel, bytes32 seed, uint256 commitUntil);
    /// @notice A juror has voted, secretly.
    event VoteCommitted(
        uint256 indexed disputeID,
        uint256 indexed panel,
        uint256 slot,
        address indexed juror,
        bytes32 commitment
    );
    /// @notice A juror's vote is known: 0 to 4, for 0 to 100 percent.
    event VoteRevealed(
        uint256 indexed disputeID,
        uint256 indexed panel,
        uint256 slot,
        address indexed juror,
        uint256 vote
    );
    /// @notice A vote was known before its time; it is void, and its seat lost.
    event VoteLeaked(
        uint256 indexed disputeID,
        uint256 indexed panel,
        uint256 slot,
        address indexed juror,
        address prover,
        uint256 reward
    );
    /// @notice The ruling cannot change any more.
    event DisputeConcluded(uint256 indexed disputeID, uint256 ruling);
    /// @notice The ruling was given to the arbitrable contract.
    event RulingDelivered(uint256 indexed disputeID, address indexed arbitrable, uint256 ruling);
    /// @notice What a slot came to. `amount` was earned if coherent (in the coin, where that paid the panel), else taken.
    event SlotSettled(
        uint256 indexed disputeID,
        uint256 indexed panel,
        uint256 slot,
        address indexed juror,
        Conduct conduct,
        uint256 amount
    );
    /// @notice A panel's votes were settled against the ruling. The appellant's share is in what the panel was paid in;
    /// `burned` is in TOKEN and leaves by `burn`. A failed round's fees, paid back, are told by Credited.
    event PanelExecuted(uint256 indexed disputeID, uint256 indexed panel, uint256 toAppellant, uint256 burned);
    /// @notice Something waits for `withdraw`. Jurors' fees in TOKEN are told by SlotSettled instead.
    event Credited(address indexed token, address indexed account, uint256 amount);
    /// @notice A credit was paid out.
    event Withdrawn(address indexed token, address indexed account, address indexed to, uint256 amount);
    /// @notice Penalties that belong to nobody are gone.
    event Burned(address indexed token, uint256 amount);

    // ─────────────────────────── errors ───────────────────────────

    /// @notice The terms do not fit together; `reason` names the one.
    error SeatCourt_InvalidTerms(string reason);
    /// @notice No seats were asked for.
    error SeatCourt_NoSeats();
    /// @notice The sender does not own this seat.
    error SeatCourt_NotSeatsOwner(uint256 seatId, address sender);
    /// @notice The seat is not in the pool any more.
    error SeatCourt_SeatHasLeft(uint256 seatId);
    /// @notice The seat is in the pool, or may still be drawn for a dispute; 0 if it has not left.
    error SeatCourt_SeatIsLiable(uint256 seatId, uint256 releasableAt);
    /// @notice Another amount arrived than was due.
    error SeatCourt_IncorrectPayment(address token, uint256 expected, uint256 received);
    /// @notice The court is not paid in this token, or not in the coin.
    error SeatCourt_UnknownToken(address token);
    /// @notice A dispute here has exactly five choices.
    error SeatCourt_InvalidChoices(uint256 choices);
    /// @notice The court has fewer seats than it needs, both now and when the dispute's snapshot was taken; or had then
    /// fewer than half of them, or than 30.
    error SeatCourt_TooFewSeats(uint256 seats, uint256 minimum);
    /// @notice Too many panels are open. Try again when others have ended.
    error SeatCourt_TooManyOpenSlots(uint256 openSlots, uint256 maximum);
    /// @notice The dispute is in `phase`; the call needs one of those whose bits (1 << phase) are set in `allowed`.
    error SeatCourt_UnexpectedPhase(uint256 disputeID, CourtPhase phase, uint256 allowed);
    /// @notice The panel has no such slot, or the dispute no such panel.
    error SeatCourt_NoSuchSlot(uint256 disputeID, uint256 panel, uint256 slot);
    /// @notice The slot's seat belongs to another juror.
    error SeatCourt_NotDrawn(uint256 disputeID, uint256 panel, uint256 slot, address juror);
    /// @notice The juror has voted, or the vote has leaked.
    error SeatCourt_AlreadyVoted(uint256 disputeID, uint256 panel, uint256 slot);
    /// @notice That is no hash.
    error SeatCourt_InvalidCommitment(bytes32 commitment);
    /// @notice There are votes 0 to 4.
    error SeatCourt_InvalidVote(uint256 vote);
    /// @notice This is not what was committed.
    error SeatCourt_CommitmentMismatch(uint256 disputeID, uint256 panel, uint256 slot, bytes32 commitment);
    /// @notice The panel's slots are not open any more.
    error SeatCourt_SlotsReleased(uint256 disputeID, uint256 panel);
    /// @notice The panel has been settled.
    error SeatCourt_AlreadyExecuted(uint256 disputeID, uint256 panel);
    /// @notice There is nothing to withdraw.
    error SeatCourt_NothingToWithdraw(address token, address account);
    /// @notice The recipient is the zero address or this contract.
    error SeatCourt_InvalidRecipient(address to);
    /// @notice The coin could not be sent.
    error SeatCourt_TransferFailed(address to, uint256 amount);

    // ─────────────────────────── seats ───────────────────────────

    /// @notice Buys seats, by allowance. Anyone. They are drawn for disputes that come here SEAT_MATURITY from now or later.
    /// @dev Reverts with SeatCourt_NoSeats, SeatCourt_IncorrectPayment or the token's error.
    /// @param count How many.
    /// @return firstSeatId The first one's number; the others follow.
    function join(uint256 count) external returns (uint256 firstSeatId);

    /// @notice Takes seats out of the pool. Their owner only. They are drawn for no dispute that comes from now on (unless
    /// most seats have left), but for the panels of those that have come, and answer for all their votes, until UNBONDING is over.
    /// @dev Reverts with SeatCourt_NotSeatsOwner or SeatCourt_SeatHasLeft.
    /// @param seatIds The seats.
    function leave(uint256[] calldata seatIds) external;

    /// @notice Turns what is left of seats into the owner's credit. Their owner only, UNBONDING after they left.
    /// @dev Reverts with SeatCourt_NotSeatsOwner, SeatCourt_SeatIsLiable or SeatCourt_NothingToWithdraw.
    /// @param seatIds The seats.
    /// @return amount Base units credited.
    function releaseSeats(uint256[] calldata seatIds) external returns (uint256 amount);

    // ─────────────────────────── a dispute's life ───────────────────────────

    /// @notice Hands in the randomness that draws the panel. Anyone, while Seeding.
    /// @dev Reverts with SeatCourt_UnexpectedPhase or the randomness source's error.
    /// @param disputeID The dispute.
    /// @param proof What RANDOMNESS needs to prove its word for the panel's `seedTime`.
    function seed(uint256 disputeID, bytes calldata proof) external;

    /// @notice Votes in secret. The slot's juror only, once, in Commit.
    /// @dev Reverts with SeatCourt_UnexpectedPhase, SeatCourt_NoSuchSlot, SeatCourt_NotDrawn, SeatCourt_AlreadyVoted or
    /// SeatCourt_InvalidCommitment.
    /// @param disputeID The dispute.
    /// @param slot Which of the panel's slots, from 0.
    /// @param commitment `commitmentOf` the vote, with a salt that nobody else knows.
    function commit(uint256 disputeID, uint256 slot, bytes32 commitment) external;

    /// @notice Shows that a vote is known while commits are open. Anyone who knows vote and salt. The vote is void and
    /// its seat lost: a quarter goes to the sender if the seat was whole, the rest is burned.
    /// @dev Only until commits close: a juror whose clock is fast and who reveals in the gap cannot be punished for it.
    /// Reverts with SeatCourt_UnexpectedPhase or SeatCourt_CommitmentMismatch.
    /// @param disputeID The dispute.
    /// @param slot The slot.
    /// @param juror Who committed.
    /// @param vote 0 to 4.
    /// @param salt As it was committed.
    function proveLeak(uint256 disputeID, uint256 slot, address juror, uint256 vote, bytes32 salt) external;

    /// @notice Makes one's vote known. Whoever committed it, in Reveal.
    /// @dev Reverts with SeatCourt_UnexpectedPhase, SeatCourt_InvalidVote or SeatCourt_CommitmentMismatch.
    /// @param disputeID The dispute.
    /// @param slot The slot.
    /// @param vote 0 to 4, for 0, 25, 50, 75 and 100 percent.
    /// @param salt As it was committed.
    function reveal(uint256 disputeID, uint256 slot, uint256 vote, bytes32 salt) external;

    /// @notice Pays for a larger panel, by allowance. Anyone, in Appeal. If the final ruling differs from the one
    /// appealed against, the fees that the overruled panel did not earn are the appellant's.
    /// @dev Never refused for want of room: a full court must not be a way to make a ruling final. Reverts with
    /// SeatCourt_UnexpectedPhase, SeatCourt_IncorrectPayment or the token's error.
    /// @param disputeID The dispute.
    function appeal(uint256 disputeID) external;

    /// @notice Has a panel without seed or quorum drawn again. Anyone, in Redraw.
    /// @dev Reverts with SeatCourt_UnexpectedPhase.
    /// @param disputeID The dispute.
    function redraw(uint256 disputeID) external;

    /// @notice Makes room for other disputes: a panel that has finished revealing no longer counts as open. Anyone.
    /// @dev Reverts with SeatCourt_UnexpectedPhase or SeatCourt_SlotsReleased.
    /// @param disputeID The dispute.
    function releaseSlots(uint256 disputeID) external;

    /// @notice Fixes the ruling. Anyone, once Decided. `deliverRuling` and `execute` do it too.
    /// @dev Reverts with SeatCourt_UnexpectedPhase.
    /// @param disputeID The dispute.
    function conclude(uint256 disputeID) external;

    /// @notice Gives the ruling to the arbitrable contract. Anyone, once Decided, until it has succeeded once.
    /// @dev Reverts with SeatCourt_UnexpectedPhase or the arbitrable contract's error: it can be repeated.
    /// @param disputeID The dispute.
    function deliverRuling(uint256 disputeID) external;

    /// @notice Settles a panel's votes against the final ruling: fees, penalties, the appellant's refund. Anyone, once
    /// per panel, once Decided.
    /// @dev Reverts with SeatCourt_UnexpectedPhase, SeatCourt_NoSuchSlot or SeatCourt_AlreadyExecuted.
    /// @param disputeID The dispute.
    /// @param panel The panel, from 0.
    function execute(uint256 disputeID, uint256 panel) external;

    // ─────────────────────────── credits ───────────────────────────

    /// @notice Sends all of the sender's credit to any account.
    /// @dev Reverts with SeatCourt_UnknownToken, SeatCourt_InvalidRecipient, SeatCourt_NothingToWithdraw,
    /// SeatCourt_TransferFailed or the token's error.
    /// @param token TOKEN, or zero for the coin.
    /// @param to Who receives it; neither zero nor this contract.
    /// @return amount Base units sent.
    function withdraw(address token, address to) external returns (uint256 amount);

    /// @notice Sends all of an account's credit to that very account. Anyone.
    /// @dev As `withdraw`.
    /// @param token TOKEN, or zero for the coin.
    /// @param account Whose credit it is, and who receives it.
    /// @return amount Base units sent.
    function deliver(address token, address account) external returns (uint256 amount);

    /// @notice Sends penalties that belong to nobody to an address that nobody has the key of. Anyone.
    /// @dev Reverts with SeatCourt_UnknownToken or as the transfer does.
    /// @param token TOKEN, or zero for the coin.
    /// @return amount Base units sent.
    function burn(address token) external returns (uint256 amount);

    // ─────────────────────────── views ───────────────────────────

    /// @notice Where the dispute stands, and until when if nobody acts (0 if for ever). During Evidence that is when the
    /// panel can be drawn.
    function phaseOf(uint256 disputeID) external view returns (CourtPhase phase, uint256 until);
    /// @notice The dispute as it is stored.
    function disputeOf(uint256 disputeID) external view returns (Dispute memory);
    /// @notice One of its panels.
    function panelOf(uint256 disputeID, uint256 panel) external view returns (PanelView memory);
    /// @notice Who was drawn for a slot. Reverts with SeatCourt_NoSuchSlot before the panel is drawn.
    function slotOf(
        uint256 disputeID,
        uint256 panel,
        uint256 slot
    ) external view returns (uint256 seatId, address juror);
    /// @notice What is known of a slot's vote: 0 nothing, 1 to 5 a revealed vote plus one, 6 leaked, else the commitment.
    function voteOf(uint256 disputeID, uint256 panel, uint256 slot) external view returns (uint256);
    /// @notice What a juror commits to a vote with: binds chain, court, dispute, panel, slot, juror, vote and salt.
    function commitmentOf(
        uint256 disputeID,
        uint256 panel,
        uint256 slot,
        address juror,
        uint256 vote,
        bytes32 salt
    ) external view returns (bytes32);
    /// @notice The ruling as it stands: fixed once Concluded. ERC-792's optional part.
    function currentRuling(uint256 disputeID) external view returns (uint256 ruling);
    /// @notice What an appeal costs now; 0 if none is possible.
    function appealCost(uint256 disputeID) external view returns (uint256 cost);

    /// @notice A seat.
    function seatOf(uint256 seatId) external view returns (Seat memory);
    /// @notice An account's credit in TOKEN, and how its votes turned out: a juror's whole record in one read.
    function accountOf(address account) external view returns (JurorAccount memory);
    /// @notice What `account` can withdraw.
    function withdrawable(address token, address account) external view returns (uint256);
    /// @notice What `burn` would send.
    function burnable(address token) external view returns (uint256);
    /// @notice How many seats are in the pool.
    function seatCount() external view returns (uint256);
    /// @notice How many were at a moment of the past.
    function seatCountAt(uint256 time) external view returns (uint256);
    /// @notice How many slots of panels have yet to be revealed.
    function openSlots() external view returns (uint256);
    /// @notice How many disputes there have been; the last one's number.
    function disputeCount() external view returns (uint256);

    /// @notice The terms, all at once.
    function terms() external view returns (CourtTerms memory);
    /// @notice Where the randomness of draws comes from.
    function RANDOMNESS() external view returns (address);
    /// @notice What seats, fees and appeals are paid in.
    function TOKEN() external view returns (address);
    /// @notice What a seat costs.
    function SEAT_PRICE() external view returns (uint256);
    /// @notice Seconds that a seat must have been held before a dispute to be drawn for it.
    function SEAT_MATURITY() external view returns (uint256);
    /// @notice Seconds from leaving the pool until `releaseSeats`.
    function UNBONDING() external view returns (uint256);
}
