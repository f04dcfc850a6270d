import Ajv2020 from "ajv/dist/2020";
import { expect } from "chai";

import { openApiDocument } from "../../../market/http/openApi";
import { ROUTES } from "../../../market/http/routeTable";
import { SCHEMAS } from "../../../market/http/schemas";
import { sampleAgent, sampleFeedback, sampleJob, account } from "./samples";
import type { Answer, Service } from "./service";
import { startService } from "./service";

interface Operation {
  operationId: string;
  summary: string;
  parameters: { name: string; in: string; required: boolean; schema: object; description: string }[];
  responses: Record<string, { description: string; content: Record<string, { schema?: object }> }>;
}

/** Compiles with OpenAPI's references in place. */
function compiled(schema: object): ReturnType<Ajv2020["compile"]> {
  const ajv = new Ajv2020({ strict: true, allErrors: true, strictRequired: false, allowUnionTypes: true });
  ajv.addKeyword("components");
  return ajv.compile({ ...schema, components: { schemas: SCHEMAS } });
}

const document = openApiDocument(ROUTES) as { openapi: string; paths: Record<string, Record<string, Operation>> };

/** Holds an answer against what the document says of the status of its route. */
function expectDocumented(path: string, method: string, answer: Answer): void {
  const operation = document.paths[path]![method]!;
  const type = answer.headers["content-type"]!.split(";")[0]!;
  const schema = operation.responses[String(answer.status)]?.content[type]?.schema;
  expect(schema, `${method} ${path} ${answer.status} ${type}`).to.not.equal(undefined);
  const validate = compiled(schema!);
  const value = type.endsWith("json") ? answer.json() : answer.text;
  expect(validate(value), JSON.stringify(validate.errors)).to.equal(true);
}

