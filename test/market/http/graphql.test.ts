import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { buildClientSchema, getIntrospectionQuery } from "graphql";

import { account, graphAgent, graphFeedback } from "./samples";
import type { Service } from "./service";
import { startService } from "./service";

interface Recorded {
  queries: Record<string, string>;
  requests: { call: string; query: string; variables: Record<string, unknown> }[];
}

const { queries, requests } = JSON.parse(readFileSync(join(__dirname, "agent0Requests.json"), "utf8")) as Recorded;

/** By what was called: the ids of what the recorded request must find. */
const FOUND: Readonly<Record<string, string[]>> = {
  "searchAgents feedback thresholds": ["1"],
  "searchAgents feedback reviewers": ["1"],
  getAgent: ["1"],
  "getAgent absent": [],
  searchAgents: ["3", "2", "1"],
  "searchAgents name": ["2"],
  "searchAgents active hasMCP": ["1"],
  "searchAgents lists": ["3", "2", "1"],
  "searchAgents owners": ["2"],
  "searchAgents ids, times": ["3"],
  "searchAgents endpoints": ["1"],
  "searchAgents noEndpoints": [],
  "searchAgents noFile": [],
  "searchAgents hasFeedback": ["1"],
  "searchAgents hasNoFeedback": ["3", "2"],
  "searchAgents metadata key": ["1"],
  "searchAgents metadata value": ["1"],
  "legacy getAgents": ["1"],
  "legacy searchAgents": ["3", "2", "1"],
};

function listOf(data: Record<string, unknown>): Record<string, unknown>[] {
  const [value] = Object.values(data);
  return (Array.isArray(value) ? value : value === null ? [] : [value]) as Record<string, unknown>[];
}

