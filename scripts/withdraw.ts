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
    ...SIGNER_OPTIONS,
  },
  example: "--token 0x… --to 0x…",
  run: async (values) => {
    const tokenAddress = parseAddress(values.token, "--token");
    const wallet = walletFrom(values["key-env"]);
    const to = values.to === undefined ? wallet.address : parseAddress(values.to, "--to");
    const session = await openSession(values);
    const { chain, market } = session;
    if (to === ZeroAddress || to === market.addresses.escrow) {
      throw new InvalidInputError("--to must be an account other than zero and the escrow.");
    }
    const token = await readToken(session, tokenAddress);
    const credit = await market.escrow.withdrawable(tokenAddress, wallet.address);
    if (credit === 0n) {
      throw new InvalidInputError(
        `${wallet.address} has no credit in ${token.symbol}: check the token and the account.`,
      );
    }
    const receipt = await simulateAndSend(market.escrow.connect(wallet.connect(chain)).withdraw, tokenAddress, to);
    return new Report()
      .add("amount", "Withdrawn", credit, token.format(credit))
      .add("to", "To", to)
      .add("transaction", "Transaction", receipt.hash)
      .add("gasUsed", "Gas used", receipt.gasUsed);
  },
});
