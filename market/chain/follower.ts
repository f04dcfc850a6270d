import type { Store } from "../store/open";
import type { Cursor, Segment } from "./commit";
import { commitSegments, readCursor, readMeta, rollBack, startOver, writeMeta } from "./commit";
import type { ChainEvent, Contracts } from "./events";
import { newTokens, prepareSegment } from "./prepare";
import { StateReader } from "./reads";
import type { RpcClient } from "./rpc";
import { asksTooMuch } from "./rpc";
import type { Header } from "./source";
import { BlockSource, InconsistentAnswerError } from "./source";
import type { RangeAnswer } from "./source";

export interface FollowOptions {
  /** First block to look at, not after the deployment of the contracts. */
  startBlock?: number;
  /** How many blocks a reorganisation can reach back; deeper ones make the index start over. */
  window?: number;
  /** Most blocks that are asked for at once; fewer where the endpoint cannot answer. */
  maxRange?: number;
  /** Check every block by its own hash and bloom filter, not only the latest `window`: slower, misses nothing. */
  verifyAll?: boolean;
  /** Told what a person should know: reorganisations, starting over, doubts. */
  onNotice?: (notice: string) => void;
}

/** What one step of following did. */
export type Step = "advanced" | "idle" | "undone" | "restarted";

const DEFAULT_WINDOW = 64;
const FIRST_RANGE = 50;
const MAX_RANGE = 10_000;
/** Events in one transaction, more or less: bounds the memory. */
const MANY_EVENTS = 6_000;
const FEW_EVENTS = 2_000;
/** Blocks that are followed one by one in one step. */
const BLOCKS_AT_ONCE = 32;
/** So often the same doubt must arise before the follower does something about it. */
const PATIENCE = 3;

interface Ahead {
  from: number;
  to: number;
  answer: Promise<RangeAnswer>;
}

/** Divides what a range brought at the ends of blocks, so that one transaction stays small however much came. */
function* portions({ last, events, headers }: RangeAnswer): Generator<{ last: Header; events: ChainEvent[] }> {
  let from = 0;
  for (let i = MANY_EVENTS; i < events.length; ++i) {
    const [before, here] = [events[i - 1], events[i]];
    if (i - from < MANY_EVENTS || before === undefined || before.block === here?.block) continue;
    const end = headers.get(before.block);
    if (end === undefined) continue;
    yield { last: end, events: events.slice(from, i) };
    from = i;
  }
  yield { last, events: events.slice(from) };
}

/** Follows the chain step by step. Keeps nothing that a restart would miss: what counts is in the database. */
export class Follower {
  private readonly source: BlockSource;
  private readonly reader: StateReader;
  private readonly window: number;
  private readonly maxRange: number;
  private range: number;
  private ahead: Ahead | undefined;
  private begun = false;
  private verifyAll: boolean;
  private verifyUntil = -1;
  private doubts = 0;
  private disbelief = 0;

  constructor(
    private readonly store: Store,
    rpc: RpcClient,
    private readonly contracts: Contracts,
    private readonly options: FollowOptions = {},
  ) {
    this.source = new BlockSource(rpc, contracts);
    this.reader = new StateReader(rpc, contracts);
    this.window = options.window ?? DEFAULT_WINDOW;
    this.maxRange = options.maxRange ?? MAX_RANGE;
    this.range = Math.min(FIRST_RANGE, this.maxRange);
    this.verifyAll = options.verifyAll ?? false;
  }

  /** Goes one step on. Throws what kept it from doing so; the next step tries again. */
  async step(): Promise<Step> {
    try {
      const step = await this.tryStep();
      if (step === "advanced") this.doubts = 0;
      if (step !== "idle") this.disbelief = 0;
      return step;
    } catch (error) {
      this.ahead = undefined;
      if (error instanceof InconsistentAnswerError) return await this.doubt(error);
      throw error;
    }
  }

  private async tryStep(): Promise<Step> {
    if (!this.begun) {
      const restarted = await this.begin();
      if (restarted) return "restarted";
    }
    const head = await this.source.header("latest");
    if (head === undefined) throw new InconsistentAnswerError("the endpoint has no latest block.");
    const cursor = await readCursor(this.store.writer);
    if (cursor !== undefined) {
      const step = await this.checkCursor(cursor, head);
      if (step !== "advanced") return step;
    }
    const from = cursor === undefined ? (this.options.startBlock ?? 0) : cursor.number + 1;
    if (from > head.number) {
      if (cursor !== undefined) await this.noteHead(cursor, head);
      return "idle";
    }
    const safe = head.number - this.window;
    if (from <= safe && !this.verifyAll && from > this.verifyUntil) await this.followRange(cursor, from, safe, head);
    else await this.followBlocks(cursor, from, safe, head);
    return "advanced";
  }

