import { formatEther, getAddress, parseUnits } from "ethers";

import type { MarketAddresses } from "../../sdk/market";
import type { VerifiedContract } from "./runtimeCode";
import { verifiedAddresses } from "./runtimeCode";

type Name = keyof MarketAddresses;

const ROW = /^(forwarder|registry|ledger|escrow|walletFactory)( +)(0x[0-9a-fA-F]{40}) {2}(\d+) gas to deploy$/gm;

/** The market's addresses in the sample of a dry run, as docs/deploying.md shows it. */
export function sampleAddresses(text: string): MarketAddresses {
  const rows = [...text.matchAll(ROW)].map(([, name, , address]): [string, string] => [name ?? "", address ?? ""]);
  return Object.fromEntries(rows) as Record<Name, string>;
}

/** The text with these addresses and this gas wherever the samples name the old ones. */
export function refreshSample(text: string, addresses: MarketAddresses, gas: Record<Name, bigint>): string {
  const word = (address: string) => address.slice(2).toLowerCase();
  let fresh = text;
  const replacements = verifiedAddresses(addresses);
  const shown = verifiedAddresses(sampleAddresses(text));
  for (const [name, old] of Object.entries(shown) as [VerifiedContract, string][]) {
    fresh = fresh.replaceAll(old, getAddress(replacements[name])).replaceAll(word(old), word(replacements[name]));
  }
  const total = Object.values(gas).reduce((sum, part) => sum + part, 0n);
  const price = parseUnits(/^Gas price +(\S+) gwei/m.exec(text)?.[1] ?? "0", "gwei");
  return fresh
    .replace(
      ROW,
      (_, name: Name, gap: string, address: string) => `${name}${gap}${address}  ${gas[name]} gas to deploy`,
    )
    .replace(/^(Gas +)\d+$/m, `$1${total}`)
    .replace(/^(Cost +)\S+/m, `$1${formatEther(total * price)}`);
}
