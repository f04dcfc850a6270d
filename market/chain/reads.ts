import { toUtf8String } from "ethers";

import { Role } from "../../sdk/enums";
import { IERC20Metadata__factory, JobEscrow__factory, ReputationLedger__factory } from "../../sdk/bindings";
import { decodeAbi } from "./abi";
import type { Contracts } from "./events";
import { RpcError, asksTooMuch } from "./rpc";
import type { RpcClient } from "./rpc";
import { boundText, cleanText } from "./text";

/** What events do not tell of a job; all but `expiredAt` is fixed once it is funded. */
export interface JobDetails {
  description: string;
  expiredAt: number;
  clientAgentId: number;
  clientEpoch: number;
  providerAgentId: number;
  providerEpoch: number;
  token: string;
  client: string;
  provider: string;
  evaluator: string;
}

/** Names one of the ledger's records. */
export interface RecordName {
  agentId: number;
  epoch: number;
  role: "provider" | "client";
  token: string;
}

/** At which block state is read. By hash where the chain may still change, which EIP-1898 endpoints then refuse to mix up. */
export type BlockTag = "latest" | { number: number } | { hash: string };

const escrowAbi = JobEscrow__factory.createInterface();
const ledgerAbi = ReputationLedger__factory.createInterface();
const erc20Abi = IERC20Metadata__factory.createInterface();

/** Reads in one `eth_call`: both contracts have OpenZeppelin's `multicall`. */
const READS_PER_CALL = 200;
const MAX_SYMBOL = 32;
const MAX_DESCRIPTION = 10_000;

/** Reads from the contracts what their events leave out. */
export class StateReader {
  constructor(
    private readonly rpc: RpcClient,
    private readonly contracts: Contracts,
  ) {}

  async jobs(jobIds: readonly string[], at: BlockTag): Promise<Map<string, JobDetails>> {
    const calls = jobIds.map((id) => escrowAbi.encodeFunctionData("getJob", [id]));
    const answers = await this.multicall(this.contracts.escrow, calls, at);
    return new Map(
      jobIds.map((id, i) => {
        const job = decodeJob(answers[i] ?? "0x");
        return [
          id,
          {
            description: boundText(cleanText(Buffer.from(job.description.slice(2), "hex")), MAX_DESCRIPTION),
            expiredAt: Number(job.expiredAt),
            clientAgentId: Number(job.clientAgentId),
            clientEpoch: Number(job.clientEpoch),
            providerAgentId: Number(job.providerAgentId),
            providerEpoch: Number(job.providerEpoch),
            token: job.paymentToken,
            client: job.client,
            provider: job.provider,
            evaluator: job.evaluator,
          },
        ];
      }),
    );
  }

  /** How many disputes each record counts as won and lost: no event tells what an evaluator reported. */
  async disputes(records: readonly RecordName[], at: BlockTag): Promise<{ won: number; lost: number }[]> {
    const calls = records.map(({ agentId, epoch, role, token }) =>
      ledgerAbi.encodeFunctionData("settlementsOf", [
        this.contracts.escrow,
        token,
        agentId,
        epoch,
        role === "provider" ? Role.Provider : Role.Client,
      ]),
    );
    const answers = await this.multicall(this.contracts.ledger, calls, at);
    return answers.map((answer) => {
      const [facts] = ledgerAbi.decodeFunctionResult("settlementsOf", answer) as unknown as [
        { disputesWon: bigint; disputesLost: bigint },
      ];
      return { won: Number(facts.disputesWon), lost: Number(facts.disputesLost) };
    });
  }

  /** A token's symbol and decimals, as far as it has them. */
  async token(token: string): Promise<{ symbol: string | null; decimals: number | null }> {
    const [symbol, decimals] = await Promise.all([this.ask(token, "symbol"), this.ask(token, "decimals")]);
    return { symbol: symbolOf(symbol), decimals: decimalsOf(decimals) };
  }

