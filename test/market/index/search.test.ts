import { expect } from "chai";
import { ethers } from "hardhat";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { formatTokenId } from "../../../sdk/caip";
import type { SearchRequest } from "../../../sdk/discovery/model";
import { DELIVERABLE, REASON, hireJob } from "../../fixtures/jobs";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";
import { indexOf, overBothDatabases } from "./support";
import type { Opened } from "./support";

interface Entry {
  name: string;
  description?: string;
  skills?: string[];
  price?: { token: string; amount: string; unit?: string; counted?: object };
  active?: boolean;
}

function uriOf({ name, description = "An agent.", skills = [], price, active = true }: Entry): string {
  const file = {
    type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
    name,
    description,
    image: "https://example.org/a.png",
    services: [{ name: "web", endpoint: "https://example.org" }],
    active,
    catalogue: {
      version: 1,
      services: [{ id: "s", name: "Service", description: "", skills, price, deliveryPeriod: 60 }],
    },
  };
  return `data:application/json,${encodeURIComponent(JSON.stringify(file))}`;
}

describe("market index: search", () => {
  overBothDatabases((database) => {
    let m: Market;
    let index: Opened;
    let token: string;

    const names = async (request: SearchRequest): Promise<string[]> =>
      (await index.reader.search(request)).items.map(({ agent }) => agent.name);

    beforeEach(async () => {
      m = await marketFixture();
      token = await m.stable.getAddress();
      const { registry } = m;
      // Agents 1 to 4 are the fixture's: client, provider, client2, provider2.
      await registry.connect(m.client).setAgentURI(1n, uriOf({ name: "Écrivain", skills: ["text/Writing"] }));
      const lint = ["code/lint/solidity"];
      await registry.connect(m.provider).setAgentURI(
        2n,
        uriOf({
          name: "Linter",
          skills: lint,
          price: { token: formatTokenId({ chainId: 31337n, address: token }), amount: "300" },
        }),
      );
      await registry
        .connect(m.client2)
        .setAgentURI(3n, uriOf({ name: "Idle", skills: ["code/linting"], active: false }));
      await registry.connect(m.provider2).setAgentURI(
        4n,
        uriOf({
          name: "Cheap",
          description: "A linter.",
          skills: ["code/lint"],
          price: { token: formatTokenId({ chainId: 31337n, address: token }), amount: "90" },
        }),
      );
      for (const salt of [1n, 2n]) {
        const { jobId } = await hireJob(m, { offer: { salt } });
        await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
        await m.escrow.connect(m.evaluator).complete(jobId, REASON, "0x");
      }
      index = await indexOf(m, await database());
      await index.catchUp();
    });
    afterEach(async () => {
      await index.stop();
    });

    it("finds words without regard to case, accents and endings, all of them", async () => {
      expect(await names({ text: "ecriv" })).to.deep.equal(["Écrivain"]);
      expect(await names({ text: "LINTER" })).to.deep.equal(["Linter", "Cheap"]);
      expect(await names({ text: "a linter cheap" })).to.deep.equal(["Cheap"]);
      expect(await names({ text: "writing" })).to.deep.equal(["Écrivain"]);
      expect(await names({ text: "nothing\" OR name:* ) & | ! '" })).to.deep.equal([]);
      expect((await names({ text: "!!! ---" })).length).to.equal(3);
    });

    it("finds skills, and what stands below them", async () => {
      expect((await names({ skills: ["code/lint"] })).sort()).to.deep.equal(["Cheap", "Linter"]);
      expect(await names({ skills: ["code/lint/solidity"] })).to.deep.equal(["Linter"]);
      expect((await names({ skills: ["Code/"] })).sort()).to.deep.equal(["Cheap", "Linter"]);
      expect((await names({ skills: ["code"], active: false })).sort()).to.deep.equal(["Cheap", "Idle", "Linter"]);
      expect(await names({ skills: ["code", "text"] })).to.deep.equal([]);
      expect(await names({ skills: ["text/writing"] })).to.deep.equal(["Écrivain"]);
    });

    it("holds prices, volumes and counts against their bounds", async () => {
      // 90 is above 100 as text.
      expect(await names({ token, maxPrice: "100" })).to.deep.equal(["Cheap"]);
      expect(await names({ token, maxPrice: "90" })).to.deep.equal(["Cheap"]);
      expect(await names({ token, maxPrice: "89" })).to.deep.equal([]);
      expect(await names({ token, minVolume: "200000000" })).to.deep.equal(["Linter"]);
      expect(await names({ token, minVolume: "200000001" })).to.deep.equal([]);
      expect(await names({ minCompleted: 2 })).to.deep.equal(["Linter"]);
      expect(await names({ minCompleted: 3 })).to.deep.equal([]);
      expect(await names({ minCounterparties: 1 })).to.deep.equal(["Linter"]);
      expect(await names({ minCounterparties: 2 })).to.deep.equal([]);
      expect(await names({ token: await m.plain.getAddress(), minCompleted: 1 })).to.deep.equal([]);
    });

    it("tells who proved its wallet, and who was active", async () => {
      expect(await names({ walletVerified: true })).to.deep.equal([]);
      const { registry, provider, stranger } = m;
      const deadline = (await ethers.provider.getBlock("latest"))!.timestamp + 200;
      const { chainId } = await ethers.provider.getNetwork();
      const domain = {
        name: "ERC8004IdentityRegistry",
        version: "1",
        chainId,
        verifyingContract: await registry.getAddress(),
      };
      const types = {
        AgentWalletSet: [
          { name: "agentId", type: "uint256" },
          { name: "newWallet", type: "address" },
          { name: "owner", type: "address" },
          { name: "deadline", type: "uint256" },
        ],
      };
      const consent = { agentId: 2n, newWallet: stranger.address, owner: provider.address, deadline };
      const signature = await stranger.signTypedData(domain, types, consent);
      await registry.connect(provider).setAgentWallet(2n, stranger, deadline, signature);
      await index.catchUp();
      expect(await names({ walletVerified: true })).to.deep.equal(["Linter"]);
      const agent = (await index.reader.agent("2"))!;
      expect([agent.wallet, agent.walletVerified]).to.deep.equal([stranger.address, true]);
      expect(await names({ activeSince: agent.lastActiveAt })).to.deep.equal(["Linter"]);
      await registry.connect(provider).unsetAgentWallet(2n);
      await index.catchUp();
      expect((await index.reader.agent("2"))!.wallet).to.equal(undefined);
      expect(await names({ walletVerified: true })).to.deep.equal([]);
    });

    it("ranks by what the caller weighs, and says why", async () => {
      const none = { text: 0, record: 0, price: 0, activity: 0, counterparties: 0 };
      const request = { skills: ["code"], token, maxPrice: "1000" };
      expect(await names({ ...request, weights: { ...none, price: 1 } })).to.deep.equal(["Cheap", "Linter"]);
      expect(await names({ ...request, weights: { ...none, record: 1 } })).to.deep.equal(["Linter", "Cheap"]);
      const { items } = await index.reader.search(request);
      const { score, reasons, agent } = items[0]!;
      expect(agent.name).to.equal("Linter");
      const weight = reasons.reduce((sum, reason) => sum + reason.weight, 0);
      expect(score).to.be.closeTo(reasons.reduce((sum, r) => sum + r.weight * r.value, 0) / weight, 1e-9);
      const record = reasons.find(({ measure }) => measure === "record")!;
      expect(record).to.deep.include({ value: 0.75, says: "2 jobs completed; 2 of 2 went well" });
      expect(reasons.find(({ measure }) => measure === "price")).to.deep.include({ value: 0.7 });
      expect(items.every((item, i) => i === 0 || item.score <= items[i - 1]!.score)).to.equal(true);
    });

    it("does not take the price of a unit for that of a job", async () => {
      const id = formatTokenId({ chainId: 31337n, address: token });
      const list = async (name: string, amount: string, counted: object, unit?: string): Promise<void> => {
        const price = { token: id, amount, ...(unit === undefined ? {} : { unit }), counted };
        await m.registry.connect(m.stranger)["register(string)"](uriOf({ name, skills: ["code/lint"], price }));
      };
      await list("Per byte", "1", { by: "input-size" }, "byte");
      await list("Once at least", "1", { by: "input-size", min: 1 }, "byte");
      await list("Nameless unit", "1", { by: "input-size" });
      await list("At least 200", "2", { by: "input-size", min: 100 }, "byte");
      await list("Endless", String(2n ** 256n - 1n), { by: "input-size", min: 2 ** 53 - 1 }, "byte");
      await index.catchUp();
      const none = { text: 0, record: 0, price: 0, activity: 0, counterparties: 0 };
      const request = { skills: ["code"], token, maxPrice: "1000" };
      const unknown = ["Per byte", "Once at least", "Nameless unit"];
      const byPrice = await names({ ...request, weights: { ...none, price: 1 } });
      expect(byPrice).to.deep.equal(["Cheap", "At least 200", "Linter", ...unknown]);
      expect(await names({ ...request, maxPrice: "199" })).to.have.members(["Cheap", ...unknown]);
      expect(await names({ ...request, maxPrice: "0" })).to.deep.equal([]);

      const { items } = await index.reader.search(request);
      const found = (name: string) => items.find(({ agent }) => agent.name === name)!;
      const priceOf = (name: string) => found(name).agent.services[0]!.price;
      expect(priceOf("Per byte")).to.deep.equal({ token, amount: "1", unit: "byte" });
      expect(priceOf("Nameless unit")).to.deep.equal({ token, amount: "1", unit: "unit" });
      expect(priceOf("At least 200")).to.deep.equal({ token, amount: "2", unit: "byte", minimum: "200" });
      const reason = (name: string) => found(name).reasons.find(({ measure }) => measure === "price");
      expect(reason("At least 200")).to.deep.include({ weight: 1, value: 0.8, says: "from 200 base units for a job" });
      expect(reason("Per byte")).to.deep.include({
        ...{ weight: 0, value: 0 },
        says: "priced per unit, without a minimum: what a job costs is not known, and not ranked",
      });
      // As if price had not been asked for.
      const { items: others } = await index.reader.search({ ...request, maxPrice: undefined });
      const { score } = others.find(({ agent }) => agent.name === "Per byte")!;
      expect(found("Per byte").score).to.be.closeTo(score, 1e-9);
    });

    it("gives each result once, however the index grows between the pages", async () => {
      for (let i = 0; i < 8; ++i)
        await m.registry.connect(m.stranger)["register(string)"](uriOf({ name: `Extra ${i}` }));
      await index.catchUp();
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await index.reader.search({ text: "extra", limit: 3, cursor });
        seen.push(...page.items.map(({ agent }) => agent.name));
        cursor = page.next;
        await m.registry.connect(m.stranger)["register(string)"](uriOf({ name: "Extra, later" }));
        await m.registry.connect(m.stranger).setMetadata(BigInt(5 + seen.length), "k", "0x01");
        await index.catchUp();
      } while (cursor !== undefined);
      expect(seen.sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7].map((i) => `Extra ${i}`));

      const jobs: string[] = [];
      let next: string | undefined;
      do {
        const page = await index.reader.jobs({ agentId: "2", limit: 1, cursor: next });
        jobs.push(...page.items.map(({ jobId }) => jobId));
        next = page.next;
        await hireJob(m, { offer: { salt: 50n + BigInt(jobs.length) } });
        await index.catchUp();
      } while (next !== undefined);
      expect(new Set(jobs).size).to.equal(2);
      expect(jobs.length).to.equal(2);
    });

    it("refuses what it cannot understand", async () => {
      const wrong: SearchRequest[] = [
        { maxPrice: "5" },
        { token: "0x12" },
        { token, maxPrice: "-1" },
        { limit: 0 },
        { limit: 101 },
        { cursor: "AAAA" },
        { minCompleted: 1.5 },
        { weights: { text: -1 } },
        { weights: { fame: 1 } as never },
      ];
      for (const request of wrong) {
        const problem: unknown = await index.reader.search(request).catch((error: unknown) => error);
        expect(problem, JSON.stringify(request)).to.be.instanceOf(InvalidInputError);
      }
    });
  });
});
