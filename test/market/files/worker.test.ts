import { expect } from "chai";

import { registrationDataUri } from "../../../sdk/registration";
import { marketFixture } from "../../fixtures/market";
import { indexOf, overBothDatabases } from "../index/support";

const GOOD = registrationDataUri({
  type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
  name: "Good",
  description: "Works.",
  image: "https://example.org/a.png",
  services: [],
  active: true,
});

describe("market index: files of agents", () => {
  overBothDatabases((database) => {
    it("marks an agent whose file is bad, and stops nothing", async () => {
      const m = await marketFixture();
      const { registry, stranger } = m;
      const register = registry.connect(stranger)["register(string)"];
      let clock = 1_000;
      let found = false;
      // 5 to 8: bad content, not public, good, away for now.
      for (const uri of ["data:,{}", "https://127.0.0.1/a.json", GOOD, "https://agent.invalid/a.json"])
        await register(uri);
      const resolve = () => (found ? Promise.resolve([]) : Promise.reject(new Error("no such name")));
      const index = await indexOf(m, await database(), { files: { timeout: 1_000, resolve, now: () => clock } });
      try {
        await index.catchUp();
        const file = async (agentId: string) => (await index.reader.agent(agentId))!.file;
        expect(await file("1")).to.deep.equal({ state: "none", uri: "" });
        expect((await file("5")).problem).to.match(/^its registration file is not a valid ERC-8004 registration file/);
        expect(await file("6")).to.deep.equal({
          state: "failed",
          uri: "https://127.0.0.1/a.json",
          problem: "its server has an address that is not public, which is not asked.",
        });
        expect(await file("7")).to.deep.include({ state: "resolved", resolvedAt: 1_000 });
        expect(await index.reader.agentFile("7")).to.deep.include({ name: "Good" });
        expect((await file("8")).problem).to.equal("its server cannot be reached, or broke off.");

        // Not asked again before a minute is over.
        found = true;
        clock += 59;
        await index.catchUp();
        expect((await file("8")).problem).to.equal("its server cannot be reached, or broke off.");
        clock += 1;
        await index.catchUp();
        expect((await file("8")).problem).to.equal("its server's name has no address.");

        await registry.connect(stranger).setAgentURI(5n, GOOD);
        await index.catchUp();
        expect(await file("5")).to.deep.include({ state: "resolved" });
        expect((await index.reader.search({ text: "good" })).items.length).to.equal(2);
        await registry.connect(stranger).setAgentURI(7n, "");
        await index.catchUp();
        expect((await index.reader.agent("7"))!.name).to.equal("");
        expect((await index.reader.search({ text: "good" })).items.length).to.equal(1);
      } finally {
        await index.stop();
      }
    });
  });
});