  /** Compares chain and contracts with those that the index is of. Answers whether it had to start over. */
  private async begin(): Promise<boolean> {
    const chainId = await this.source.chainId();
    const genesis = await this.source.header(0);
    const meta = await readMeta(this.store.writer);
    const wanted = { chainId, genesis: genesis?.hash ?? "", contracts: JSON.stringify(this.contracts) };
    const differs = Object.entries(wanted).find(([key, value]) => meta.has(key) && meta.get(key) !== value);
    if (differs !== undefined) {
      const what = { chainId: "chain", genesis: "first block", contracts: "list of contracts" }[differs[0]] ?? "chain";
      return await this.restart(`the index is of another ${what}`);
    }
    await writeMeta(this.store.writer, wanted);
    this.verifyAll ||= meta.get("verify") === "all";
    this.begun = true;
    return false;
  }

  /** "advanced" if the chain goes on from the cursor. */
  private async checkCursor(cursor: Cursor, head: Header): Promise<Step> {
    if (head.number >= cursor.number) {
      const same = head.number === cursor.number ? head : await this.source.header(cursor.number);
      if (same === undefined) {
        throw new InconsistentAnswerError(
          `the endpoint says ${head.number}, but does not have block ${cursor.number}.`,
        );
      }
      return same.hash === cursor.hash ? "advanced" : await this.reorganise(cursor, head);
    }
    // The endpoint is behind what it once told: an older node of several, or another chain by now. Its own head tells.
    const stored = await this.store.writer
      .selectFrom("blocks")
      .selectAll()
      .where("number", "<=", head.number)
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
    const [height, expected] = stored === undefined ? [0, await this.genesis()] : [stored.number, stored.hash];
    const there = height === head.number ? head : await this.source.header(height);
    if (there === undefined) throw new InconsistentAnswerError(`the endpoint does not have block ${height}.`);
    return there.hash === expected ? "idle" : await this.reorganise(cursor, head);
  }

  private async genesis(): Promise<string> {
    return (await readMeta(this.store.writer)).get("genesis") ?? "";
  }

  /** Finds the latest block that index and chain share, and takes back all after it. */
  private async reorganise(cursor: Cursor, head: Header): Promise<Step> {
    const { writer } = this.store;
    const known = await writer
      .selectFrom("blocks")
      .selectAll()
      .orderBy("number", "desc")
      .limit(4 * this.window)
      .execute();
    // Below the first block that cannot be undone, nothing can.
    const floor = known.find(({ undoable }) => undoable === 0)?.number ?? 0;
    const candidates = known.filter(({ number }) => number >= floor && number <= head.number);
    for (let i = 0; i < candidates.length; i += BLOCKS_AT_ONCE) {
      const part = candidates.slice(i, i + BLOCKS_AT_ONCE);
      const headers = await this.source.headers(part.map(({ number }) => number));
      const ancestor = headers.find((header, j) => header !== undefined && header.hash === part[j]?.hash);
      if (ancestor === undefined) continue;
      await rollBack(this.store, cursor, ancestor);
      this.notice(`the chain was reorganised: blocks ${ancestor.number + 1} to ${cursor.number} are taken back.`);
      return "undone";
    }
    // Emptying the index cannot be taken back, so one strange answer is not enough.
    if (++this.disbelief < PATIENCE) {
      throw new InconsistentAnswerError("the endpoint shows a chain that shares no recent block with the index.");
    }
    return await this.restart(`the chain shares no block of the last ${this.window} with the index`).then(
      () => "restarted",
    );
  }

