import { ZeroAddress } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { parseAmount } from "../sdk/units";
import { WALLET_SIGNER_OPTIONS, balanceOf, openWallet, ownerOf, parseMoney, reportOn } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { readMoney } from "./lib/payment";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "withdraw-wallet",
  summary: "Take money out of a wallet, as its owner: always possible, frozen or not.",
  options: {
    token: { value: "ADDRESS", required: true, help: 'The token, or "coin" for the chain\'s own.' },
    amount: { value: "AMOUNT", default: "all", help: "In whole tokens, such as 12.5." },
    to: { value: "ADDRESS", help: "Who receives it; by default yourself." },
    ...WALLET_SIGNER_OPTIONS,
  },
  example: "--wallet 0x… --token 0x…",
  run: async (values) => {
    const tokenAddress = parseMoney(values.token);
    const given = values.to === undefined ? undefined : parseAddress(values.to, "--to");
    const session = await openWallet(values);
    const signer = ownerOf(session, values["key-env"]);
    const to = given ?? signer.address;
    if (to === ZeroAddress || to === session.address) {
      throw new InvalidInputError("--to must be an account other than zero and the wallet.");
    }
    const token = await readMoney(session, tokenAddress);
    const balance = await balanceOf(session, tokenAddress);
    const amount = values.amount === "all" ? balance : parseAmount(values.amount, token.decimals);
    if (amount === 0n || amount > balance) {
      throw new InvalidInputError(`the wallet has ${token.format(balance)}: withdraw from more than 0 up to that.`);
    }
    const { wallet } = session;
    const receipt = await simulateAndSend(wallet.connect(signer).withdraw, tokenAddress, to, amount);
    return reportOn(session, receipt).add("amount", "Withdrawn", amount, token.format(amount)).add("to", "To", to);
  },
});
