import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { id } from "ethers";
import hre, { ethers } from "hardhat";

import { marketAddresses } from "../../../sdk/addresses";
import { CREATE2_SALT, predictAddresses } from "../../../sdk/create2";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { connectMarket, requireDeployed } from "../../../sdk/market";
import { NETWORKS, networkByChainId, networkByName } from "../../../sdk/networks";
import { readTokenDomain } from "../../../sdk/tokenDomain";
import { marketFixture } from "../../fixtures/market";

describe("sdk", () => {
  describe("networks", () => {
    it("are those of hardhat.config.ts", () => {
      for (const { name, chainId, rpcUrlVariable, rpcUrl } of NETWORKS) {
        const configured = hre.config.networks[name];
        if (name === "sepolia" && configured === undefined) continue; // defined only where its endpoint is
        expect(configured?.chainId, name).to.equal(Number(chainId));
        if ((process.env[rpcUrlVariable] ?? "") === "") expect(configured).to.have.property("url", rpcUrl);
      }
      const known = NETWORKS.map(({ name }) => name);
      expect([...known, "hardhat"]).to.include.members(Object.keys(hre.config.networks));
    });

    it("have a parameters file each", () => {
      const files = readdirSync(join(__dirname, "..", "..", "..", "deploy", "parameters"));
      expect(files).to.have.members(NETWORKS.map(({ name }) => `${name}.json`));
    });

    it("are found by name and by chain id", () => {
      expect(networkByName("base").chainId).to.equal(8453n);
      expect(networkByChainId(196)?.name).to.equal("xlayer");
      expect(networkByChainId(1n)).to.equal(undefined);
      expect(() => networkByName("mars")).to.throw(InvalidInputError, '"mars" is not a known network: take one of');
    });

    it("get their addresses with the salt of hardhat.config.ts", () => {
      expect(hre.config.ignition.strategyConfig?.create2?.salt).to.equal(CREATE2_SALT);
    });
  });

  describe("addresses", () => {
    it("are the journal's where there is one, and predicted elsewhere", () => {
      const folder = mkdtempSync(join(tmpdir(), "agent-market-"));
      const other = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
      mkdirSync(join(folder, "chain-5"));
      const recorded = { "AgentMarket#JobEscrow": other };
      writeFileSync(join(folder, "chain-5", "deployed_addresses.json"), JSON.stringify(recorded));
      expect(marketAddresses(5n, folder)).to.deep.equal({ ...predictAddresses(), escrow: other });
      expect(marketAddresses(6n, folder)).to.deep.equal(predictAddresses());
      rmSync(folder, { recursive: true });
    });

    it("are checked for code", async () => {
      const m = await marketFixture();
      await requireDeployed(ethers.provider, predictAddresses());
      const wrong = { ...predictAddresses(), ledger: m.stranger.address };
      const failure = await requireDeployed(ethers.provider, wrong).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(InvalidInputError);
      expect((failure as Error).message).to.contain(`this chain has no ledger at ${m.stranger.address}`);
      expect(connectMarket(ethers.provider, wrong).addresses).to.equal(wrong);
    });
  });

  describe("token domains", () => {
    it("are those that the token verifies signatures in", async () => {
      const m = await marketFixture();
      const token = await m.stable.getAddress();
      const domain = await readTokenDomain(token, ethers.provider);
      expect(ethers.TypedDataEncoder.hashDomain(domain)).to.equal(await m.stable.DOMAIN_SEPARATOR());
    });

    it("are refused for a token that has none", async () => {
      const m = await marketFixture();
      const failure = await readTokenDomain(await m.plain.getAddress(), ethers.provider).catch(
        (error: unknown) => error,
      );
      expect(failure).to.be.instanceOf(InvalidInputError);
      expect((failure as Error).message).to.contain("takes no signatures");
    });

    it("without ERC-5267 are found by trying the usual forms", async () => {
      const m = await marketFixture();
      const token = await m.stable.getAddress();
      const { chainId } = await ethers.provider.getNetwork();
      const forms = [
        { name: "Stable", version: "1", chainId, verifyingContract: token },
        { name: "Stable", version: "2", chainId, verifyingContract: token },
        { name: "Stable", chainId, verifyingContract: token },
        { name: "Stable", version: "1", verifyingContract: token, salt: ethers.toBeHex(chainId, 32) },
      ];
      for (const form of forms) {
        const separator = ethers.TypedDataEncoder.hashDomain(form);
        expect(await readTokenDomain(token, answering(separator))).to.deep.equal(form);
      }
      const failure = await readTokenDomain(token, answering(id("else"))).catch((error: unknown) => error);
      expect((failure as Error).message).to.contain(`signs in an unknown EIP-712 domain (${id("else")})`);
    });
  });
});

/** The chain, but with a token that has the given separator, and neither version nor ERC-5267. */
function answering(separator: string) {
  const token = new ethers.Interface([
    "function version() view returns (string)",
    "function DOMAIN_SEPARATOR() view returns (bytes32)",
    "function eip712Domain() view",
  ]);
  const selectorOf = (name: string) => token.getFunction(name)!.selector;
  return new Proxy(ethers.provider, {
    get: (target, property) => {
      if (property !== "call") return Reflect.get(target, property, target) as unknown;
      return async (transaction: { data: string }) => {
        if (transaction.data === selectorOf("DOMAIN_SEPARATOR")) return separator;
        if ([selectorOf("version"), selectorOf("eip712Domain")].includes(transaction.data)) throw new Error("reverted");
        return target.call(transaction);
      };
    },
  });
}
