import type { ChainEvent, Contracts, ContractKind, RawLog } from "./events";
import { FOLLOWED_TOPICS, contractKinds, decodeLog } from "./events";
import { addressFilter } from "./bloom";
import type { RpcClient } from "./rpc";

/** A block's header, as far as following needs it. */
export interface Header {
  number: number;
  hash: string;
  parentHash: string;
  time: number;
  logsBloom?: string;
  /** Whether the block has transactions; without any it has no logs. */
  empty: boolean;
}

/** What was asked does not fit together: logs are missing, or the chain changed in between. Ask again. */
export class InconsistentAnswerError extends Error {
  override readonly name = "InconsistentAnswerError";
}

interface RawBlock {
  number: string;
  hash: string;
  parentHash: string;
  timestamp: string;
  logsBloom?: string;
  transactions?: unknown[];
}

/** What a range of blocks brought. */
export interface RangeAnswer {
  events: ChainEvent[];
  last: Header;
  /** Of the last block and of all with events. */
  headers: ReadonlyMap<number, Header>;
}

/** Reads blocks and the followed contracts' events from an endpoint, and believes it only as far as it can check. */
export class BlockSource {
  private readonly kinds: Map<string, ContractKind>;
  private readonly mayLog: (logsBloom: string | undefined) => boolean;

  constructor(
    private readonly rpc: RpcClient,
    contracts: Contracts,
  ) {
    this.kinds = contractKinds(contracts);
    this.mayLog = addressFilter([...this.kinds.keys()]);
  }

  async chainId(): Promise<string> {
    return BigInt((await this.rpc.request({ method: "eth_chainId", params: [] })) as string).toString();
  }

  /** A block's header; undefined if the endpoint does not have it. */
  async header(block: number | "latest"): Promise<Header | undefined> {
    const [header] = await this.headers([block]);
    return header;
  }

  async headers(blocks: readonly (number | "latest")[]): Promise<(Header | undefined)[]> {
    const answers = await this.rpc.requestAll(
      blocks.map((block) => ({
        method: "eth_getBlockByNumber",
        params: [block === "latest" ? block : hex(block), false],
      })),
    );
    return answers.map((answer, i) => {
      if (answer === null) return undefined;
      const header = toHeader(answer as RawBlock);
      const asked = blocks[i];
      if (asked !== "latest" && header.number !== asked) {
        throw new InconsistentAnswerError(`the endpoint gave block ${header.number} for block ${asked}.`);
      }
      return header;
    });
  }

  /**
   * All events from one block to another, with one request for the logs. For blocks that no reorganisation reaches:
   * the range's last header must be there, every block with logs is asked for, its hash compared, and its bloom filter
   * must admit the logs. A log that the endpoint leaves out without leaving a gap is not noticed here.
   */
  async range(from: number, to: number): Promise<RangeAnswer> {
    const logs = await this.logs({ fromBlock: hex(from), toBlock: hex(to) });
    const numbers = [...new Set([...logs.map(({ blockNumber }) => Number(blockNumber)), to])];
    const headers = new Map<number, Header>();
    for (const [i, header] of (await this.headers(numbers)).entries()) {
      if (header === undefined) {
        throw new InconsistentAnswerError(`the endpoint does not have block ${numbers[i]}, though its head is beyond.`);
      }
      headers.set(header.number, header);
    }
    const last = headers.get(to);
    if (last === undefined) throw new InconsistentAnswerError(`the endpoint does not have block ${to}.`);
    for (const log of logs) {
      const number = Number(log.blockNumber);
      const header = headers.get(number);
      if (number < from || number > to || header?.hash !== log.blockHash || !this.mayLog(header.logsBloom)) {
        throw new InconsistentAnswerError(`the endpoint gave a log for block ${number} that is not of that block.`);
      }
    }
    return { last, headers, events: this.decode(logs, (log) => headers.get(Number(log.blockNumber))?.time ?? 0) };
  }

  /**
   * The events of one block, asked for by its hash, so that they are of that block or an error. Where the bloom filter
   * says that none of our contracts logged, nothing is asked; where it says that one may have and no log comes, the
   * question is asked once more.
   */
  async block(header: Header): Promise<ChainEvent[]> {
    if (header.empty || !this.mayLog(header.logsBloom)) return [];
    let logs = await this.logs({ blockHash: header.hash });
    if (logs.length === 0) logs = await this.logs({ blockHash: header.hash });
    if (logs.some(({ blockHash }) => blockHash !== header.hash)) {
      throw new InconsistentAnswerError(`the endpoint gave logs of another block than ${header.number}.`);
    }
    return this.decode(logs, () => header.time);
  }

  private async logs(filter: object): Promise<RawLog[]> {
    const address = [...this.kinds.keys()];
    const params = [{ ...filter, address, topics: [FOLLOWED_TOPICS] }];
    const answer = await this.rpc.request({ method: "eth_getLogs", params });
    if (!Array.isArray(answer)) throw new InconsistentAnswerError("the endpoint answered eth_getLogs without a list.");
    return answer as RawLog[];
  }

  private decode(logs: RawLog[], timeOf: (log: RawLog) => number): ChainEvent[] {
    const events: ChainEvent[] = [];
    for (const log of logs) {
      const kind = this.kinds.get(log.address.toLowerCase());
      if (kind === undefined || log.removed === true) {
        throw new InconsistentAnswerError("the endpoint gave a log that is removed, or of a contract not asked for.");
      }
      const event = decodeLog(log, kind, timeOf(log));
      if (event !== undefined) events.push(event);
    }
    events.sort((a, b) => a.block - b.block || a.logIndex - b.logIndex);
    events.forEach(({ block, logIndex }, i) => {
      const before = events[i - 1];
      if (before?.block === block && before.logIndex === logIndex) {
        throw new InconsistentAnswerError(`the endpoint gave log ${logIndex} of block ${block} twice.`);
      }
    });
    return events;
  }
}

function toHeader(block: RawBlock): Header {
  return {
    number: Number(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    time: Number(block.timestamp),
    logsBloom: block.logsBloom,
    empty: block.transactions?.length === 0,
  };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
