import { Contract, formatEther } from "ethers";
import type { JsonRpcProvider, Wallet } from "ethers";

/** What a deployment costs. */
export interface Cost {
  readonly gas: bigint;
  /** Wei. */
  readonly gasPrice: bigint;
  /** What an OP Stack chain charges for publishing the transactions on its base chain, in wei. */
  readonly dataFee: bigint;
  readonly total: bigint;
}

/** At the fee of this moment. */
export async function estimateCost(
  chain: JsonRpcProvider,
  transactions: readonly { gas: bigint; bytes: number }[],
): Promise<Cost> {
  const gas = transactions.reduce((sum, transaction) => sum + transaction.gas, 0n);
  const gasPrice = BigInt((await chain.send("eth_gasPrice", [])) as string);
  const dataFees = await Promise.all(transactions.map(({ bytes }) => dataFeeOf(chain, bytes)));
  const dataFee = dataFees.reduce((sum, fee) => sum + fee, 0n);
  return { gas, gasPrice, dataFee, total: gas * gasPrice + dataFee };
}

/** OP Stack's GasPriceOracle, at the same address on all of its chains. Others charge no such fee. */
const GAS_PRICE_ORACLE = "0x420000000000000000000000000000000000000F";

async function dataFeeOf(chain: JsonRpcProvider, bytes: number): Promise<bigint> {
  if ((await chain.getCode(GAS_PRICE_ORACLE)) === "0x") return 0n;
  const oracle = new Contract(GAS_PRICE_ORACLE, ["function getL1FeeUpperBound(uint256) view returns (uint256)"], chain);
  return oracle
    .getFunction("getL1FeeUpperBound")
    .staticCall(bytes)
    .then(
      (fee: bigint) => fee,
      () => 0n, // a chain before the Fjord upgrade
    );
}

export function describeCost({ gas, gasPrice, dataFee, total }: Cost): string {
  const parts =
    dataFee === 0n ? "" : ` (${formatEther(gas * gasPrice)} for gas, at most ${formatEther(dataFee)} for data)`;
  return `${formatEther(total)} of the chain's coin${parts}`;
}

export function describeDeployer(wallet: Wallet | undefined, balance: bigint | undefined): string {
  if (wallet === undefined || balance === undefined) return "the node's first account, or not chosen yet";
  return `${wallet.address} with ${formatEther(balance)}`;
}
