import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { AGENT_WALLET_SET, deployAgentRegistry } from "../fixtures/agentRegistry";
import { loadFixture } from "../fixtures/loadFixture";
import { callAs, expectToImplement, referenceInterface } from "../fixtures/referenceAbi";

/** The registry as a client sees it that knows the reference's ABI and nothing else. */
async function asClient() {
  const deployed = await deployAgentRegistry();
  const { registry, owner, operator, approved, agentId } = deployed;
  await registry.connect(owner).setApprovalForAll(operator, true);
  await registry.connect(owner).approve(approved, agentId);
  const client = new ethers.Contract(await registry.getAddress(), referenceInterface("IdentityRegistry"), owner);
  return { ...deployed, client };
}

const METADATA = [
  { metadataKey: "agentName", metadataValue: ethers.hexlify(ethers.toUtf8Bytes("myAgent")) },
  { metadataKey: "ens", metadataValue: ethers.hexlify(ethers.toUtf8Bytes("agent.eth")) },
];

describe("ERC-8004 Identity Registry", () => {
  it("has every function and event of the reference, with the same types and indexed flags", async () => {
    const { registry } = await loadFixture(asClient);
    expectToImplement(registry.interface, referenceInterface("IdentityRegistry"));
  });

  it("is an ERC-721 with metadata and URI storage", async () => {
    const { client } = await loadFixture(asClient);
    expect(await client.getFunction("name").staticCall()).to.equal("AgentIdentity");
    expect(await client.getFunction("symbol").staticCall()).to.equal("AGENT");
    for (const interfaceId of ["0x01ffc9a7", "0x80ac58cd", "0x5b5e139f", "0x49064906"]) {
      expect(await client.getFunction("supportsInterface").staticCall(interfaceId)).to.equal(true);
    }
    expect(await client.getFunction("supportsInterface").staticCall("0xffffffff")).to.equal(false);
  });

  it("names the version of the reference whose interface it has", async () => {
    const { client } = await loadFixture(asClient);
    expect(await client.getFunction("getVersion").staticCall()).to.equal("2.0.0");
  });

  it("signs in the reference's domain", async () => {
    const { client, registry } = await loadFixture(asClient);
    const { chainId } = await ethers.provider.getNetwork();
    expect(await client.getFunction("eip712Domain").staticCall()).to.deep.equal([
      "0x0f",
      "ERC8004IdentityRegistry",
      "1",
      chainId,
      await registry.getAddress(),
      ethers.ZeroHash,
      [],
    ]);
  });

  describe("register", () => {
    it("assigns ids incrementally", async () => {
      const { client } = await loadFixture(asClient);
      for (const expected of [2n, 3n]) {
        expect(await client.getFunction("register()").staticCall()).to.equal(expected);
        await client.getFunction("register()").send();
      }
    });

    it("emits Transfer, Registered and a MetadataSet for the wallet", async () => {
      const { client, owner } = await loadFixture(asClient);
      await expect(client.getFunction("register()").send())
        .to.emit(client, "Transfer")
        .withArgs(ethers.ZeroAddress, owner.address, 2n)
        .and.to.emit(client, "Registered")
        .withArgs(2n, "", owner.address)
        .and.to.emit(client, "MetadataSet")
        .withArgs(2n, "agentWallet", "agentWallet", owner.address.toLowerCase());
    });

    it("takes a URI", async () => {
      const { client, owner } = await loadFixture(asClient);
      await expect(client.getFunction("register(string)").send("ipfs://cid"))
        .to.emit(client, "Registered")
        .withArgs(2n, "ipfs://cid", owner.address);
      expect(await client.getFunction("tokenURI").staticCall(2)).to.equal("ipfs://cid");
    });

    it("takes a URI and metadata, and emits one MetadataSet for each entry", async () => {
      const { client } = await loadFixture(asClient);
      const response = await client.getFunction("register(string,(string,bytes)[])").send("ipfs://cid", METADATA);
      const receipt = await response.wait();
      const keys = receipt!.logs
        .map((log) => client.interface.parseLog(log)!)
        .filter(({ name }) => name === "MetadataSet")
        .map(({ args }) => args.getValue("metadataKey") as string);
      expect(keys).to.deep.equal(["agentWallet", "agentName", "ens"]);
      for (const { metadataKey, metadataValue } of METADATA) {
        expect(await client.getFunction("getMetadata").staticCall(2, metadataKey)).to.equal(metadataValue);
      }
    });

    it("refuses the reserved key", async () => {
      const { client, registry, owner } = await loadFixture(asClient);
      const metadata = [{ metadataKey: "agentWallet", metadataValue: owner.address }];
      await expect(client.getFunction("register(string,(string,bytes)[])").send("ipfs://cid", metadata))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_ReservedMetadataKey")
        .withArgs("agentWallet");
    });
  });

  describe("owner and operators", () => {
    it("may update the registration file", async () => {
      const { client, agentId, owner, operator, approved } = await loadFixture(asClient);
      for (const caller of [owner, operator, approved]) {
        await expect(callAs(client, caller).getFunction("setAgentURI").send(agentId, `ipfs://${caller.address}`))
          .to.emit(client, "URIUpdated")
          .withArgs(agentId, `ipfs://${caller.address}`, caller.address);
      }
    });

    it("may set metadata, with both forms of the key in the event", async () => {
      const { client, agentId, owner, operator, approved } = await loadFixture(asClient);
      for (const caller of [owner, operator, approved]) {
        const response = await callAs(client, caller).getFunction("setMetadata").send(agentId, "agentName", "0x01");
        const log = (await response.wait())!.logs[0]!;
        expect(log.topics[2]).to.equal(ethers.id("agentName"));
        expect(client.interface.parseLog(log)!.args.getValue("metadataKey")).to.equal("agentName");
      }
    });

    it("are told from others by isAuthorizedOrOwner", async () => {
      // Not in the published ABI of the Identity Registry, but called by the reference's Reputation Registry.
      const { registry, agentId, owner, operator, approved, stranger } = await loadFixture(asClient);
      for (const spender of [owner, operator, approved]) {
        expect(await registry.isAuthorizedOrOwner(spender, agentId)).to.equal(true);
      }
      expect(await registry.isAuthorizedOrOwner(stranger, agentId)).to.equal(false);
      await expect(registry.isAuthorizedOrOwner(stranger, 2))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(2n);
    });

    it("are the only ones who may", async () => {
      const { client, registry, agentId, stranger } = await loadFixture(asClient);
      const asStranger = callAs(client, stranger);
      const deadline = (await time.latest()) + 60;
      for (const attempt of [
        () => asStranger.getFunction("setAgentURI").send(agentId, "ipfs://cid"),
        () => asStranger.getFunction("setMetadata").send(agentId, "agentName", "0x01"),
        () => asStranger.getFunction("setAgentWallet").send(agentId, stranger.address, deadline, "0x"),
        () => asStranger.getFunction("unsetAgentWallet").send(agentId),
      ]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(stranger.address, agentId);
      }
    });
  });

  describe("agentWallet", () => {
    it("is the owner's address at first", async () => {
      const { client, agentId, owner } = await loadFixture(asClient);
      expect(await client.getFunction("getAgentWallet").staticCall(agentId)).to.equal(owner.address);
    });

    it("cannot be set as metadata", async () => {
      const { client, registry, agentId, owner } = await loadFixture(asClient);
      await expect(client.getFunction("setMetadata").send(agentId, "agentWallet", owner.address))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_ReservedMetadataKey")
        .withArgs("agentWallet");
    });

    it("changes with a signature of the new wallet over the reference's type and domain", async () => {
      const { client, registry, agentId, owner, wallet } = await loadFixture(asClient);
      const { chainId } = await ethers.provider.getNetwork();
      const verifyingContract = await registry.getAddress();
      const deadline = (await time.latest()) + 300;
      const signature = await wallet.signTypedData(
        { name: "ERC8004IdentityRegistry", version: "1", chainId, verifyingContract },
        AGENT_WALLET_SET,
        { agentId, newWallet: wallet.address, owner: owner.address, deadline },
      );
      await expect(client.getFunction("setAgentWallet").send(agentId, wallet.address, deadline, signature))
        .to.emit(client, "MetadataSet")
        .withArgs(agentId, "agentWallet", "agentWallet", wallet.address.toLowerCase());
      expect(await client.getFunction("getAgentWallet").staticCall(agentId)).to.equal(wallet.address);
      expect(await client.getFunction("getMetadata").staticCall(agentId, "agentWallet")).to.equal(
        wallet.address.toLowerCase(),
      );
    });

    it("can be unset by the owner", async () => {
      const { client, agentId } = await loadFixture(asClient);
      await expect(client.getFunction("unsetAgentWallet").send(agentId))
        .to.emit(client, "MetadataSet")
        .withArgs(agentId, "agentWallet", "agentWallet", "0x");
      expect(await client.getFunction("getAgentWallet").staticCall(agentId)).to.equal(ethers.ZeroAddress);
    });

    it("is cleared by a transfer, so that it has to be verified anew", async () => {
      const { client, agentId, owner, buyer } = await loadFixture(asClient);
      await expect(client.getFunction("transferFrom").send(owner.address, buyer.address, agentId))
        .to.emit(client, "MetadataSet")
        .withArgs(agentId, "agentWallet", "agentWallet", "0x");
      expect(await client.getFunction("getAgentWallet").staticCall(agentId)).to.equal(ethers.ZeroAddress);
      expect(await client.getFunction("getMetadata").staticCall(agentId, "agentWallet")).to.equal("0x");
    });
  });
});