  private async ask(to: string, name: "symbol" | "decimals"): Promise<string> {
    try {
      const data = name === "symbol" ? erc20Abi.encodeFunctionData("symbol") : erc20Abi.encodeFunctionData("decimals");
      return await this.call(to, data, "latest");
    } catch (error) {
      // It has no such function, or fails: that is the token's affair. An endpoint that does not answer is another.
      if (error instanceof RpcError || !isTransport(error)) return "0x";
      throw error;
    }
  }

  private async multicall(to: string, calls: string[], at: BlockTag): Promise<string[]> {
    const answers: string[] = [];
    for (let i = 0; i < calls.length; i += READS_PER_CALL) {
      answers.push(...(await this.readTogether(to, calls.slice(i, i + READS_PER_CALL), at)));
    }
    return answers;
  }

  /** Strangers can give their jobs texts so long that an endpoint has not the gas for many of them at once. */
  private async readTogether(to: string, calls: string[], at: BlockTag): Promise<string[]> {
    const data = escrowAbi.encodeFunctionData("multicall", [calls]);
    let answer: string;
    try {
      answer = await this.call(to, data, at);
    } catch (error) {
      if (calls.length === 1 || (isTransport(error) && !asksTooMuch(error))) throw error;
      const half = Math.ceil(calls.length / 2);
      const first = await this.readTogether(to, calls.slice(0, half), at);
      return [...first, ...(await this.readTogether(to, calls.slice(half), at))];
    }
    // A development chain that makes up blocks (hardhat_mine) has no state for them.
    if (answer === "0x" && typeof at === "object" && "number" in at) answer = await this.call(to, data, "latest");
    const [results] = decodeAbi(["bytes[]"], answer.slice(2)) as [string[]];
    return results;
  }

  private async call(to: string, data: string, at: BlockTag): Promise<string> {
    const tag =
      typeof at === "string"
        ? at
        : "hash" in at
          ? { blockHash: at.hash, requireCanonical: true }
          : `0x${at.number.toString(16)}`;
    return (await this.rpc.request({ method: "eth_call", params: [{ to, data }, tag] })) as string;
  }
}

function isTransport(error: unknown): boolean {
  return error instanceof Error && error.name === "RpcUnavailableError";
}

interface RawJob {
  paymentToken: string;
  client: string;
  provider: string;
  evaluator: string;
  description: string;
  expiredAt: bigint;
  clientAgentId: bigint;
  clientEpoch: bigint;
  providerAgentId: bigint;
  providerEpoch: bigint;
}

/** The members of the struct that `getJob` returns; its text as bytes, since it need not be UTF-8. */
const JOB_MEMBERS = escrowAbi.getFunction("getJob").outputs[0]?.components ?? [];
const JOB_TYPES = JOB_MEMBERS.map(({ type }) => (type === "string" ? "bytes" : type));

function decodeJob(answer: string): RawJob {
  // The struct has a text, so that it stands behind an offset.
  const values = decodeAbi(JOB_TYPES, answer.slice(2 + 64));
  return Object.fromEntries(JOB_MEMBERS.map(({ name }, i) => [name, values[i]])) as unknown as RawJob;
}

function symbolOf(answer: string): string | null {
  try {
    const [bytes] = decodeAbi(["bytes"], answer.slice(2)) as [string];
    const text = cleanText(Buffer.from(bytes.slice(2), "hex"));
    return text === "" ? null : boundText(text, MAX_SYMBOL);
  } catch {
    return bytes32Symbol(answer);
  }
}

/** Tokens older than the standard's final form return 32 bytes. */
function bytes32Symbol(answer: string): string | null {
  if (answer.length !== 66) return null;
  try {
    const text = toUtf8String(answer).replace(/\0+$/, "");
    return text === "" || text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

function decimalsOf(answer: string): number | null {
  if (answer.length < 66) return null;
  const decimals = BigInt(answer.slice(0, 66));
  return decimals > 255n ? null : Number(decimals);
}