describe("Market HTTP service: routes", () => {
  let service: Service;

  before(async () => {
    service = await startService();
    service.reader.agents.push(
      sampleAgent("4", { name: "Sleeper", active: false, image: "ipfs://image" }),
      sampleAgent("5", { name: "Translator", skills: ["text/translate"], walletVerified: false }),
    );
    service.reader.jobDetails.push(sampleJob("8", { status: "Funded", client: account("other"), disputed: true }));
  });
  after(() => service.close());

  const names = async (path: string): Promise<string[]> =>
    ((await service.get(path)).json().items as { agent: { name: string } }[]).map(({ agent }) => agent.name);

  describe("OpenAPI document", () => {
    it("is answered as it is made, names every route once, and every path parameter", async () => {
      expect((await service.get("/api/v1/openapi.json")).json()).to.deep.equal(JSON.parse(JSON.stringify(document)));
      expect(document.openapi).to.equal("3.1.0");
      const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
      expect(new Set(operations.map(({ operationId }) => operationId)).size).to.equal(ROUTES.length);
      for (const [path, methods] of Object.entries(document.paths)) {
        const braces = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        for (const { parameters, responses, summary } of Object.values(methods)) {
          expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).to.deep.equal(braces);
          expect(summary).to.match(/\.$/);
          expect(Object.keys(responses)).to.include("200");
        }
      }
    });

    it("has schemas that compile, and no reference that leads nowhere", () => {
      const text = JSON.stringify(document);
      const wanted = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
      expect(wanted.filter((name) => !Object.hasOwn(SCHEMAS, name))).to.deep.equal([]);
      expect(Object.keys(SCHEMAS).filter((name) => !wanted.includes(name))).to.deep.equal([]);
      for (const name of Object.keys(SCHEMAS)) {
        compiled({ $ref: `#/components/schemas/${name}` });
      }
    });

    for (const { path, method, operationId } of ROUTES) {
      // The stream has a test file of its own; it does not end.
      if (operationId === "streamEvents") {
        continue;
      }
      it(`tells the shape of what ${method} ${path} answers`, async () => {
        const url = path.replace("{agentId}", "1").replace("{jobId}", "7");
        const body = method === "POST" ? JSON.stringify({ query: "{ agents { id } }" }) : undefined;
        const answer = await service.send(method, url, { "content-type": "application/json" }, body);
        expect(answer.status).to.equal(200);
        expectDocumented(path, method.toLowerCase(), answer);
      });
    }

    it("tells the shape of problems", async () => {
      expectDocumented("/api/v1/agents", "get", await service.get("/api/v1/agents?limit=0"));
      expectDocumented("/api/v1/jobs/{jobId}", "get", await service.get("/api/v1/jobs/99"));
    });

    it("would notice an answer of another shape", async () => {
      const { agents } = service.reader;
      service.reader.agents = [{ ...agents[0]!, epoch: "1" as unknown as number }];
      const answer = await service.get("/api/v1/agents/1");
      service.reader.agents = agents;
      expect(() => {
        expectDocumented("/api/v1/agents/{agentId}", "get", answer);
      }).to.throw("/epoch");
    });
  });

  describe("GET /api/v1/agents", () => {
    it("passes every filter to the index", async () => {
      expect(await names("/api/v1/agents?text=translator")).to.deep.equal(["Translator"]);
      expect(await names("/api/v1/agents?skill=text")).to.deep.equal(["Translator"]);
      expect(await names("/api/v1/agents?skill=text&skill=code")).to.deep.equal([]);
      expect(await names("/api/v1/agents?active=false")).to.deep.equal(["Sleeper"]);
      expect(await names("/api/v1/agents?walletVerified=false")).to.deep.equal(["Translator"]);
      expect(await names("/api/v1/agents?minCompleted=4")).to.deep.equal([]);
      expect(await names("/api/v1/agents?activeSince=1700000101")).to.deep.equal([]);
    });

    it("passes weights and amounts as the index takes them", async () => {
      const token = account("token").toLowerCase();
      const query = `token=${token}&maxPrice=5000000&minVolume=1&minCounterparties=2&weight.text=0.25&weight.price=2`;
      let seen: unknown;
      const { reader } = service;
      const search = reader.search.bind(reader);
      reader.search = (request) => {
        seen = request;
        return search(request);
      };
      const [first] = (await service.get(`/api/v1/agents?${query}`)).json().items as {
        reasons: { weight: number }[];
      }[];
      reader.search = search;
      expect(first!.reasons[0]!.weight).to.equal(0.25);
      expect(seen).to.deep.equal({
        token: account("token"),
        maxPrice: "5000000",
        minVolume: "1",
        minCounterparties: 2,
        weights: { text: 0.25, price: 2 },
        limit: 20,
      });
    });

    it("pages to the end by its cursor, whatever the order of the parameters", async () => {
      const first = (await service.get("/api/v1/agents?limit=2&minCompleted=1&walletVerified=true")).json();
      expect((first.items as unknown[]).length).to.equal(2);
      const next = String(first.next);
      const last = (await service.get(`/api/v1/agents?walletVerified=true&cursor=${next}&minCompleted=1`)).json();
      expect((last.items as { agent: { agentId: string } }[]).map(({ agent }) => agent.agentId)).to.deep.equal(["3"]);
      expect(last.next).to.equal(undefined);
    });
  });

  it("filters jobs, and finds one by either notation of its id", async () => {
    const ids = async (query: string) =>
      ((await service.get(`/api/v1/jobs?${query}`)).json().items as { jobId: string }[]).map(({ jobId }) => jobId);
    expect(await ids("")).to.deep.equal(["7", "8"]);
    expect(await ids("status=Funded")).to.deep.equal(["8"]);
    expect(await ids("disputed=false")).to.deep.equal(["7"]);
    expect(await ids(`account=${account("other").toLowerCase()}`)).to.deep.equal(["8"]);
    expect(await ids("agentId=3")).to.deep.equal([]);
    expect((await service.get("/api/v1/jobs/0x08")).json().jobId).to.equal("8");
  });

  it("answers feedback of an agent in pages, and 404 for an agent that is not there", async () => {
    service.reader.feedbackRows.push(sampleFeedback("1", 3));
    const first = (await service.get("/api/v1/agents/1/feedback?limit=2")).json();
    const second = (await service.get(`/api/v1/agents/1/feedback?limit=2&cursor=${String(first.next)}`)).json();
    expect((second.items as { index: number }[]).map(({ index }) => index)).to.deep.equal([3]);
    expect((await service.get("/api/v1/agents/77/feedback")).status).to.equal(404);
    const other = await service.get(`/api/v1/agents/2/feedback?cursor=${String(first.next)}`);
    expect([other.status, other.json().parameter]).to.deep.equal([400, "cursor"]);
  });

  it("says in a sentence what is not there", async () => {
    for (const path of ["/api/v1/agents/99", "/api/v1/agents/2/file", "/api/v1/jobs/99", "/api/v1/nothing", "/api"]) {
      const answer = await service.get(path);
      expect(answer.status, path).to.equal(404);
      expect(answer.headers["content-type"]).to.equal("application/problem+json; charset=utf-8");
      expect(answer.json().detail).to.match(/^[A-Z].*\.$/);
    }
  });

  it("answers HEAD as GET without the body, OPTIONS with what it takes, and refuses other methods", async () => {
    const head = await service.send("HEAD", "/api/v1/status");
    const get = await service.get("/api/v1/status");
    expect([head.status, head.text, head.headers["content-length"]]).to.deep.equal([
      200,
      "",
      String(Buffer.byteLength(get.text)),
    ]);
    const options = await service.send("OPTIONS", "/graphql");
    expect([options.status, options.headers.allow]).to.deep.equal([204, "POST, OPTIONS"]);
    expect(options.headers["access-control-allow-origin"]).to.equal("*");
    expect(options.headers["access-control-allow-headers"]).to.include("Content-Type");
    const remove = await service.send("DELETE", "/api/v1/status");
    expect([remove.status, remove.headers.allow]).to.deep.equal([405, "GET, HEAD, OPTIONS"]);
    expect((await service.get("/graphql")).status).to.equal(405);
  });
});
