import { expect } from "chai";
import type { Contract, Indexed } from "ethers";
import { ethers } from "hardhat";

import { deployStaffedAgent, forward } from "../fixtures/agentRegistry";
import { loadFixture } from "../fixtures/loadFixture";
import { callAs, expectToImplement, referenceInterface } from "../fixtures/referenceAbi";

const MAX_VALUE = 10n ** 38n;
const HASH = ethers.id("file");

interface Entry {
  value?: bigint;
  valueDecimals?: number;
  tag1?: string;
  tag2?: string;
}

/** The ledger as a client sees it that knows the reference's ABI and nothing else; agent 1 has an owner and staff. */
async function asClient() {
  const deployed = await deployStaffedAgent();
  const { registry, forwarder, buyer, agentId } = deployed;
  const ledger = await ethers.deployContract("ReputationLedger", [
    await forwarder.getAddress(),
    await registry.getAddress(),
  ]);
  const client = new ethers.Contract(await ledger.getAddress(), referenceInterface("ReputationRegistry"), buyer);
  const [alice, bob, carol] = (await ethers.getSigners()).slice(6);

  /** Gives feedback on agent 1. */
  function give(by: typeof buyer, { value = 0n, valueDecimals = 0, tag1 = "", tag2 = "" }: Entry) {
    return callAs(client, by)
      .getFunction("giveFeedback")
      .send(agentId, value, valueDecimals, tag1, tag2, "", "", ethers.ZeroHash);
  }
  return { ...deployed, ledger, client, give, alice: alice!, bob: bob!, carol: carol! };
}

/** Two clients with two entries each, one of them revoked, and a third client with none. */
async function withFeedback() {
  const deployed = await asClient();
  const { client, give, agentId, alice, bob } = deployed;
  await give(alice, { value: 87n, tag1: "starred", tag2: "week" });
  await give(alice, { value: 9977n, valueDecimals: 2, tag1: "uptime", tag2: "week" });
  await give(bob, { value: 50n, tag1: "starred", tag2: "month" });
  await give(bob, { value: -3n, tag1: "yield" });
  await callAs(client, bob).getFunction("revokeFeedback").send(agentId, 1);
  return deployed;
}