  private async followRange(cursor: Cursor | undefined, from: number, safe: number, head: Header): Promise<void> {
    const ahead = this.ahead?.from === from && this.ahead.to <= safe ? this.ahead : this.fetch(from, safe);
    this.ahead = undefined;
    let answer: RangeAnswer;
    try {
      answer = await ahead.answer;
    } catch (error) {
      if (!asksTooMuch(error) || ahead.from === ahead.to) throw error;
      this.range = Math.max(1, Math.floor((ahead.to - ahead.from + 1) / 2));
      return;
    }
    this.adapt(answer.events.length);
    // The next range travels while this one is written.
    if (ahead.to < safe) this.ahead = this.fetch(ahead.to + 1, safe);
    let written = cursor;
    for (const part of portions(answer)) {
      written = await this.write(written, [{ ...part, undoable: false, at: { number: safe } }], head);
    }
  }

  private fetch(from: number, safe: number): Ahead {
    const to = Math.min(from + this.range - 1, safe);
    const answer = this.source.range(from, to);
    answer.catch(() => undefined); // whoever awaits it deals with it; nobody may, after a stop
    return { from, to, answer };
  }

  private adapt(events: number): void {
    if (events > MANY_EVENTS) this.range = Math.max(1, Math.floor(this.range / 2));
    else if (events < FEW_EVENTS) this.range = Math.min(this.maxRange, this.range * 2);
  }

  /** Follows blocks one by one: each must name the one before it as its parent. */
  private async followBlocks(cursor: Cursor | undefined, from: number, safe: number, head: Header): Promise<void> {
    const numbers: number[] = [];
    for (let n = from; n <= head.number && numbers.length < BLOCKS_AT_ONCE; ++n) numbers.push(n);
    const headers = await this.source.headers(numbers);
    const chain: Header[] = [];
    let parent = cursor?.hash;
    for (const header of headers) {
      if (header === undefined) break; // a head beyond what the endpoint has: as far as it goes
      // A development chain that makes up blocks (hardhat_mine) gives them no parent.
      if (parent !== undefined && header.parentHash !== parent && !/^0x0+$/.test(header.parentHash)) break;
      parent = header.hash;
      chain.push(header);
    }
    if (chain.length === 0) {
      throw new InconsistentAnswerError(`the endpoint says ${head.number}, but block ${from} does not follow.`);
    }
    const parts = [];
    for (const last of chain) {
      const events = await this.source.block(last);
      const undoable = last.number > safe;
      parts.push({ events, last, undoable, at: undoable ? { hash: last.hash } : { number: safe } });
    }
    await this.write(cursor, parts, head);
  }

  private async write(
    cursor: Cursor | undefined,
    parts: Parameters<typeof prepareSegment>[3][],
    head: Header,
  ): Promise<Cursor | undefined> {
    const segments: Segment[] = [];
    const disputed = new Set<string>();
    for (const part of parts) {
      segments.push(await prepareSegment(this.store, this.reader, this.contracts, part, disputed));
    }
    const tokens = await newTokens(this.store, this.reader, segments);
    const seen = { number: head.number, askedAt: Math.floor(Date.now() / 1000) };
    return await commitSegments(this.store, this.contracts, cursor, segments, seen, tokens, this.window);
  }

  private async noteHead(cursor: Cursor, head: Header): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    if (cursor.head_number === head.number && now - cursor.head_at < 5) return;
    await this.store.writer
      .updateTable("cursor")
      .set({ head_number: head.number, head_at: now })
      .where("id", "=", 1)
      .execute();
  }

  /**
   * An answer did not fit: asked again at first, then block by block by hash. If even verified blocks do not fit, what
   * came before them was incomplete, and everything is read anew, every block verified.
   */
  private async doubt(error: InconsistentAnswerError): Promise<Step> {
    ++this.doubts;
    const cursor = await readCursor(this.store.writer);
    if (this.doubts === PATIENCE) {
      this.verifyUntil = (cursor?.number ?? this.options.startBlock ?? 0) + this.range;
      this.notice(`${error.message} From here on each block is checked by itself.`);
    } else if (this.doubts >= 2 * PATIENCE && error.message.includes("left out logs") && !this.verifyAll) {
      this.verifyAll = true;
      await this.restart(`what was read before was incomplete (${error.message})`, { verify: "all" });
      return "restarted";
    }
    throw error;
  }

  private async restart(reason: string, meta: Record<string, string> = {}): Promise<true> {
    await startOver(this.store, meta);
    this.begun = false;
    this.ahead = undefined;
    this.doubts = 0;
    this.verifyUntil = -1;
    this.notice(`${reason}: the index starts over from the chain.`);
    return true;
  }

  private notice(notice: string): void {
    this.options.onNotice?.(notice);
  }
}
