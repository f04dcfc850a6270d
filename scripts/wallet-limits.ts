import { ZeroAddress } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { formatDuration } from "../sdk/units";
import { policyHash } from "../sdk/wallets";
import type { GrantRecord } from "../sdk/walletView";
import { readGrants, readLimits } from "../sdk/walletView";
import {
  FROM_BLOCK_OPTION,
  WALLET_OPTIONS,
  bringPolicy,
  moneyReader,
  openWallet,
  parseFromBlock,
} from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { Report, countdown } from "./lib/report";
import { table } from "./lib/table";

void runCommand({
  name: "wallet-limits",
  summary: "Show whose wallet it is, which keys may spend from it, their limits, and what is left of them now.",
  options: {
    key: { value: "ADDRESS", help: "Only this key." },
    policy: { value: "FILE", help: "The key's policy; by default policies are found from the wallet's events." },
    ...FROM_BLOCK_OPTION,
    ...WALLET_OPTIONS,
  },
  example: "--wallet 0x…",
  run: async (values) => {
    const key = values.key === undefined ? undefined : parseAddress(values.key, "--key");
    const fromBlock = parseFromBlock(values["from-block"]);
    if (values.policy !== undefined && key === undefined) {
      throw new InvalidInputError("--policy is one key's: add --key.");
    }
    const session = await openWallet(values);
    const { wallet, address, owner, now } = session;
    const [guardian, frozen, epoch] = await Promise.all([wallet.guardian(), wallet.frozen(), wallet.epoch()]);
    const report = new Report()
      .add("wallet", "Wallet", address)
      .add("owner", "Owner", owner, owner === address ? `${owner}, the account itself (EIP-7702)` : owner)
      .add("guardian", "Guardian", guardian, guardian === ZeroAddress ? "none" : guardian)
      .add("frozen", "Frozen", frozen)
      .add("epoch", "Freeze epoch", epoch);

    const grants: Pick<GrantRecord, "key" | "policy">[] =
      key !== undefined && values.policy !== undefined
        ? [{ key, policy: (await bringPolicy(session, key, values)).policy }]
        : (await readGrants(wallet, fromBlock)).filter((grant) => grant.granted && (key ?? grant.key) === grant.key);
    const moneyOf = moneyReader(session);
    const keys: { key: string; policyHash: string; expiresAt: bigint }[] = [];
    const found: object[] = [];
    const rows: string[][] = [];
    // A policy granted, replaced and granted again has two events and is one.
    for (const { key: holder, policy } of new Map(grants.map((grant) => [grant.key, grant])).values()) {
      keys.push({ key: holder, policyHash: policyHash(policy), expiresAt: policy.expiresAt });
      for (const limit of await readLimits(wallet, holder, policy, now)) {
        const { symbol, format } = await moneyOf(limit.token);
        const amount = (value: bigint) => format(value).split(" ")[0] ?? "";
        found.push({ key: holder, ...limit });
        rows.push([
          holder.slice(0, 10),
          symbol,
          `${amount(limit.window.left)} of ${amount(limit.window.cap)}`,
          limit.window.end === undefined ? "never" : formatDuration(limit.window.end - now),
          `${amount(limit.lifetime.left)} of ${amount(limit.lifetime.cap)}`,
          `${amount(limit.admitted.left)} of ${amount(limit.admitted.cap)}`,
          amount(limit.jobCap),
          amount(limit.coSign.cap),
          amount(limit.spendable),
        ]);
      }
    }
    const header = ["key", "token", "left in window", "next in", "left in all", "left for admitted"];
    const text = table([...header, "per job", "owner signs above", "can spend now"], rows).join("\n");
    const holders = keys.map(({ key: holder, expiresAt }) => `${holder}, until ${countdown(expiresAt, now)}`);
    report.add("keys", "Keys", keys, holders.join("\n") || "none");
    return report.add("limits", "Limits", found, rows.length === 0 ? "no key may spend" : text);
  },
});
