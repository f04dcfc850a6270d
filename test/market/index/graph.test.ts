import { readFileSync } from "node:fs";
import { join } from "node:path";

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers, network } from "hardhat";

import type { MarketServer } from "../../../market/http/server";
import { createMarketServer } from "../../../market/http/server";
import { MAX_METADATA_KEY, MAX_METADATA_VALUE } from "../../../market/chain/applyRegistry";
import type { GraphReader } from "../../../market/graph/reader";
import { openReader } from "../../../market/openIndex";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";
import { account, sampleFile } from "../http/samples";
import { dump, freshDump } from "./dump";
import { indexOf, overBothDatabases } from "./support";
import type { Opened } from "./support";

type Answer = Record<string, unknown>;

interface Recorded {
  queries: Record<string, string>;
  requests: { call: string; query: string; variables: Answer }[];
}

const RECORDED = readFileSync(join(__dirname, "../http/agent0Requests.json"), "utf8");

/** In the order of the file: the agents, or the values of the feedback, that each request must find. */
const FOUND: [call: string, found: string[]][] = [
  ["getAgent", ["31337:1"]],
  ["getAgent absent", []],
  ["searchAgents", ["31337:2", "31337:1", "31337:3"]],
  ["searchAgents name", ["31337:2"]],
  ["searchAgents active hasMCP", ["31337:1"]],
  ["searchAgents lists", ["31337:2", "31337:1", "31337:3"]],
  ["searchAgents owners", ["31337:2"]],
  // It asks for an operator, and the index follows none.
  ["searchAgents owners", []],
  ["searchAgents ids, times", ["31337:3"]],
  ["searchAgents endpoints", ["31337:1"]],
  ["searchAgents noEndpoints", []],
  ["searchAgents noFile", ["31337:4"]],
  ["searchAgents hasFeedback", ["31337:2", "31337:1"]],
  ["searchAgents hasNoFeedback", ["31337:3"]],
  ["searchAgents feedback thresholds", ["87.5"]],
  ["searchAgents feedback thresholds", ["31337:1"]],
  ["searchAgents feedback reviewers", ["20", "87.5"]],
  ["searchAgents feedback reviewers", ["-90", "20", "87.5"]],
  ["searchAgents metadata key", ["31337:1", "31337:2"]],
  ["searchAgents metadata value", ["31337:1"]],
  ["searchFeedback tags", ["20", "87.5"]],
  ["searchFeedback values", ["87.5"]],
  ["searchFeedback reviewers", ["-90", "60", "20", "87.5"]],
  ["legacy getAgents", ["31337:1"]],
  ["legacy searchAgents", ["31337:3", "31337:2", "31337:1"]],
];

const COLOUR = "0x626c7565";
const RESPONSE = { uri: "ipfs://answer", hash: ethers.id("answer") };

function listOf(data: unknown): Answer[] {
  const [value] = Object.values(data as Answer);
  return (Array.isArray(value) ? value : value === null ? [] : [value]) as Answer[];
}

/** The values of feedback that a request found, or the ids of agents, also those that metadata belongs to. */
function foundIn(data: unknown): unknown[] {
  return listOf(data).map((row) => {
    if (row.key !== undefined) return (row.agent as Answer).id;
    return row.value ?? row.id;
  });
}

