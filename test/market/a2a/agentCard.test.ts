import { readFileSync } from "node:fs";
import { join } from "node:path";

import { AgentCard as AgentCardJson } from "@a2a-js/sdk";
import { expect } from "chai";

import { makeAgentCard } from "../../../market/a2a/agentCard";
import { agentCardUrl } from "../../../market/a2a/client";
import { readExtension } from "../../../market/a2a/extension";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { registrationFile } from "../../../sdk/registration";
import { BASE, CARD, CARD_URL, FILE } from "../../fixtures/a2a";
import { ROOT } from "../../fixtures/cli";
import { PLACE, PROVIDER } from "../../fixtures/negotiation";

describe("an agent card", () => {
  it("is A2A's, with the extension and a skill for each service, and survives its JSON form", () => {
    const json = AgentCardJson.toJSON(CARD) as Record<string, unknown>;
    expect(AgentCardJson.fromJSON(JSON.parse(JSON.stringify(json)))).to.deep.include({
      name: "Linter",
      skills: CARD.skills,
    });
    expect(json.supportedInterfaces).to.deep.equal([
      { url: `${BASE}/a2a`, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
    ]);
    expect(readExtension(CARD)).to.deep.include({ chainId: "31337", escrow: PLACE.escrow, provider: PROVIDER.address });
    expect(CARD.capabilities!.extensions[0]!.required).to.equal(false);
    expect(agentCardUrl(FILE)).to.equal(CARD_URL);
  });

  it("is the one that docs/a2a.md shows", () => {
    const [, sample = ""] = /```json\n([^`]+)```/.exec(readFileSync(join(ROOT, "docs", "a2a.md"), "utf8")) ?? [];
    expect(JSON.parse(sample)).to.deep.equal(AgentCardJson.toJSON(CARD));
  });

  it("needs a catalogue", () => {
    const file = registrationFile({ name: "Idle", description: "Does nothing." });
    expect(agentCardUrl(file)).to.equal(undefined);
    expect(() => makeAgentCard({ file, baseUrl: BASE, place: PLACE, provider: PROVIDER.address })).to.throw(
      InvalidInputError,
      "no catalogue",
    );
  });
});
