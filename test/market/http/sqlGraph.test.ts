import { expect } from "chai";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import Database from "libsql";
import { Pool } from "pg";

import type { Condition, GraphReader } from "../../../market/graph/reader";
import type { SqlDialect } from "../../../market/graph/SqlGraphReader";
import { SqlGraphReader } from "../../../market/graph/SqlGraphReader";
import { DATABASES } from "../index/support";
import { account, graphAgent, graphFeedback } from "./samples";
import { filledReader } from "./service";
import { fillTables, testSources } from "./sqlSources";

/** A database of the kind, empty; undefined where there is no PostgreSQL. */
async function open(dialect: SqlDialect): Promise<Kysely<never> | undefined> {
  if (dialect === "sqlite") {
    return new Kysely<never>({ dialect: new SqliteDialect({ database: new Database(":memory:") }) });
  }
  const connectionString = await DATABASES.PostgreSQL?.();
  return connectionString === undefined
    ? undefined
    : new Kysely<never>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString, max: 1 }) }) });
}

for (const dialect of ["sqlite", "postgres"] as const) {
  describe(`SqlGraphReader on ${dialect}`, () => {
    const memory = filledReader();
    let db: Kysely<never> | undefined;
    let reader: GraphReader;

    before(async function () {
      db = await open(dialect);
      if (db === undefined) {
        this.skip();
      }
      memory.rows.Agent.push(
        graphAgent("10", {
          registrationFile: { ...graphAgent("10").registrationFile!, name: "100% ÄGENT_x", createdAt: 5 },
        }),
        graphAgent("11"),
      );
      delete memory.rows.Agent.at(-1)!.registrationFile;
      delete memory.rows.Agent.at(-1)!.agentWallet;
      memory.rows.Feedback.push(graphFeedback("3", 1, { isRevoked: true, revokedAt: 1_700_000_300, value: "-0.5" }));
      await fillTables(db, memory.rows);
      reader = new SqlGraphReader(db, dialect, testSources(dialect));
    });
    after(async () => {
      await db?.destroy();
    });

    /** The ids that the database finds, which must be those that the test double finds by evaluating the condition. */
    const found = async (where: Condition, more = {}): Promise<string[]> => {
      const query = { where, orderBy: "agentId", descending: false, skip: 0, first: 1000, ...more };
      const rows = await reader.select("Agent", query);
      expect(rows).to.deep.equal(await memory.select("Agent", query));
      return rows.map(({ agentId }) => agentId);
    };

    it("answers rows whole, and what is missing as absent", async () => {
      expect(await found({ all: [] })).to.deep.equal(["1", "2", "3", "10", "11"]);
      const query = { where: { all: [] }, orderBy: "key", descending: false, skip: 0, first: 10 };
      for (const entity of ["Feedback", "FeedbackResponse", "AgentMetadata"] as const) {
        expect(await reader.select(entity, query)).to.deep.equal(await memory.select(entity, query));
      }
    });

    it("filters as the conditions say", async () => {
      const name = "registrationFile.name";
      const cases: [Condition, string[]][] = [
        [{ any: [] }, []],
        [{ field: "agentId", is: "in", value: ["1", "10", "99999999999999999999"] }, ["1", "10"]],
        [{ field: "owner", is: "eq", value: account("owner 2") }, ["2"]],
        [{ not: { field: "agentWallet", is: "eq", value: account("wallet 1") } }, ["2", "3", "10"]],
        [{ field: "agentWallet", is: "missing", value: true }, ["11"]],
        [{ field: "registrationFile", is: "missing", value: true }, ["11"]],
        [{ not: { field: "registrationFile", is: "missing", value: true } }, ["1", "2", "3", "10"]],
        [{ field: "createdAt", is: "gt", value: 1_700_000_003 }, ["10", "11"]],
        [{ field: "createdAt", is: "lte", value: 1_700_000_002 }, ["1", "2"]],
        [{ field: "operators", is: "has", value: account("operator 3") }, ["3"]],
        [{ field: name, is: "contains", value: "gent" }, ["1", "2", "3"]],
        [{ field: name, is: "contains", value: "%" }, ["10"]],
        [{ field: name, is: "contains", value: "_x" }, ["10"]],
        [{ field: name, is: "contains", value: "'" }, []],
        [{ field: name, is: "containsNoCase", value: "GENT" }, ["1", "2", "3", "10"]],
        [{ field: "registrationFile.x402Support", is: "eq", value: true }, ["1"]],
        [{ field: "registrationFile.hasOASF", is: "eq", value: false }, []],
        [{ field: "registrationFile.mcpTools", is: "has", value: "lint" }, ["1", "2", "3", "10"]],
        [{ field: "registrationFile.mcpTools", is: "has", value: 'lin"' }, []],
        [{ field: "registrationFile.a2aEndpoint", is: "missing", value: true }, ["1", "2", "3", "10", "11"]],
        [
          { any: [{ field: "agentId", is: "eq", value: "1" }, { all: [{ field: "agentId", is: "eq", value: "2" }] }] },
          ["1", "2"],
        ],
      ];
      for (const [condition, ids] of cases) {
        expect(await found(condition), JSON.stringify(condition)).to.deep.equal(ids);
      }
    });

    it("orders with what is missing last, and cuts", async () => {
      const by = async (orderBy: string, descending: boolean, more = {}) =>
        (await reader.select("Agent", { where: { all: [] }, orderBy, descending, skip: 0, first: 10, ...more })).map(
          ({ agentId }) => agentId,
        );
      expect(await by("agentId", true)).to.deep.equal(["11", "10", "3", "2", "1"]);
      expect(await by("registrationFile.name", true)).to.deep.equal(["3", "2", "1", "10", "11"]);
      expect(await by("registrationFile.name", false)).to.deep.equal(["10", "1", "2", "3", "11"]);
      expect(await by("totalFeedback", false)).to.deep.equal(["2", "3", "10", "11", "1"]);
      expect(await by("agentId", false, { skip: 1, first: 2 })).to.deep.equal(["2", "3"]);
    });
  });
}
