import { mine } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { makeError } from "ethers";
import { ethers } from "hardhat";

import { DEFAULT_ADDRESSES } from "../../../../sdk/client";
import { MarketError, toMarketError } from "../../../../sdk/client/MarketError";
import { predictAddresses } from "../../../../sdk/create2";
import { InvalidInputError } from "../../../../sdk/InvalidInputError";
import { marketFixture } from "../../../fixtures/market";
import { clientOf, expectError, expectRefusal } from "./support";

const uri = "https://agents.example/a.json";

describe("sdk", () => {
  describe("client: errors", () => {
    it("have a code for programs and a sentence for people", () => {
      const code = (error: unknown) => toMarketError(error).code;
      expect(code(new InvalidInputError("no."))).to.equal("INVALID_INPUT");
      expect(code(makeError("x", "NONCE_EXPIRED", {} as never))).to.equal("NONCE");
      expect(code(makeError("x", "ACTION_REJECTED", {} as never))).to.equal("DECLINED_BY_SIGNER");
      expect(code(makeError("x", "TIMEOUT", {} as never))).to.equal("NETWORK");
      expect(code(makeError("x", "INSUFFICIENT_FUNDS", {} as never))).to.equal("INSUFFICIENT_FUNDS");
      expect(code(makeError("x", "BAD_DATA", {} as never))).to.equal("NOT_FOUND");
      expect(code(makeError("x", "CALL_EXCEPTION", {} as never))).to.equal("REVERTED");
      expect(code({ data: "0x12345678" })).to.equal("REVERTED");
      expect(code(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))).to.equal("NETWORK");
      expect(code(new Error("what"))).to.equal("UNKNOWN");
      const known = new MarketError("CONFLICT", "no.");
      expect(toMarketError(known)).to.equal(known);
      expect(toMarketError(new Error("what")).cause).to.be.instanceOf(Error);
    });

    it("come from reads as well", async () => {
      const m = await marketFixture();
      const agent = clientOf(m.stranger);
      await expectError(agent.job(5n), "JobEscrow_JobNotFound", "no job 5");
      await expectError(agent.availableActions(5n), "JobEscrow_JobNotFound");
      const nowhere = Object.fromEntries(Object.keys(DEFAULT_ADDRESSES).map((name) => [name, m.stranger.address]));
      await expectError(clientOf(m.client, { addresses: nowhere as never }).job(5n), "NOT_FOUND", "check the address");
      expect(() => clientOf({ provider: null }))
        .to.throw(MarketError, "connect it to a provider")
        .with.property("code", "INVALID_INPUT");
      await expectError(clientOf(ethers.provider).account(), "NO_SIGNER");
      await expectError(clientOf(ethers.provider, { account: m.client.address }).registerAgent({ uri }), "NO_SIGNER");
    });

    it("say that what timed out may still land, and calling again then sends nothing", async () => {
      const m = await marketFixture();
      const agent = clientOf(m.stranger, { timeoutSeconds: 0.05 });
      await ethers.provider.send("evm_setAutomine", [false]);
      try {
        const call = agent.registerAgent({ uri });
        await expectError(call, "TIMEOUT", "may still land: call again");
        await expectError(agent.registerAgent({ uri }), "TIMEOUT");
        expect(await ethers.provider.send("eth_getBlockTransactionCountByNumber", ["pending"])).to.equal("0x1");
        await ethers.provider.send("evm_mine", []);
      } finally {
        await ethers.provider.send("evm_setAutomine", [true]);
      }
      expect((await agent.registerAgent({ uri })).done).to.equal("already");
    });

    it("tell that a write needs more blocks than there are", async () => {
      const m = await marketFixture();
      const agent = clientOf(m.stranger, { timeoutSeconds: 0.05, confirmations: 2 });
      await expectError(agent.registerAgent({ uri }), "TIMEOUT");
      await expectError(agent.registerAgent({ uri }), "TIMEOUT");
      await mine(1);
      expect((await agent.registerAgent({ uri })).done).to.equal("already");
    });

    it("tell that a repetition cannot be recognised, rather than risk one", async () => {
      const m = await marketFixture();
      const deaf = Object.create(m.stranger) as typeof m.stranger;
      const chain = Object.create(ethers.provider) as typeof ethers.provider;
      chain.getLogs = () => Promise.reject(new Error("query returned more than 10000 results"));
      Object.defineProperty(deaf, "provider", { value: chain });
      await expectRefusal(clientOf(deaf), "registerAgent", { uri }, "NETWORK", "fromBlock");
    });

    it("are avoided where an endpoint answers for a few blocks at a time", async () => {
      const m = await marketFixture();
      const { sent } = { sent: await clientOf(m.stranger).registerAgent({ uri }) };
      const narrow = Object.create(m.stranger) as typeof m.stranger;
      const chain = Object.create(ethers.provider) as typeof ethers.provider;
      chain.getLogs = async (filter) => {
        const { fromBlock, toBlock } = filter as { fromBlock: number; toBlock: number | "latest" };
        if (toBlock === "latest" || toBlock - fromBlock >= 10) throw new Error("block range is too wide");
        return ethers.provider.getLogs(filter);
      };
      Object.defineProperty(narrow, "provider", { value: chain });
      const again = await clientOf(narrow, { logRange: 10 }).registerAgent({ uri });
      expect(again).to.deep.equal({ done: "already", result: sent.result, transaction: sent.transaction });
    });

    it("are not made of a nonce that an endpoint had not yet counted", async () => {
      const m = await marketFixture();
      let refused = 0;
      const tooLow: Error = makeError("nonce too low", "NONCE_EXPIRED", {} as never);
      const signer = Object.create(m.stranger) as typeof m.stranger;
      signer.sendTransaction = (request) => {
        if (refused++ === 0) return Promise.reject(tooLow);
        return m.stranger.sendTransaction(request);
      };
      expect((await clientOf(signer).registerAgent({ uri })).done).to.equal("sent");
      signer.sendTransaction = () => Promise.reject(tooLow);
      await expectError(clientOf(signer).registerAgent({ uri, again: true }), "NONCE", "try again");
    });

    it("are not made by addresses of another version", () => {
      const hint = "the bytecode changed: run npx tsx scripts/refresh-docs.ts";
      expect(DEFAULT_ADDRESSES, hint).to.deep.equal(predictAddresses());
    });
  });
});
