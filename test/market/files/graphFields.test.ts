import { expect } from "chai";

import { graphFields } from "../../../market/files/graphFields";
import type { GraphFile } from "../../../market/graph/reader";
import { sampleFile } from "../http/samples";

describe("market index: what GraphQL answers of a file", () => {
  const fields = (changes: Record<string, unknown>): Partial<GraphFile> =>
    JSON.parse(graphFields(sampleFile("1", changes))) as Partial<GraphFile>;

  it("is what the file says", () => {
    expect(fields({})).to.deep.include({ name: "Agent 1", x402Support: true, mcpTools: ["lint"], hasOASF: true });
    const description = "d".repeat(10_000);
    expect(fields({ description }).description).to.equal(description);
  });

  it("leaves out a picture within the file", () => {
    const image = `https://agent.example/${"i".repeat(1_978)}`;
    expect(fields({ image }).image).to.equal(image);
    expect(fields({ image: `${image}i` })).not.to.have.property("image");
  });

  it("bounds lists and their items", () => {
    const items = Array.from({ length: 120 }, (_, i) => String(i));
    expect(fields({ supportedTrusts: items }).supportedTrusts).to.deep.equal(items.slice(0, 100));
    const longest = "s".repeat(100);
    expect(fields({ supportedTrusts: [`${longest}s`, longest] }).supportedTrusts).to.deep.equal([longest]);
  });
});
