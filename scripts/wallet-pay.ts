import { ZeroAddress, ZeroHash, encodeBytes32String, isHexString } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { parseAmount } from "../sdk/units";
import { SPENDING_OPTIONS, bringPolicy, openWallet, parseMoney } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { parseAddress, parseAgentId } from "./lib/input";
import { readMoney } from "./lib/payment";
import { Report } from "./lib/report";
import { walletFrom } from "./lib/session";
import { INTENT_OPTIONS, sendOrSign } from "./lib/walletIntent";

void runCommand({
  name: "wallet-pay",
  summary: "Pay from a wallet with an agent's key, inside its policy.",
  options: {
    token: { value: "ADDRESS", required: true, help: 'The token, or "coin" for the chain\'s own.' },
    to: { value: "ADDRESS", required: true, help: "Whom: a listed payee, or an account of the agent." },
    amount: { value: "AMOUNT", required: true, help: "In whole tokens, such as 12.5." },
    agent: { value: "ID", default: "0", help: "The agent that is paid, 0 for none." },
    purpose: {
      value: "TEXT",
      default: "",
      help: "What for, in up to 31 bytes, or 32 bytes of hex: told in the event.",
    },
    ...INTENT_OPTIONS,
    ...SPENDING_OPTIONS,
  },
  example: "--wallet 0x… --token 0x… --to 0x… --amount 2.5 --key-env AGENT_KEY",
  run: async (values) => {
    const tokenAddress = parseMoney(values.token);
    const to = parseAddress(values.to, "--to");
    if (to === ZeroAddress) throw new InvalidInputError("--to must not be zero.");
    const agentId = parseAgentId(values.agent, "--agent");
    const purpose = parsePurpose(values.purpose);
    const key = walletFrom(values["key-env"]);
    const session = await openWallet(values);
    const token = await readMoney(session, tokenAddress);
    const amount = parseAmount(values.amount, token.decimals);
    if (amount === 0n) throw new InvalidInputError("--amount is nothing: say how much is to be paid.");
    const { encoded } = await bringPolicy(session, key.address, values);
    const call = session.wallet.interface.encodeFunctionData("pay", [
      encoded,
      tokenAddress,
      to,
      agentId,
      amount,
      purpose,
    ]);
    const report = new Report()
      .add("wallet", "Wallet", session.address)
      .add("key", "Key", key.address)
      .add("amount", "Amount", amount, token.format(amount))
      .add("to", "To", to)
      .add("purpose", "Purpose", purpose, values.purpose);
    return sendOrSign(session, key, call, values, report);
  },
});

function parsePurpose(text: string): string {
  if (text === "") return ZeroHash;
  if (isHexString(text, 32)) return text.toLowerCase();
  try {
    return encodeBytes32String(text);
  } catch {
    throw new InvalidInputError("--purpose has more than 31 bytes: shorten it, or give the hash of a longer text.");
  }
}
