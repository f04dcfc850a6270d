import type { JsonRpcProvider, Wallet } from "ethers";
import { ZeroAddress, formatEther } from "ethers";

import { IERC20__factory } from "../../sdk/bindings";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Network } from "../../sdk/networks";
import type { Token } from "./session";
import { readToken, simulateAndSend } from "./session";

const COIN_DECIMALS = 18;

/** A token, or the chain's coin for the zero address. */
export async function readMoney(
  session: { chain: JsonRpcProvider; network: Network },
  address: string,
): Promise<Token> {
  if (address !== ZeroAddress) return readToken(session, address);
  return {
    address,
    decimals: COIN_DECIMALS,
    symbol: "coin",
    format: (amount) => `${formatEther(amount)} of the chain's coin`,
  };
}

/** What the acting account is about to pay, and to whom. */
export interface Payment {
  readonly wallet: Wallet;
  readonly token: Token;
  /** The contract that takes it. */
  readonly spender: string;
  readonly amount: bigint;
  /** What it is for: "the bond". */
  readonly purpose: string;
}

/**
 * The account has the money, and has approved whoever takes it.
 * @param approve Approve first if that is missing. Exactly as much as is due: nobody should have to trust for more.
 */
export async function requireFunds(payment: Payment, approve: boolean): Promise<void> {
  const { wallet, token, spender, amount, purpose } = payment;
  const due = `${purpose} of ${token.format(amount)}`;
  if (token.address === ZeroAddress) {
    const balance = (await wallet.provider?.getBalance(wallet.address)) ?? 0n;
    if (balance < amount)
      throw new InvalidInputError(`${wallet.address} has ${token.format(balance)}, less than ${due}.`);
    return;
  }
  const contract = IERC20__factory.connect(token.address, wallet);
  const [balance, allowance] = await Promise.all([
    contract.balanceOf(wallet.address),
    contract.allowance(wallet.address, spender),
  ]);
  if (balance < amount)
    throw new InvalidInputError(`${wallet.address} has ${token.format(balance)}, less than ${due}.`);
  if (allowance >= amount) return;
  if (!approve) {
    throw new InvalidInputError(
      `${spender} may take ${token.format(allowance)} of yours, less than ${due}: add --approve.`,
    );
  }
  await simulateAndSend(contract.approve, spender, amount);
}
