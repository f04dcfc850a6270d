import { ZeroAddress } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { Report } from "./lib/report";
import { SIGNER_OPTIONS, openSession, readToken, simulateAndSend, walletFrom } from "./lib/session";

void runCommand({
  name: "withdraw",
  summary: "Withdraw your credit: what the escrow owes you because a payment could not be delivered.",
  options: {
    token: { value: "ADDRESS", required: true, help: "The token." },
    to: { value: "ADDRESS", help: "Who receives it; by default yourself." },
    account: { value: "ADDRESS", help: "Deliver this account's credit to it instead; anyone may." },
    ...SIGNER_OPTIONS,
  },
  example: "--token 0x… --to 0x…",
  run: async (values) => {
    const tokenAddress = parseAddress(values.token, "--token");
    if (values.account !== undefined && values.to !== undefined) {
      throw new InvalidInputError("--account and --to exclude each other: another's credit goes to that account only.");
    }
    const given = values.account === undefined ? undefined : parseAddress(values.account, "--account");
    const wallet = walletFrom(values["key-env"]);
    const account = given ?? wallet.address;
    const to = values.to === undefined ? account : parseAddress(values.to, "--to");
    const session = await openSession(values);
    const { chain, market } = session;
    if (to === ZeroAddress || to === market.addresses.escrow) {
      throw new InvalidInputError("--to must be an account other than zero and the escrow.");
    }
    const token = await readToken(session, tokenAddress);
    const credit = await market.escrow.withdrawable(tokenAddress, account);
    if (credit === 0n) {
      throw new InvalidInputError(`${account} has no credit in ${token.symbol}: check the token and the account.`);
    }
    const escrow = market.escrow.connect(wallet.connect(chain));
    const receipt =
      given === undefined
        ? await simulateAndSend(escrow.withdraw, tokenAddress, to)
        : await simulateAndSend(escrow.deliver, tokenAddress, given);
    return new Report()
      .add("amount", "Withdrawn", credit, token.format(credit))
      .add("to", "To", to)
      .add("transaction", "Transaction", receipt.hash)
      .add("gasUsed", "Gas used", receipt.gasUsed);
  },
});
