import type { FeeData, TransactionRequest, Wallet } from "ethers";
import { Transaction, concat, formatEther, formatUnits, id } from "ethers";

import { walletImplementation } from "../../sdk/create2";
import { explainError, explainRevert, revertDataOf } from "../../sdk/errors";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { MarketAddresses } from "../../sdk/market";
import type { RelayRequest } from "../../sdk/relay";
import { describeRelay, relayCall, relayDigest } from "../../sdk/relay";
import { isWalletCode } from "../../sdk/wallets";
import type { RelayEntry, RelayJournal, SignedRelay } from "./relayJournal";

/** What a relayer asks of a chain; any ethers provider of a JSON-RPC endpoint will do. */
export interface RelayChain {
  send(method: string, params: unknown[]): Promise<unknown>;
  call(transaction: TransactionRequest): Promise<string>;
  estimateGas(transaction: TransactionRequest): Promise<bigint>;
  getCode(address: string): Promise<string>;
  getBalance(address: string): Promise<bigint>;
  getFeeData(): Promise<FeeData>;
  getTransactionCount(address: string, blockTag: string): Promise<number>;
  broadcastTransaction(raw: string): Promise<unknown>;
}

/** What the relayer spends at most, in wei. */
export interface RelayLimits {
  /** For a unit of gas. */
  readonly maxGasPrice: bigint;
  /** For one request. */
  readonly maxCost: bigint;
  /** For all that its journal has and will have. */
  readonly budget: bigint;
}

export interface RelayerOptions {
  readonly chain: RelayChain;
  readonly chainId: bigint;
  /** Signs and pays. */
  readonly account: Wallet;
  readonly market: MarketAddresses;
  /** Further wallets and receivers of forwarded calls. */
  readonly allowed: readonly string[];
  readonly journal: RelayJournal;
  readonly limits: RelayLimits;
  /** Seconds to wait for a transaction's block. */
  readonly patience: number;
}

/** What became of a request. Refused: nothing was sent, and the journal knows nothing of it. */
export interface RelayOutcome {
  readonly digest: string;
  readonly action: string;
  readonly outcome: "mined" | "failed" | "refused";
  readonly transaction?: string;
  /** Wei. */
  readonly cost: bigint;
  readonly reason?: string;
}

/** What is told of a transaction that is on the chain. */
interface RawReceipt {
  readonly status: string;
  readonly gasUsed: string;
  readonly effectiveGasPrice: string;
  /** On chains that bill for their data apart. */
  readonly l1Fee?: string;
}

const POLL_MILLISECONDS = 200;
const FAILED_CALL = id("FailedCall()").slice(0, 10);

/**
 * Sends what others signed, and pays for it. Simulates first and refuses what would fail; sends one transaction after the
 * other; and writes each into the journal before it leaves, so that after a crash the very same one is sent again and
 * never a second one, whatever the crash came between.
 */
export class Relayer {
  readonly #options: RelayerOptions;

  constructor(options: RelayerOptions) {
    this.#options = options;
  }

  /** Ends what an earlier run began. */
  async resume(): Promise<RelayOutcome[]> {
    const outcomes: RelayOutcome[] = [];
    for (const entry of this.#options.journal.unfinished) outcomes.push(await this.#resume(entry));
    return outcomes;
  }

  /** Carries a request out, or tells what became of it before. */
  async relay(request: RelayRequest): Promise<RelayOutcome> {
    const { journal } = this.#options;
    const known = journal.find(relayDigest(request));
    if (known !== undefined) return this.#resume(known);
    let cost: { gasLimit: bigint; gasPrice: bigint };
    try {
      await this.#requireKnownTarget(request);
      await this.#simulate(request);
      cost = await this.#price(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const [digest, action] = [relayDigest(request), describeRelay(request)];
      return { digest, action, outcome: "refused", cost: 0n, reason: error.message };
    }
    const entry: RelayEntry = { request, state: "accepted", ...cost };
    journal.write(entry);
    return this.#send(entry);
  }

  async #resume(entry: RelayEntry): Promise<RelayOutcome> {
    if (entry.state === "mined" || entry.state === "failed") return outcomeOf(entry, entry.state);
    if (entry.signed !== undefined) return this.#deliver(entry, entry.signed);
    // Nothing was signed, and time has passed.
    try {
      await this.#simulate(entry.request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#end({ ...entry, state: "failed", cost: 0n, reason: error.message });
    }
    return this.#send(entry);
  }

