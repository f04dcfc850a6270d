import { expect } from "chai";

import { parseRegistrationDataUri } from "../../../../sdk/registration";
import { marketFixture } from "../../../fixtures/market";
import { clientOf, expectRefusal, expectTwins } from "./support";

const uri = "https://agents.example/a.json";
const file = {
  type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
  name: "Linter",
  description: "Reads Solidity.",
  image: "https://agents.example/a.png",
  services: [{ name: "web", endpoint: "https://agents.example" }],
} as const;

describe("sdk", () => {
  describe("client: agents", () => {
    it("are registered once per URI and owner, unless another one is wanted", async () => {
      const m = await marketFixture();
      const agent = clientOf(m.stranger);
      const { sent } = await expectTwins(agent, "registerAgent", { uri });
      expect(sent.result).to.deep.equal({ agentId: 5n });
      expect(await m.registry.ownerOf(5n)).to.equal(m.stranger.address);
      expect((await clientOf(m.client).registerAgent({ uri })).result).to.deep.equal({ agentId: 6n });
      expect((await agent.registerAgent({ uri, again: true })).result).to.deep.equal({ agentId: 7n });
      // What was sold or changed is not there any more.
      await m.registry.connect(m.stranger).setAgentURI(5n, "https://agents.example/b.json");
      await m.registry.connect(m.stranger).transferFrom(m.stranger, m.client, 7n);
      expect((await agent.registerAgent({ uri })).done).to.equal("sent");
    });

    it("carry their file on the chain if it is given as one", async () => {
      const m = await marketFixture();
      await expectTwins(clientOf(m.stranger), "registerAgent", { file });
      expect(parseRegistrationDataUri(await m.registry.tokenURI(5n))).to.deep.equal(file);
      await expectRefusal(
        clientOf(m.stranger),
        "registerAgent",
        { uri: "agents.example" },
        "INVALID_INPUT",
        "no|not a URI",
      );
      const bad = { ...file, services: "none" } as never;
      await expectRefusal(clientOf(m.stranger), "registerAgent", { file: bad }, "INVALID_INPUT", "/services");
      const unreadable = { ...file, catalogue: { version: 1, services: [{ id: "lint" }] } } as never;
      const told = "/catalogue/services/0/name is missing";
      await expectRefusal(clientOf(m.stranger), "registerAgent", { file: unreadable }, "INVALID_INPUT", told);
    });

    it("get another file, metadata and a wallet that consents", async () => {
      const m = await marketFixture();
      const agent = clientOf(m.provider);
      const agentId = m.agents.provider;
      await expectTwins(agent, "updateAgent", { agentId, uri });
      await expectTwins(agent, "updateAgent", { agentId, file });
      await expectTwins(agent, "setMetadata", { agentId, key: "colour", value: "0x0102" });
      expect(await m.registry.getMetadata(agentId, "colour")).to.equal("0x0102");
      await expectTwins(agent, "setAgentWallet", { agentId, wallet: m.stranger });
      expect(await m.registry.getAgentWallet(agentId)).to.equal(m.stranger.address);
      await expectRefusal(clientOf(m.client), "updateAgent", { agentId, uri }, "ERC721InsufficientApproval");
      await expectRefusal(agent, "updateAgent", { agentId: 99n, uri }, "ERC721NonexistentToken");
    });
  });
});
