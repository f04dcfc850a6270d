import type { BaseContract, Log, Result } from "ethers";
import { ZeroAddress } from "ethers";

import type { AgentWallet } from "../../typechain-types";
import type { TypedContractMethod } from "../../typechain-types/common";
import type { Context } from "./context";
import { MarketError } from "./MarketError";

/** A token transfer that has to be allowed first, exactly as much as is due. */
export interface Approval {
  readonly token: string;
  readonly spender: string;
  readonly amount: bigint;
}

/** What a write takes from the account besides gas: base units of a token, or (zero address) wei of the chain's coin. */
export interface Cost {
  readonly token: string;
  readonly amount: bigint;
}

/** One call that a write consists of. Sending and simulating both make one, each from what the chain tells then. */
export interface Plan<R> {
  readonly already: false;
  /** The contract's name, and its function's. */
  readonly contract: string;
  readonly fn: string;
  readonly to: string;
  readonly data: string;
  /** Wei. */
  readonly value: bigint;
  /** Whether the gas limit must hold for hooks and recipients that behave otherwise than in the estimate. */
  readonly safeGas: boolean;
  readonly approval: Approval | undefined;
  readonly cost: Cost | undefined;
  /**
   * The call's data where a signature in it pays, which anybody could use: asked for only when it is sent. `data` has
   * the signature of a key that nobody knows in its place.
   */
  readonly signed: (() => Promise<string>) | undefined;
  /** The wallet's own verb for it, as call data; without one the wallet's `act` carries the call. */
  readonly viaWallet: ((wallet: AgentWallet, policy: string) => string) | undefined;
  /** The result, known beforehand or read from what the call returns. */
  readonly known: { readonly value: R } | undefined;
  readonly fromReturn: (data: string) => R;
  readonly fromLogs: (logs: readonly Log[]) => R;
}

/** The effect is there: nothing is to be sent. */
export interface Already<R> {
  readonly already: true;
  readonly result: R;
  /** The transaction that did it, if the endpoint could tell. */
  readonly transaction: string | undefined;
}

export type Prepared<R> = Already<R> | Plan<R>;

/** A write: asks the chain what stands there, and says what is to be sent, if anything. Sends nothing. */
export type Write<I, R> = (ctx: Context, input: I) => Promise<Prepared<R>>;

/** What can be told of a call beside the call itself. */
export interface PlanOptions {
  readonly value?: bigint;
  readonly safeGas?: boolean;
  readonly approval?: Approval | undefined;
  /** By default what is approved, or else the value. */
  readonly cost?: Cost | undefined;
  readonly signed?: Plan<unknown>["signed"];
  readonly viaWallet?: Plan<unknown>["viaWallet"];
}

/** How a result comes about: known beforehand, or decided by the call. */
export type ResultSource<O, R> =
  | { readonly value: R }
  | { readonly returned: (values: O) => R; readonly event: string; readonly logged: (args: Result) => R };

/** The plan of one typed call. */
export async function planCall<A extends unknown[], O, R>(
  contract: { readonly name: string; readonly at: BaseContract },
  method: TypedContractMethod<A, O> | TypedContractMethod<A, O, "nonpayable">,
  args: A,
  source: ResultSource<O, R>,
  options: PlanOptions = {},
): Promise<Plan<R>> {
  const { interface: abi } = contract.at;
  const fragment = method.fragment;
  const { value = 0n, approval } = options;
  const coin = value === 0n ? undefined : { token: ZeroAddress, amount: value };
  return {
    already: false,
    contract: contract.name,
    fn: fragment.name,
    to: await contract.at.getAddress(),
    data: abi.encodeFunctionData(fragment, args),
    value,
    safeGas: options.safeGas ?? false,
    approval,
    cost: options.cost ?? (approval === undefined ? coin : { token: approval.token, amount: approval.amount }),
    signed: options.signed,
    viaWallet: options.viaWallet,
    known: "value" in source ? source : undefined,
    fromReturn: (data) => {
      if ("value" in source) return source.value;
      return source.returned(abi.decodeFunctionResult(fragment, data) as O);
    },
    fromLogs: (logs) => {
      if ("value" in source) return source.value;
      for (const { topics, data } of logs) {
        const event = abi.parseLog({ topics: [...topics], data });
        if (event?.name === source.event) return source.logged(event.args);
      }
      throw new MarketError(
        "UNKNOWN",
        `${fragment.name} went through without its event ${source.event}: please report this.`,
      );
    },
  };
}

/** The effect is there already. */
export function alreadyDone<R>(result: R, transaction?: string): Already<R> {
  return { already: true, result, transaction };
}
