import { expect } from "chai";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { RegistrationFile } from "../../../sdk/registration";
import {
  REGISTRATION_TYPE,
  agentRegistryId,
  parseRegistration,
  parseRegistrationDataUri,
  registrationDataUri,
  validateRegistration,
} from "../../../sdk/registration";

const REGISTRY = "0x8004A169FB4a3325136EB29fA0ceB6D2e539a432";

const FILE: RegistrationFile = {
  type: REGISTRATION_TYPE,
  name: "Linter 🧹",
  description: "Lints Solidity.",
  image: "https://agents.example/linter.png",
  services: [
    { name: "MCP", endpoint: "https://agents.example/mcp", version: "2025-06-18" },
    { name: "ENS", endpoint: "linter.eth" },
  ],
  x402Support: false,
  active: true,
  registrations: [{ agentId: 22, agentRegistry: agentRegistryId(1, REGISTRY) }],
  supportedTrust: ["reputation"],
};

describe("sdk", () => {
  describe("registration files", () => {
    it("pass with all fields, and with fields of others", () => {
      expect(parseRegistration(JSON.stringify(FILE))).to.deep.equal(FILE);
      validateRegistration({ ...FILE, colour: "green" });
    });

    it("go through a data: URI and back", () => {
      const uri = registrationDataUri(FILE);
      expect(uri).to.match(/^data:application\/json;base64,/);
      expect(parseRegistrationDataUri(uri)).to.deep.equal(FILE);
      const plain = `data:application/json,${encodeURIComponent(JSON.stringify(FILE))}`;
      expect(parseRegistrationDataUri(plain)).to.deep.equal(FILE);
    });

    it("are not read from elsewhere, nor from rubbish", () => {
      expect(() => parseRegistrationDataUri("ipfs://cid")).to.throw(InvalidInputError, "fetch it from where it points");
      expect(() => parseRegistrationDataUri("data:application/json;base64,gA==")).to.throw(
        InvalidInputError,
        "cannot be decoded",
      );
    });

    it("name a registry by chain and checksummed address", () => {
      expect(agentRegistryId(8453n, REGISTRY.toLowerCase())).to.equal(`eip155:8453:${REGISTRY}`);
    });

    const faults: [string, Record<string, unknown>, string][] = [
      ["another type", { type: "https://eips.ethereum.org/EIPS/eip-8004" }, `/type must be "${REGISTRATION_TYPE}"`],
      ["no name", { name: "" }, "/name must NOT have fewer than 1 characters"],
      ["an image that is no URI", { image: "linter.png" }, '/image must match format "uri"'],
      ["the services under their old name", { endpoints: [] }, "/endpoints must NOT be valid"],
      ["a service without endpoint", { services: [{ name: "web" }] }, "/services/0/endpoint is missing"],
      ["half a registration", { registrations: [{ agentId: 1 }] }, "/registrations/0/agentRegistry is missing"],
      [
        "a registry that is none",
        { registrations: [{ agentId: 1, agentRegistry: "eip155:1:0x12" }] },
        "/registrations/0/agentRegistry must match pattern",
      ],
      ["a word where a boolean belongs", { active: "yes" }, "/active must be boolean"],
    ];
    for (const [what, fields, reason] of faults) {
      it(`fail with ${what}`, () => {
        expect(() => validateRegistration({ ...FILE, ...fields }, "agent.json")).to.throw(
          InvalidInputError,
          `agent.json is not a valid ERC-8004 registration file: ${reason}`,
        );
      });
    }
  });
});