describe("ERC-8004 Reputation Registry", () => {
  it("has every function and event of the reference, with the same types and indexed flags", async () => {
    const { ledger } = await loadFixture(asClient);
    expectToImplement(ledger.interface, referenceInterface("ReputationRegistry"));
  });

  it("names its identity registry and the version of the reference whose interface it has", async () => {
    const { client, registry } = await loadFixture(asClient);
    expect(await client.getFunction("getIdentityRegistry").staticCall()).to.equal(await registry.getAddress());
    expect(await client.getFunction("getVersion").staticCall()).to.equal("2.0.0");
  });

  it("cannot be deployed without an identity registry", async () => {
    const { ledger, forwarder, stranger } = await loadFixture(asClient);
    for (const nobody of [ethers.ZeroAddress, stranger.address]) {
      await expect(ethers.deployContract("ReputationLedger", [await forwarder.getAddress(), nobody]))
        .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_NoRegistry")
        .withArgs(nobody);
    }
  });

  describe("giveFeedback", () => {
    it("is open to anyone, is numbered from 1 for each client, and is announced with all its fields", async () => {
      const { client, agentId, alice, bob } = await loadFixture(asClient);
      for (const [by, index] of [
        [alice, 1n],
        [alice, 2n],
        [bob, 1n],
      ] as const) {
        const response = await callAs(client, by)
          .getFunction("giveFeedback")
          .send(agentId, -9977n, 2, "uptime", "week", "https://agent.example/a2a", "ipfs://cid", HASH);
        const { args, topic } = client.interface.parseLog((await response.wait())!.logs[0]!)!;
        expect(topic).to.equal(client.interface.getEvent("NewFeedback")!.topicHash);
        expect((args.getValue("indexedTag1") as Indexed).hash).to.equal(ethers.id("uptime"));
        expect(args.slice(0, 5)).to.deep.equal([agentId, by.address, index, -9977n, 2n]);
        expect(args.slice(6)).to.deep.equal(["uptime", "week", "https://agent.example/a2a", "ipfs://cid", HASH]);
        expect(await client.getFunction("getLastIndex").staticCall(agentId, by)).to.equal(index);
      }
      expect(await client.getFunction("getClients").staticCall(agentId)).to.deep.equal([alice.address, bob.address]);
    });

    it("stores value, decimals and tags, of any length", async () => {
      const { client, give, agentId, alice } = await loadFixture(asClient);
      for (const [i, entry] of [
        { value: 0n, valueDecimals: 0, tag1: "", tag2: "" },
        { value: 1n, valueDecimals: 18, tag1: "a".repeat(31), tag2: "b".repeat(32) },
        { value: -1n, valueDecimals: 1, tag1: "c".repeat(100), tag2: "" },
        { value: 7n, valueDecimals: 0, tag1: "", tag2: "d" },
      ].entries()) {
        await give(alice, entry);
        expect(await client.getFunction("readFeedback").staticCall(agentId, alice, i + 1)).to.deep.equal([
          entry.value,
          BigInt(entry.valueDecimals),
          entry.tag1,
          entry.tag2,
          false,
        ]);
      }
    });

    it("takes values up to 1e38 either way, with up to 18 decimals", async () => {
      const { give, alice } = await loadFixture(asClient);
      await give(alice, { value: MAX_VALUE, valueDecimals: 18 });
      await give(alice, { value: -MAX_VALUE });
    });

    it("reverts when the value is larger", async () => {
      const { give, ledger, alice } = await loadFixture(asClient);
      for (const value of [MAX_VALUE + 1n, -MAX_VALUE - 1n, 2n ** 127n - 1n, -(2n ** 127n)]) {
        await expect(give(alice, { value }))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_ValueOutOfRange")
          .withArgs(value, MAX_VALUE);
      }
    });

    it("reverts when the value has more than 18 decimals", async () => {
      const { give, ledger, alice } = await loadFixture(asClient);
      for (const valueDecimals of [19, 255]) {
        await expect(give(alice, { valueDecimals }))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_TooManyDecimals")
          .withArgs(valueDecimals, 18);
      }
    });

    it("reverts for an unknown agent", async () => {
      const { client, registry } = await loadFixture(asClient);
      for (const unknown of [0n, 2n]) {
        await expect(client.getFunction("giveFeedback").send(unknown, 1, 0, "", "", "", "", ethers.ZeroHash))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(unknown);
      }
    });

    it("reverts for the agent's owner, operator, approved account and verified wallet", async () => {
      const { give, ledger, agentId, owner, operator, approved, wallet } = await loadFixture(asClient);
      for (const self of [owner, operator, approved, wallet]) {
        await expect(give(self, { value: 100n }))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_SelfFeedback")
          .withArgs(agentId, self.address);
      }
    });

    it("reverts for the new owner and no more for the old one after a sale", async () => {
      const { give, ledger, registry, agentId, owner, wallet, alice } = await loadFixture(asClient);
      await registry.connect(owner).transferFrom(owner, alice, agentId);
      await expect(give(alice, { value: 100n }))
        .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_SelfFeedback")
        .withArgs(agentId, alice.address);
      await give(owner, { value: 1n });
      await give(wallet, { value: 1n });
    });

    it("counts the signer of a forwarded call as the client", async () => {
      const { client, forwarder, agentId, owner, wallet, alice, ledger } = await loadFixture(asClient);
      const data = client.interface.encodeFunctionData("giveFeedback", [agentId, 1, 0, "", "", "", "", HASH]);
      await forward(forwarder, wallet, alice, ledger, data);
      expect(await client.getFunction("getLastIndex").staticCall(agentId, alice)).to.equal(1n);
      expect(await client.getFunction("getLastIndex").staticCall(agentId, wallet)).to.equal(0n);
      // The owner gains nothing by having a forwarder between.
      await expect(forward(forwarder, wallet, owner, ledger, data)).to.be.revertedWithCustomError(
        forwarder,
        "FailedCall",
      );
    });
  });

  describe("revokeFeedback", () => {
    it("marks an entry of the caller, which stays readable", async () => {
      const { client, give, agentId, alice } = await loadFixture(asClient);
      await give(alice, { value: 5n, tag1: "starred" });
      await expect(callAs(client, alice).getFunction("revokeFeedback").send(agentId, 1))
        .to.emit(client, "FeedbackRevoked")
        .withArgs(agentId, alice.address, 1n);
      expect(await client.getFunction("readFeedback").staticCall(agentId, alice, 1)).to.deep.equal([
        5n,
        0n,
        "starred",
        "",
        true,
      ]);
      expect(await client.getFunction("getLastIndex").staticCall(agentId, alice)).to.equal(1n);
    });

    it("reverts when the entry does not exist, or is another client's", async () => {
      const { client, give, ledger, agentId, alice, bob } = await loadFixture(asClient);
      await give(alice, { value: 5n });
      for (const [by, index, last] of [
        [alice, 0n, 1n],
        [alice, 2n, 1n],
        [bob, 1n, 0n],
      ] as const) {
        await expect(callAs(client, by).getFunction("revokeFeedback").send(agentId, index))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_UnknownFeedback")
          .withArgs(agentId, by.address, index, last);
      }
    });

    it("reverts when the entry was revoked before", async () => {
      const { client, ledger, agentId, bob } = await loadFixture(withFeedback);
      await expect(callAs(client, bob).getFunction("revokeFeedback").send(agentId, 1))
        .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_AlreadyRevoked")
        .withArgs(agentId, bob.address, 1n);
    });
  });

  describe("appendResponse", () => {
    it("is open to anyone, the agent included, and tells who responded", async () => {
      const { client, agentId, owner, stranger, bob } = await loadFixture(withFeedback);
      for (const responder of [owner, stranger, bob]) {
        // The entry is revoked: a response to it may still matter to those who read it.
        await expect(
          callAs(client, responder).getFunction("appendResponse").send(agentId, bob, 1, "ipfs://refund", HASH),
        )
          .to.emit(client, "ResponseAppended")
          .withArgs(agentId, bob.address, 1n, responder.address, "ipfs://refund", HASH);
      }
    });

    it("reverts without a URI", async () => {
      const { client, ledger, agentId, alice } = await loadFixture(withFeedback);
      await expect(client.getFunction("appendResponse").send(agentId, alice, 1, "", HASH))
        .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_EmptyResponseURI")
        .withArgs(agentId, alice.address, 1n);
    });

    it("reverts when the entry does not exist", async () => {
      const { client, ledger, agentId, alice, carol } = await loadFixture(withFeedback);
      for (const [to, index, last] of [
        [alice, 0n, 2n],
        [alice, 3n, 2n],
        [carol, 1n, 0n],
      ] as const) {
        await expect(client.getFunction("appendResponse").send(agentId, to, index, "ipfs://refund", HASH))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_UnknownFeedback")
          .withArgs(agentId, to.address, index, last);
      }
    });
  });

  describe("readFeedback", () => {
    it("reverts when the entry does not exist", async () => {
      const { client, ledger, agentId, alice, carol } = await loadFixture(withFeedback);
      for (const [by, index, last] of [
        [alice, 0n, 2n],
        [alice, 3n, 2n],
        [carol, 1n, 0n],
      ] as const) {
        await expect(client.getFunction("readFeedback").staticCall(agentId, by, index))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_UnknownFeedback")
          .withArgs(agentId, by.address, index, last);
      }
    });
  });

  describe("getSummary", () => {
    async function summary(client: Contract, clients: { address: string }[], tag1 = "", tag2 = "") {
      const addresses = clients.map(({ address }) => address);
      return (await client.getFunction("getSummary").staticCall(1n, addresses, tag1, tag2)) as unknown;
    }

    it("reverts without clients, whose choice is the reader's defence", async () => {
      const { client, ledger, agentId } = await loadFixture(withFeedback);
      await expect(client.getFunction("getSummary").staticCall(agentId, [], "", ""))
        .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_NoClients")
        .withArgs(agentId);
    });

    it("is zero when nothing matches", async () => {
      const { client, alice, carol } = await loadFixture(withFeedback);
      expect(await summary(client, [carol])).to.deep.equal([0n, 0n, 0n]);
      expect(await summary(client, [alice], "unheard of")).to.deep.equal([0n, 0n, 0n]);
    });

    it("leaves out what was revoked and whom it was not asked about", async () => {
      const { client, bob, alice } = await loadFixture(withFeedback);
      expect(await summary(client, [bob])).to.deep.equal([1n, -3n, 0n]);
      expect(await summary(client, [alice, bob], "starred")).to.deep.equal([1n, 87n, 0n]);
    });

    it("filters by either tag, and by both", async () => {
      const { client, alice, bob } = await loadFixture(withFeedback);
      expect(await summary(client, [alice, bob], "uptime")).to.deep.equal([1n, 9977n, 2n]);
      expect(await summary(client, [alice, bob], "", "week")).to.deep.equal([2n, 93n, 0n]);
      expect(await summary(client, [alice, bob], "starred", "week")).to.deep.equal([1n, 87n, 0n]);
      expect(await summary(client, [alice, bob], "starred", "month")).to.deep.equal([0n, 0n, 0n]);
    });

    it("averages across decimals", async () => {
      const { client, give, alice, bob } = await loadFixture(asClient);
      await give(alice, { value: 1n });
      await give(alice, { value: 250n, valueDecimals: 2 });
      await give(bob, { value: 400n, valueDecimals: 2 });
      // (1 + 2.5 + 4) / 3
      expect(await summary(client, [alice, bob])).to.deep.equal([3n, 250n, 2n]);
    });

    it("answers in the most frequent decimals, and in the lowest of several", async () => {
      const { client, give, alice, bob, carol } = await loadFixture(asClient);
      await give(alice, { value: 15n, valueDecimals: 1 });
      await give(bob, { value: 25n * 10n ** 17n, valueDecimals: 18 });
      expect(await summary(client, [alice, bob])).to.deep.equal([2n, 20n, 1n]);
      await give(carol, { value: 5n * 10n ** 17n, valueDecimals: 18 });
      expect(await summary(client, [alice, bob, carol])).to.deep.equal([3n, 15n * 10n ** 17n, 18n]);
    });

    it("rounds towards zero, below and above it", async () => {
      const { client, give, alice, bob } = await loadFixture(asClient);
      for (const value of [1n, 1n, 0n]) {
        await give(alice, { value });
        await give(bob, { value: -value });
      }
      expect(await summary(client, [alice])).to.deep.equal([3n, 0n, 0n]);
      expect(await summary(client, [bob])).to.deep.equal([3n, 0n, 0n]);
    });

    it("counts a client as often as it is listed", async () => {
      const { client, give, alice, bob } = await loadFixture(asClient);
      await give(alice, { value: 1n });
      await give(bob, { value: 4n });
      expect(await summary(client, [alice, alice, bob])).to.deep.equal([3n, 2n, 0n]);
    });

    it("holds the largest values", async () => {
      const { client, give, alice } = await loadFixture(asClient);
      for (const value of [MAX_VALUE, MAX_VALUE]) {
        await give(alice, { value });
      }
      expect(await summary(client, [alice])).to.deep.equal([2n, MAX_VALUE, 0n]);
    });

    it("answers with as many decimals as fit when the most frequent do not", async () => {
      const { client, give, alice, bob } = await loadFixture(asClient);
      for (const [by, value] of [
        [alice, MAX_VALUE],
        [bob, -MAX_VALUE],
      ] as const) {
        await give(by, { value });
        await give(by, { value: 0n, valueDecimals: 18 });
        await give(by, { value: 0n, valueDecimals: 18 });
        // A third of 1e38 leaves no room for a decimal in an int128; a sixth, below, leaves room for one.
        expect(await summary(client, [by])).to.deep.equal([3n, value / 3n, 0n]);
      }
      await give(alice, { value: 0n, valueDecimals: 18 });
      await give(alice, { value: 0n, valueDecimals: 18 });
      await give(alice, { value: 0n, valueDecimals: 18 });
      expect(await summary(client, [alice])).to.deep.equal([6n, (MAX_VALUE * 10n) / 6n, 1n]);
    });
  });

  describe("readAllFeedback", () => {
    async function readAll(client: Contract, by: { address: string }[], tag1: string, tag2: string, revoked: boolean) {
      const addresses = by.map(({ address }) => address);
      return (await client.getFunction("readAllFeedback").staticCall(1n, addresses, tag1, tag2, revoked)) as unknown;
    }

    it("reads everyone's when no client is named", async () => {
      const { client, alice, bob } = await loadFixture(withFeedback);
      expect(await readAll(client, [], "", "", true)).to.deep.equal([
        [alice.address, alice.address, bob.address, bob.address],
        [1n, 2n, 1n, 2n],
        [87n, 9977n, 50n, -3n],
        [0n, 2n, 0n, 0n],
        ["starred", "uptime", "starred", "yield"],
        ["week", "week", "month", ""],
        [false, false, true, false],
      ]);
    });

    it("leaves out what was revoked unless asked for", async () => {
      const { client, alice, bob } = await loadFixture(withFeedback);
      expect(await readAll(client, [], "", "", false)).to.deep.equal([
        [alice.address, alice.address, bob.address],
        [1n, 2n, 2n],
        [87n, 9977n, -3n],
        [0n, 2n, 0n],
        ["starred", "uptime", "yield"],
        ["week", "week", ""],
        [false, false, false],
      ]);
    });

    it("filters by client and tags", async () => {
      const { client, alice, bob, carol } = await loadFixture(withFeedback);
      expect(await readAll(client, [bob, carol], "starred", "month", true)).to.deep.equal([
        [bob.address],
        [1n],
        [50n],
        [0n],
        ["starred"],
        ["month"],
        [true],
      ]);
      expect(await readAll(client, [alice], "", "month", true)).to.deep.equal([[], [], [], [], [], [], []]);
      expect(await readAll(client, [carol], "", "", true)).to.deep.equal([[], [], [], [], [], [], []]);
    });

    it("is empty for an agent without feedback", async () => {
      const { client } = await loadFixture(asClient);
      expect(await readAll(client, [], "", "", true)).to.deep.equal([[], [], [], [], [], [], []]);
    });
  });

  describe("getResponseCount", () => {
    async function withResponses() {
      const deployed = await withFeedback();
      const { client, agentId, owner, stranger, alice, bob } = deployed;
      for (const [responder, to, index] of [
        [owner, alice, 1],
        [owner, alice, 1],
        [stranger, alice, 1],
        [owner, alice, 2],
        [stranger, bob, 1],
      ] as const) {
        await callAs(client, responder).getFunction("appendResponse").send(agentId, to, index, "ipfs://reply", HASH);
      }
      return deployed;
    }

    it("counts by entry, by client, and in all", async () => {
      const { client, agentId, alice, bob, carol } = await loadFixture(withResponses);
      const count = client.getFunction("getResponseCount");
      expect(await count.staticCall(agentId, alice, 1, [])).to.equal(3n);
      expect(await count.staticCall(agentId, alice, 2, [])).to.equal(1n);
      expect(await count.staticCall(agentId, alice, 3, [])).to.equal(0n);
      expect(await count.staticCall(agentId, alice, 0, [])).to.equal(4n);
      expect(await count.staticCall(agentId, bob, 0, [])).to.equal(1n);
      expect(await count.staticCall(agentId, carol, 0, [])).to.equal(0n);
      expect(await count.staticCall(agentId, ethers.ZeroAddress, 0, [])).to.equal(5n);
      expect(await count.staticCall(agentId, ethers.ZeroAddress, 2, [])).to.equal(5n);
      expect(await count.staticCall(2, ethers.ZeroAddress, 0, [])).to.equal(0n);
    });

    it("counts only the responders named", async () => {
      const { client, agentId, owner, stranger, alice, bob, carol } = await loadFixture(withResponses);
      const count = client.getFunction("getResponseCount");
      expect(await count.staticCall(agentId, alice, 1, [owner.address])).to.equal(2n);
      expect(await count.staticCall(agentId, alice, 1, [owner.address, stranger.address])).to.equal(3n);
      expect(await count.staticCall(agentId, alice, 1, [owner.address, owner.address])).to.equal(4n);
      expect(await count.staticCall(agentId, alice, 0, [owner.address])).to.equal(3n);
      expect(await count.staticCall(agentId, bob, 0, [owner.address])).to.equal(0n);
      expect(await count.staticCall(agentId, ethers.ZeroAddress, 0, [stranger.address])).to.equal(2n);
      expect(await count.staticCall(agentId, ethers.ZeroAddress, 0, [carol.address])).to.equal(0n);
    });
  });
});