describe("market index: GraphQL, as agent0-sdk asks it", () => {
  overBothDatabases((database) => {
    let m: Market;
    let url: string;
    let index: Opened;
    let server: MarketServer;
    let address: string;
    /** Times of blocks that the tests look at. */
    const at: Record<string, number> = {};

    const uri = (agentId: string): string =>
      `data:application/json;base64,${Buffer.from(JSON.stringify(sampleFile(agentId))).toString("base64")}`;
    const feedback = (agentId: bigint, value: bigint, decimals: number, tags: [string, string]) =>
      m.ledger
        .connect(m.stranger)
        .giveFeedback(agentId, value, decimals, ...tags, "https://a.example", "", ethers.id("feedback"));
    const respond = (feedbackIndex: number, text = RESPONSE.uri) =>
      m.ledger.connect(m.provider2).appendResponse(1n, m.stranger, feedbackIndex, text, RESPONSE.hash);
    const setMetadata = (key: string, value: string) => m.registry.connect(m.client).setMetadata(1n, key, value);

    before(async () => {
      m = await marketFixture();
      const blockTime = async (agentId: bigint): Promise<number> => {
        const [log] = await m.registry.queryFilter(m.registry.filters.Registered(agentId));
        return (await log!.getBlock()).timestamp;
      };
      for (const id of [1n, 2n, 3n]) at[`agent ${id}`] = await blockTime(id);
      const owners = [m.client, m.provider, m.client2];
      for (const [i, owner] of owners.entries()) await m.registry.connect(owner).setAgentURI(i + 1, uri(String(i + 1)));
      // Not a registration file, as if there were none.
      await m.registry.connect(m.provider2).setAgentURI(4n, "data:application/json,{}");
      await setMetadata("colour", "0x00");
      await setMetadata("colour", COLOUR);
      at.colour = await time.latest();
      await m.registry.connect(m.provider).setMetadata(2n, "colour", "0x726564");
      await feedback(1n, 875n, 1, ["quality", ""]);
      at.feedback = await time.latest();
      await respond(1);
      at.response = await time.latest();
      await feedback(1n, 20n, 0, ["", "speed"]);
      await feedback(1n, 60n, 0, ["quality", ""]);
      await m.ledger.connect(m.stranger).revokeFeedback(1n, 3n);
      at.revoked = await time.latest();
      await feedback(2n, -90n, 0, ["other", ""]);
      at.last = await time.latest();

      url = await database();
      index = await indexOf(m, url);
      await index.catchUp();
      server = createMarketServer({ reader: index.reader, graph: index.graph, rateLimit: null });
      address = await server.listen(0);
    });
    after(async () => {
      await server.close(0);
      await index.stop();
    });

    const ask = async (query: string, variables: Answer = {}): Promise<Answer> => {
      const response = await fetch(`${address}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data: Answer; errors?: unknown };
      expect(errors, JSON.stringify(errors)).to.equal(undefined);
      return data;
    };
    /** The requests as recorded, but for the accounts and times, which are this chain's. */
    const recorded = (): Recorded => {
      const changes: [string, string][] = [
        [account("owner 1"), m.client.address],
        [account("owner 2"), m.provider.address],
        [account("wallet 2"), m.provider.address],
        [account("client"), m.stranger.address],
      ];
      const text = changes.reduce((all, pair) => {
        const [old, now] = pair.map((one) => one.toLowerCase()) as [string, string];
        expect(all).to.include(old);
        return all.replaceAll(old, now);
      }, RECORDED);
      return JSON.parse(
        text.replaceAll("1700000002", String(at["agent 2"])).replaceAll("1800000000", String(at.last)),
      ) as Recorded;
    };

    it("answers each recorded request from the chain", async () => {
      const { queries, requests } = recorded();
      expect(requests.map(({ call }) => call)).to.deep.equal(FOUND.map(([call]) => call));
      for (const [i, { call, query, variables }] of requests.entries()) {
        const data = await ask(queries[query]!, variables);
        expect(foundIn(data), `${i}: ${call}`).to.deep.equal(FOUND[i]![1]);
      }
    });

    it("gives agents, feedback, responses and metadata whole", async () => {
      const { queries } = recorded();
      const key = `31337:1:${m.stranger.address.toLowerCase()}:1`;
      const agent = (await ask(queries.getAgent!, { agentId: "31337:1" })).agent as Answer;
      expect(agent).to.deep.include({
        agentId: "1",
        owner: m.client.address.toLowerCase(),
        agentWallet: m.client.address.toLowerCase(),
        operators: [],
        agentURI: uri("1"),
        agentURIType: "data",
        createdAt: String(at["agent 1"]),
        updatedAt: String(at.revoked),
        totalFeedback: "2",
        lastActivity: String(at.revoked),
      });
      expect(agent.registrationFile).to.deep.include({
        name: "Agent 1",
        active: true,
        x402Support: true,
        supportedTrusts: ["reputation"],
        mcpEndpoint: "https://agent1.example/mcp",
        a2aEndpoint: null,
        oasfSkills: ["code/lint"],
        hasOASF: true,
        ens: "agent1.eth",
        mcpTools: ["lint"],
      });
      const fields =
        "id value tag1 endpoint feedbackHash isRevoked createdAt revokedAt responses { id responder responseUri responseHash createdAt }";
      const { feedbacks } = await ask(
        `{ feedbacks(where: { agent: "31337:1", tag1: "quality" }, orderBy: createdAt) { ${fields} } }`,
      );
      const [log] = await m.ledger.queryFilter(m.ledger.filters.ResponseAppended());
      const entry = { tag1: "quality", endpoint: "https://a.example", feedbackHash: ethers.id("feedback") };
      expect(feedbacks).to.deep.equal([
        {
          ...entry,
          id: key,
          value: "87.5",
          isRevoked: false,
          createdAt: String(at.feedback),
          revokedAt: null,
          responses: [
            {
              id: `${key}:${log!.transactionHash}:${log!.index}`,
              responder: m.provider2.address.toLowerCase(),
              responseUri: RESPONSE.uri,
              responseHash: RESPONSE.hash,
              createdAt: String(at.response),
            },
          ],
        },
        {
          ...entry,
          id: key.replace(/1$/, "3"),
          value: "60",
          isRevoked: true,
          createdAt: String(at.revoked! - 1),
          revokedAt: String(at.revoked),
          responses: [],
        },
      ]);
      const metadata = await ask(`{ agentMetadatas(where: { agent: "31337:1" }) { id key value updatedAt } }`);
      expect(metadata.agentMetadatas).to.deep.equal([
        {
          id: "31337:1:agentWallet",
          key: "agentWallet",
          value: m.client.address.toLowerCase(),
          updatedAt: String(at["agent 1"]),
        },
        { id: "31337:1:colour", key: "colour", value: COLOUR, updatedAt: String(at.colour) },
      ]);
    });

    it("answers beside the process that follows", async () => {
      const { graph, close } = await openReader(url);
      const read = (from: GraphReader) =>
        from.select("Agent", { where: { all: [] }, orderBy: "updatedAt", descending: true, skip: 1, first: 2 });
      try {
        const rows = await read(graph);
        expect(rows.map(({ agentId }) => agentId)).to.deep.equal(["1", "4"]);
        expect(rows).to.deep.equal(await read(index.graph));
      } finally {
        await close();
      }
    });

    it("takes back responses, metadata and revocations with a reorganisation", async () => {
      const state = async (): Promise<Answer> =>
        await ask(`{ feedbackResponses { responseUri } agentMetadatas(where: { agent: "31337:1" }) { key value }
          feedbacks(where: { agent: "31337:1", isRevoked: true }) { feedbackIndex revokedAt } agent(id: "31337:1") { updatedAt totalFeedback } }`);
      const before = await state();
      const snapshot = (await network.provider.send("evm_snapshot")) as string;
      await respond(1, "ipfs://abandoned");
      await setMetadata("colour", "0x01");
      await setMetadata("abandoned", "0x02");
      await m.ledger.connect(m.stranger).revokeFeedback(1n, 1n);
      await index.catchUp();
      const abandoned = await state();
      expect(abandoned.feedbackResponses).to.have.deep.members([
        { responseUri: RESPONSE.uri },
        { responseUri: "ipfs://abandoned" },
      ]);
      expect(abandoned.agentMetadatas).to.deep.include.members([
        { key: "colour", value: "0x01" },
        { key: "abandoned", value: "0x02" },
      ]);
      expect(abandoned.feedbacks).to.have.length(2);

      await network.provider.send("evm_revert", [snapshot]);
      await time.increase(100);
      await index.catchUp();
      expect(index.notices.join()).to.include("reorganised");
      expect(await state()).to.deep.equal(before);
      expect(await dump(url)).to.deep.equal(await freshDump(m, await database()));
    });

    it("leaves out metadata that is too long to keep, and bounds responses", async () => {
      const kept = async (): Promise<unknown[]> =>
        listOf(await ask(`{ agentMetadatas(where: { agent: "31337:1", key_not: "agentWallet" }) { key value } }`));
      const bytes = (count: number): string => `0x${"ab".repeat(count)}`;
      const longKey = "k".repeat(MAX_METADATA_KEY);
      const colour = { key: "colour", value: COLOUR };
      await setMetadata(longKey, bytes(MAX_METADATA_VALUE));
      await setMetadata(longKey.repeat(20), "0x01");
      await respond(2, "u".repeat(5_000));
      await index.catchUp();
      expect(await kept()).to.deep.equal([colour, { key: longKey, value: bytes(MAX_METADATA_VALUE) }]);
      const { feedbackResponses } = await ask(
        "{ feedbackResponses(orderBy: createdAt, orderDirection: desc) { responseUri } }",
      );
      const [{ responseUri }] = feedbackResponses as [{ responseUri: string }];
      expect(responseUri).to.equal(`${"u".repeat(1_999)}…`);
      await setMetadata(longKey, bytes(MAX_METADATA_VALUE + 1));
      await index.catchUp();
      expect(await kept()).to.deep.equal([colour]);
      await setMetadata(longKey, "0x");
      await index.catchUp();
      expect(await kept()).to.deep.equal([colour, { key: longKey, value: "0x" }]);
    });
  });
});