describe("Market HTTP service: GraphQL", () => {
  let service: Service;

  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  const data = async (query: string, variables?: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const answer = await service.graphql(query, variables);
    expect(answer.errors, JSON.stringify(answer.errors)).to.equal(undefined);
    return answer.data as Record<string, unknown>;
  };
  const refusal = async (query: string, variables?: Record<string, unknown>): Promise<string> => {
    const selects = () => Object.entries(service.reader.calls).filter(([name]) => name.startsWith("select"));
    const before = selects();
    const { errors } = (await service.graphql(query, variables)) as { errors: { message: string }[] };
    expect(selects()).to.deep.equal(before);
    return errors[0]!.message;
  };
  const ids = async (where: string): Promise<string[]> =>
    listOf(await data(`{ agents(where: ${where}) { agentId } }`)).map(({ agentId }) => String(agentId));

  describe("requests recorded from agent0-sdk 1.7.1", () => {
    for (const { call, query, variables } of requests) {
      it(`answers ${call}: ${query}, ${JSON.stringify(variables).slice(0, 80)}`, async () => {
        const rows = listOf(await data(queries[query]!, variables));
        if (rows[0]?.clientAddress !== undefined) {
          // Feedback, which the library adds up itself: the test below looks at its values.
          expect(rows.every(({ id }) => String(id).startsWith("31337:1:0x"))).to.equal(true);
          return;
        }
        const found = rows.map((row) => (row.agent as { id: string } | undefined)?.id ?? String(row.id));
        expect(found).to.deep.equal(FOUND[call]!.map((id) => `31337:${id}`));
      });
    }

    it("finds feedback by value, tag and reviewer", async () => {
      const values = async (call: string) => {
        const { query, variables } = requests.find((one) => one.call === call && !("where" in one.variables))!;
        return listOf(await data(queries[query]!, variables)).map(({ value }) => value);
      };
      expect(await values("searchFeedback values")).to.deep.equal(["87.5"]);
      expect(await values("searchFeedback tags")).to.deep.equal(["20", "87.5"]);
      expect(await values("searchFeedback reviewers")).to.deep.equal(["20", "87.5"]);
    });
  });

  it("writes ids, numbers and bytes as the public subgraph does", async () => {
    const query = `query($id: ID!) { agent(id: $id) { id chainId agentId owner agentWallet operators agentURIType createdAt
      totalFeedback registrationFile { id agentId name active mcpTools oasfDomains hasOASF a2aEndpoint } } }`;
    expect(await data(query, { id: "31337:1" })).to.deep.equal({
      agent: {
        id: "31337:1",
        chainId: "31337",
        agentId: "1",
        owner: account("owner 1").toLowerCase(),
        agentWallet: account("wallet 1").toLowerCase(),
        operators: [account("operator 1").toLowerCase()],
        agentURIType: "ipfs",
        createdAt: "1700000001",
        totalFeedback: "2",
        registrationFile: {
          id: "31337:1",
          agentId: "31337:1",
          name: "Agent 1",
          active: true,
          mcpTools: ["lint"],
          oasfDomains: ["software"],
          hasOASF: true,
          a2aEndpoint: null,
        },
      },
    });
  });

  it("takes an id declared as String or as ID, and finds nothing of another chain", async () => {
    for (const type of ["String", "String!", "ID", "ID!"]) {
      const query = `query($id: ${type}${type.endsWith("!") ? "" : ' = "31337:2"'}) { agents(where: { id: $id }) { agentId } }`;
      expect(listOf(await data(query, { id: "31337:2" }))).to.deep.equal([{ agentId: "2" }]);
    }
    expect(await data('{ agent(id: "1:2") { id } }')).to.deep.equal({ agent: null });
    expect(await ids('{ id_in: ["1:1", "31337:3", "x"] }')).to.deep.equal(["3"]);
    expect(await ids('{ id_in: ["1:1"] }')).to.deep.equal([]);
    expect(await ids("{ chainId: 31337 }")).to.deep.equal(["1", "2", "3"]);
    expect(await ids("{ chainId_not: 31337 }")).to.deep.equal([]);
  });

  it("filters by every kind of operator", async () => {
    expect(await ids("{ createdAt_gt: 1700000001, createdAt_lt: 1700000003 }")).to.deep.equal(["2"]);
    expect(await ids("{ createdAt_gte: 1700000002, createdAt_lte: 1700000002 }")).to.deep.equal(["2"]);
    expect(await ids('{ agentId_not_in: ["1", "3"] }')).to.deep.equal(["2"]);
    expect(await ids(`{ owner_not: "${account("owner 1").toLowerCase()}" }`)).to.deep.equal(["2", "3"]);
    expect(await ids(`{ operators_not_contains: ["${account("operator 1").toLowerCase()}"] }`)).to.deep.equal([
      "2",
      "3",
    ]);
    expect(await ids('{ registrationFile_: { name_contains: "agent" } }')).to.deep.equal([]);
    expect(await ids('{ registrationFile_: { name_contains_nocase: "AGENT", name_not: "Agent 2" } }')).to.deep.equal([
      "1",
      "3",
    ]);
    expect(await ids("{ registrationFile_: { mcpTools_contains: [] } }")).to.deep.equal(["1", "2", "3"]);
    expect(await ids('{ or: [{ agentId: "1" }, { and: [{ agentId: "2" }, { totalFeedback: "1" }] }] }')).to.deep.equal([
      "1",
    ]);
    expect(await ids("{ or: [] }")).to.deep.equal([]);
  });

  it("orders, pages, and lists files", async () => {
    const page = `{ agents(orderBy: name, orderDirection: desc, first: 1, skip: 1) { agentId } }`;
    expect(listOf(await data(page))).to.deep.equal([{ agentId: "2" }]);
    const files = `{ agentRegistrationFiles(where: { x402Support: true }) { agentId name }
      agentRegistrationFile(id: "31337:2") { name } _meta { block { number } hasIndexingErrors } }`;
    expect(await data(files)).to.deep.equal({
      agentRegistrationFiles: [{ agentId: "31337:1", name: "Agent 1" }],
      agentRegistrationFile: { name: "Agent 2" },
      _meta: { block: { number: 120 }, hasIndexingErrors: false },
    });
  });

  it("loads the relations of a whole list by one query for each kind", async () => {
    const many = Array.from({ length: 50 }, (_, i) => graphFeedback("2", i + 1));
    service.reader.rows.Feedback.push(...many);
    const before = { ...service.reader.calls };
    const query = `{ feedbacks(where: { agent: "31337:2" }) { agent { owner registrationFile { name } } responses { id } } }`;
    expect(listOf(await data(query))).to.have.length(50);
    const spent = (name: string) => (service.reader.calls[name] ?? 0) - (before[name] ?? 0);
    expect(["select Feedback", "select Agent", "select FeedbackResponse"].map(spent)).to.deep.equal([1, 1, 1]);
    service.reader.rows.Feedback.splice(-50);
  });

  it("answers introspection, from which a client can be built", async () => {
    const answer = await data(getIntrospectionQuery());
    expect(
      buildClientSchema(answer as never)
        .getQueryType()
        ?.getFields(),
    ).to.include.keys("agents", "feedbacks", "_meta");
  });

  it("keeps a text of a stranger a text", async () => {
    const name = '</script><img src=x onerror="alert(1)">';
    service.reader.rows.Agent.push(
      graphAgent("9", { registrationFile: { ...graphAgent("9").registrationFile!, name, createdAt: 1 } }),
    );
    const found = await data('{ agent(id: "31337:9") { registrationFile { name } } }');
    service.reader.rows.Agent.pop();
    expect(found).to.deep.equal({ agent: { registrationFile: { name } } });
  });

  describe("refuses before it asks the index", () => {
    it("too many fields, tokens, root fields and aliases", async () => {
      const aliases = Array.from({ length: 11 }, (_, i) => `a${i}: agents { id }`).join(" ");
      expect(await refusal(`{ ${aliases} }`)).to.equal("A query may ask for 10 fields at its root.");
      expect(await refusal(`{ agents { ${"id ".repeat(301)} } }`)).to.equal("A query may name 300 fields.");
      expect(await refusal(`{ agents { ${"id ".repeat(5000)} } }`)).to.contain("token");
      const spread = `{ ${"...a ".repeat(6)} } fragment a on Query { x: agents { id } y: agents { id } }`;
      expect(await refusal(spread)).to.equal("A query may ask for 10 fields at its root.");
    });

    it("a query that is too deep", async () => {
      const deep = `${"{ feedbackResponses { feedback { responses ".repeat(8)}{ id }${"} } }".repeat(8)}`;
      expect(await refusal(deep)).to.equal("A query may be 20 deep.");
    });

    it("an answer that would be too large", async () => {
      const nested = "feedback { responses { feedback { responses { feedback { responses { feedback { id } } } } } } }";
      const query = `query($n: Int!) { feedbackResponses(first: $n) { ${nested} } }`;
      expect(await refusal(query, { n: 1000 })).to.contain("more than 150000 fields");
    });

    it("fragments that contain or double each other", async () => {
      expect(await refusal("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")).to.contain(
        "Cannot spread",
      );
      const doubling = Array.from({ length: 19 }, (_, i) => `fragment f${i} on Agent { ...f${i + 1} ...f${i + 1} }`);
      expect(
        await refusal(`{ agent(id: "1:1") { ...f0 } } ${doubling.join(" ")} fragment f19 on Agent { id }`),
      ).to.contain("more than 150000 fields");
      expect(await refusal(`{ agents { id } } ${"fragment a on Agent { id } ".repeat(21)}`)).to.contain("20 fragments");
    });

    it("an introspection that goes around in circles", async () => {
      const circle = "fields { type { ".repeat(4) + "name" + " } }".repeat(4);
      expect(await refusal(`{ __schema { types { ${circle} } } }`)).to.contain("introspection depth");
    });

    it("filters that are too deep or too many, lists that are too long, and pages that are too large", async () => {
      const nested = `${"{ and: [".repeat(8)}{ agentId: "1" }${"] }".repeat(8)}`;
      expect(await refusal(`{ agents(where: ${nested}) { id } }`)).to.equal("A filter may be nested 6 deep.");
      const or = Array.from({ length: 501 }, () => ({ agentId: "1" }));
      const byVariable = "query($where: Agent_filter) { agents(where: $where) { id } }";
      expect(await refusal(byVariable, { where: { or } })).to.equal("A filter may have 500 comparisons.");
      const long = { where: { id_in: Array.from({ length: 1001 }, () => "31337:1") } };
      expect(await refusal(byVariable, long)).to.equal("A list in a filter may have 1000 items.");
      for (const [query, message] of [
        ["{ agents(first: 1001) { id } }", "The argument first must be from 1 to 1000."],
        ["{ agents(first: 0) { id } }", "The argument first must be from 1 to 1000."],
        ["{ agents(first: null) { id } }", "The argument first must be from 1 to 1000."],
        ["{ agents(skip: 100001) { id } }", "The argument skip must be from 0 to 100000."],
        [
          '{ agents(where: { owner: "x" }) { id } }',
          "A Bytes must be bytes: 0x and pairs of hexadecimal digits, in quotes.",
        ],
        ["{ agents(where: { createdAt_gt: null }) { id } }", "A filter by gt needs a value: null is none."],
        ["mutation { agents { id } }", "Name one query of the document in operationName."],
        ["query a { agents { id } } query b { agents { id } }", "Name one query of the document in operationName."],
      ] as const) {
        expect(await refusal(query), query).to.contain(message);
      }
    });

    it("bodies that are no GraphQL request", async () => {
      const post = (body: string, type = "application/json") =>
        service.send("POST", "/graphql", { "content-type": type }, body);
      for (const [body, parameter] of [
        ["[]", "query"],
        ["{}", "query"],
        ['{"query":1}', "query"],
        ['{"query":"{agents{id}}","variables":[]}', "variables"],
        ['{"query":"{agents{id}}","operationName":3}', "operationName"],
        ["{", "body"],
      ] as const) {
        const answer = await post(body);
        expect([answer.status, answer.json().parameter], body).to.deep.equal([400, parameter]);
      }
      expect((await post("{}", "text/plain")).status).to.equal(415);
      expect((await post("{}", "application/x-www-form-urlencoded")).status).to.equal(415);
      expect((await post(JSON.stringify({ query: "x".repeat(70_000) }))).status).to.equal(413);
    });
  });

  it("tells nothing of a fault of the index, and logs it", async () => {
    const lines: string[] = [];
    const write = console.error;
    console.error = (line: string) => lines.push(line);
    const select = service.reader.select.bind(service.reader);
    service.reader.select = () => Promise.reject(new Error("no such table: agents of /secret/path"));
    try {
      const answer = await service.graphql("{ agents { id } }");
      expect(JSON.stringify(answer)).to.not.contain("secret");
      expect((answer.errors as { message: string }[])[0]!.message).to.contain("failed to answer");
    } finally {
      console.error = write;
      service.reader.select = select;
    }
    expect(JSON.parse(lines[0]!)).to.include({ level: "error", route: "/graphql" });
  });
});