  /** The market's own forwarder and contracts, and wallets whose code is the factory's. */
  async #requireKnownTarget(request: RelayRequest): Promise<void> {
    const { chain, chainId, market, allowed } = this.#options;
    if (request.chainId !== chainId) {
      throw new Refusal(`the request is for chain ${request.chainId}, and this relayer is on ${chainId}.`);
    }
    if (request.kind === "forward") {
      if (request.forwarder !== market.forwarder) {
        throw new Refusal(`${request.forwarder} is not the market's forwarder, which is ${market.forwarder}.`);
      }
      if (request.request.value !== 0n)
        throw new Refusal("the call would take the relayer's coin along: sign it without.");
      const { to } = request.request;
      if (![market.registry, market.ledger, market.escrow, ...allowed].includes(to)) {
        throw new Refusal(`${to} is none of the market's contracts: name it with --allow if you relay for it.`);
      }
      return;
    }
    if (allowed.includes(request.wallet)) return;
    const code = await this.#ask(() => chain.getCode(request.wallet));
    if (!isWalletCode(code, walletImplementation(market.walletFactory))) {
      throw new Refusal(
        `${request.wallet} is no wallet of the market's factory: name it with --allow if you relay for it.`,
      );
    }
  }

  async #simulate(request: RelayRequest): Promise<void> {
    const { chain, account } = this.#options;
    try {
      await chain.call({ from: account.address, ...relayCall(request) });
    } catch (error) {
      const data = revertDataOf(error);
      if (data === undefined) throw error;
      if (request.kind === "forward" && data === FAILED_CALL) throw new Refusal(await this.#reasonOf(request.request));
      throw new Refusal(explainRevert(data));
    }
  }

  /** The forwarder does not say why a call failed: ask what it called. */
  async #reasonOf({ from, to, data, gas }: { from: string; to: string; data: string; gas: bigint }): Promise<string> {
    const { chain, market } = this.#options;
    try {
      await chain.call({ from: market.forwarder, to, data: concat([data, from]), gasLimit: gas });
    } catch (error) {
      const reason = revertDataOf(error);
      if (reason !== undefined) return explainRevert(reason);
      throw error;
    }
    return "the call needs more gas than its signer gave it: sign it with more.";
  }

  async #price(request: RelayRequest): Promise<{ gasLimit: bigint; gasPrice: bigint }> {
    const { chain, account, journal, limits } = this.#options;
    const { maxFeePerGas, gasPrice: now } = await chain.getFeeData();
    if (now === null) throw new Error("the chain's endpoint tells no gas price: try again.");
    if (now > limits.maxGasPrice) {
      throw new Refusal(`gas costs ${gwei(now)} now, above --max-gas-price ${gwei(limits.maxGasPrice)}: try later.`);
    }
    const wanted = maxFeePerGas ?? now;
    const gasPrice = wanted < limits.maxGasPrice ? wanted : limits.maxGasPrice;
    const estimate = await this.#ask(() => chain.estimateGas({ from: account.address, ...relayCall(request) }));
    const gasLimit = (estimate * 6n) / 5n; // inner calls with gas caps need theirs in hand
    const cost = gasLimit * gasPrice;
    if (cost > limits.maxCost) {
      throw new Refusal(`it may cost ${formatEther(cost)}, above --max-cost ${formatEther(limits.maxCost)}.`);
    }
    if (journal.committed + cost > limits.budget) {
      throw new Refusal(
        `it may cost ${formatEther(cost)}, and of --budget ${formatEther(limits.budget)} ${formatEther(journal.committed)} are spent or set aside.`,
      );
    }
    const balance = await chain.getBalance(account.address);
    if (balance < cost) {
      throw new Refusal(`it may cost ${formatEther(cost)}, and ${account.address} has ${formatEther(balance)}.`);
    }
    return { gasLimit, gasPrice };
  }

  /** A revert refuses the request; anything else is the endpoint's. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (revertDataOf(error) === undefined) throw error;
      throw new Refusal(explainError(error));
    }
  }

  async #send(entry: RelayEntry): Promise<RelayOutcome> {
    const { chain, chainId, account, journal } = this.#options;
    const { gasLimit, gasPrice, request } = entry;
    const [nonce, { maxFeePerGas, maxPriorityFeePerGas }] = await Promise.all([
      chain.getTransactionCount(account.address, "pending"),
      chain.getFeeData(),
    ]);
    const tip = maxPriorityFeePerGas ?? 0n;
    const fees =
      maxFeePerGas === null
        ? { type: 0, gasPrice }
        : { type: 2, maxFeePerGas: gasPrice, maxPriorityFeePerGas: tip < gasPrice ? tip : gasPrice };
    const raw = await account.signTransaction({ chainId, nonce, ...relayCall(request), value: 0n, gasLimit, ...fees });
    const { hash } = Transaction.from(raw);
    if (hash === null) throw new Error("a signed transaction must have a hash");
    const signed: SignedRelay = { raw, hash, from: account.address, nonce };
    const sending: RelayEntry = { ...entry, state: "sending", signed };
    journal.write(sending);
    return this.#deliver(sending, signed);
  }

  /** Sends the transaction until it is on the chain, or its number was used by another one. */
  async #deliver(entry: RelayEntry, signed: SignedRelay): Promise<RelayOutcome> {
    const { chain, patience } = this.#options;
    let ended = await this.#findEnd(entry, signed);
    if (ended !== undefined) return this.#end(ended);
    try {
      await chain.broadcastTransaction(signed.raw);
    } catch (error) {
      // It may be known already, or have been mined meanwhile.
      ended = await this.#findEnd(entry, signed);
      if (ended !== undefined) return this.#end(ended);
      if (!/already known|known transaction|already imported/i.test(String(error))) throw error;
    }
    for (const until = Date.now() + patience * 1_000; Date.now() < until;) {
      ended = await this.#findEnd(entry, signed);
      if (ended !== undefined) return this.#end(ended);
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
    throw new Error(
      `the transaction ${signed.hash} is not on the chain after ${patience} seconds: run this again to wait for it.`,
    );
  }

  async #findEnd(entry: RelayEntry, { hash, from, nonce }: SignedRelay): Promise<RelayEntry | undefined> {
    const { chain } = this.#options;
    // In this order: once the number is used, a transaction without a receipt can never have one.
    const used = (await chain.getTransactionCount(from, "latest")) > nonce;
    const receipt = (await chain.send("eth_getTransactionReceipt", [hash])) as RawReceipt | null;
    if (receipt === null) {
      if (!used) return undefined;
      const reason = `another transaction of ${from} took the number ${nonce}, so this one was never carried out: have the request signed again, and keep the relayer's account to itself.`;
      return { ...entry, state: "failed", cost: 0n, reason };
    }
    const { status, gasUsed, effectiveGasPrice, l1Fee = "0x0" } = receipt;
    const cost = BigInt(gasUsed) * BigInt(effectiveGasPrice) + BigInt(l1Fee);
    if (BigInt(status) === 1n) return { ...entry, state: "mined", cost };
    const reason = `it failed on the chain, where something had changed after the simulation: have the request signed again.`;
    return { ...entry, state: "failed", cost, reason };
  }

  #end(entry: RelayEntry): RelayOutcome {
    this.#options.journal.write(entry);
    return outcomeOf(entry, entry.state === "mined" ? "mined" : "failed");
  }
}

/** Why a request is not sent. */
class Refusal extends InvalidInputError {}

function outcomeOf({ request, signed, cost = 0n, reason }: RelayEntry, outcome: "mined" | "failed"): RelayOutcome {
  return {
    digest: relayDigest(request),
    action: describeRelay(request),
    outcome,
    ...(signed === undefined ? {} : { transaction: signed.hash }),
    cost,
    ...(reason === undefined ? {} : { reason }),
  };
}

function gwei(wei: bigint): string {
  return `${formatUnits(wei, "gwei")} gwei`;
}
