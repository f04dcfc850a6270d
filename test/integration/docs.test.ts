import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { formatEther, zeroPadValue } from "ethers";

import { refreshSample, sampleAddresses } from "../../scripts/lib/deploymentSample";
import { CREATEX_ADDRESS, PERMIT2_ADDRESS, predictAddresses, walletImplementation } from "../../sdk/create2";
import { parsePolicy } from "../../sdk/walletPolicy";
import { ROOT } from "../fixtures/cli";

const page = readFileSync(join(ROOT, "docs", "deploying.md"), "utf8");
const addressesIn = (text: string) => new Set(text.match(/0x[0-9a-fA-F]{40,64}/g));

describe("docs/deploying.md", () => {
  it("names the addresses that this version has, and no others", () => {
    const hint = "the bytecode changed: run npx tsx scripts/refresh-docs.ts";
    expect(sampleAddresses(page), hint).to.deep.equal(predictAddresses());
    const wallet = walletImplementation(predictAddresses().walletFactory);
    const addresses = [...(Object.values(predictAddresses()) as string[]), wallet, CREATEX_ADDRESS, PERMIT2_ADDRESS];
    const words = addresses.map((address) => zeroPadValue(address, 32).toLowerCase());
    for (const address of addressesIn(page)) expect([...addresses, ...words], hint).to.include(address);
  });

  it("is refreshed in every place", () => {
    const others = predictAddresses(CREATEX_ADDRESS); // differs in the escrow and the wallet factory
    const gas = { forwarder: 1n, registry: 2n, ledger: 3n, escrow: 4n, walletFactory: 5n };
    const fresh = refreshSample(page, others, gas);
    expect(sampleAddresses(fresh)).to.deep.equal(others);
    for (const name of ["escrow", "walletFactory"] as const) {
      expect(fresh.toLowerCase()).not.to.contain(predictAddresses()[name].slice(2).toLowerCase());
    }
    expect(fresh)
      .to.match(/^forwarder .* 1 gas to deploy$/m)
      .and.to.match(/^Gas +15$/m);
    const price = BigInt(Math.round(Number(/^Gas price +(\S+) gwei/m.exec(page)?.[1]) * 1e9));
    expect(fresh).to.contain(`${formatEther(15n * price)} of the chain's coin`);
    expect(addressesIn(fresh).size).to.equal(addressesIn(page).size);
  });
});

describe("docs/guardrails.md", () => {
  it("shows a policy that can be read", () => {
    const text = readFileSync(join(ROOT, "docs", "guardrails.md"), "utf8");
    const [, sample = ""] = /```json\n([^`]+)```/.exec(text) ?? [];
    const { policy } = parsePolicy(sample, "the sample");
    expect(policy.limits.map(({ window, coSignAbove }) => [window, coSignAbove])).to.deep.equal([
      [86_400n, 60_000_000n],
    ]);
  });
});
