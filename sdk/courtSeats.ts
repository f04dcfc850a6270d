import type { SeatCourt } from "../typechain-types";

/** A juror's seat, as it stands. */
export interface CourtSeat {
  readonly id: bigint;
  /** Whether it can be drawn for new disputes. */
  readonly inPool: boolean;
  /** From when on its stake can be taken home, in Unix seconds; undefined while it is in the pool. */
  readonly releasableAt: bigint | undefined;
  /** What is left of its price, in base units. */
  readonly stake: bigint;
}

/** All seats that an account ever bought. Needs an endpoint that searches the whole chain for events. */
export async function readSeats(court: SeatCourt, account: string): Promise<CourtSeat[]> {
  const [bought, seatPrice] = await Promise.all([
    court.queryFilter(court.filters.SeatsTaken(account)),
    court.SEAT_PRICE(),
  ]);
  const ids = bought.flatMap(({ args }) =>
    Array.from({ length: Number(args.count) }, (_, index) => args.firstSeatId + BigInt(index)),
  );
  return Promise.all(
    ids.map(async (id) => {
      const { place, releasableAt, left } = await court.seatOf(id);
      const inPool = place !== 0n;
      return { id, inPool, releasableAt: inPool ? undefined : releasableAt, stake: (seatPrice / 100n) * left };
    }),
  );
}
