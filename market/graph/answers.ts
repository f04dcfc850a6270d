import { Batch } from "./Batch";
import type { GraphAgent, GraphFeedback, GraphMetadata, GraphReader, GraphResponse } from "./reader";

type Answer = Record<string, unknown>;

/** Responses that one request can be answered, of all its feedback together. */
const MAX_RESPONSES = 10_000;

/** Turns rows into what The Graph answers: ids begin with the chain's, integers are strings, bytes are in lower case. */
export class Answers {
  readonly #agents: Batch<GraphAgent>;
  readonly #feedback: Batch<GraphFeedback>;
  readonly #responses: Batch<GraphResponse[]>;

  constructor(
    private readonly chainId: string,
    reader: GraphReader,
  ) {
    this.#agents = new Batch(async (keys) => {
      const rows = await reader.select("Agent", byKeys("agentId", keys));
      return new Map(rows.map((row) => [row.agentId, row]));
    });
    this.#feedback = new Batch(async (keys) => {
      const rows = await reader.select("Feedback", byKeys("key", keys));
      return new Map(rows.map((row) => [row.key, row]));
    });
    this.#responses = new Batch(async (keys) => {
      const query = { ...byKeys("feedback", keys), orderBy: "createdAt", first: MAX_RESPONSES };
      const byFeedback = new Map<string, GraphResponse[]>();
      for (const row of await reader.select("FeedbackResponse", query)) {
        byFeedback.set(row.feedback, [...(byFeedback.get(row.feedback) ?? []), row]);
      }
      return byFeedback;
    });
  }

  agent(row: GraphAgent): Answer {
    const { registrationFile, agentURI } = row;
    return {
      ...this.#agentIds(row.agentId),
      agentURI: agentURI === "" ? null : agentURI,
      agentURIType: agentURI === "" ? null : uriType(agentURI),
      owner: row.owner.toLowerCase(),
      agentWallet: row.agentWallet?.toLowerCase(),
      operators: row.operators.map((one) => one.toLowerCase()),
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
      totalFeedback: row.totalFeedback,
      lastActivity: row.lastActivity,
      registrationFile: registrationFile === undefined ? null : this.file(row),
    };
  }

  file({ agentId, registrationFile }: GraphAgent): Answer {
    const id = `${this.chainId}:${agentId}`;
    return { ...registrationFile, id, agentId: id };
  }

  feedback(row: GraphFeedback): Answer {
    return {
      id: `${this.chainId}:${row.key}`,
      agent: this.#agentOf(row.agentId),
      clientAddress: row.clientAddress.toLowerCase(),
      feedbackIndex: row.feedbackIndex,
      value: row.value,
      tag1: row.tag1,
      tag2: row.tag2,
      endpoint: row.endpoint,
      feedbackURI: row.feedbackURI,
      feedbackURIType: uriType(row.feedbackURI),
      feedbackHash: row.feedbackHash.toLowerCase(),
      isRevoked: row.isRevoked,
      createdAt: row.createdAt,
      revokedAt: row.revokedAt,
      feedbackFile: null,
      responses: async ({ first }: { first: number }) => {
        const rows = (await this.#responses.get(row.key)) ?? [];
        return rows.slice(0, first).map((one) => this.response(one));
      },
    };
  }

  response(row: GraphResponse): Answer {
    return {
      id: `${this.chainId}:${row.key}`,
      feedback: async () => {
        const feedback = await this.#feedback.get(row.feedback);
        return feedback === undefined ? null : this.feedback(feedback);
      },
      responder: row.responder.toLowerCase(),
      responseUri: row.responseUri,
      responseHash: row.responseHash.toLowerCase(),
      createdAt: row.createdAt,
    };
  }

  metadata(row: GraphMetadata): Answer {
    return {
      id: `${this.chainId}:${row.key}`,
      agent: this.#agentOf(row.agentId),
      key: row.metadataKey,
      value: row.value,
      updatedAt: row.updatedAt,
    };
  }

  #agentIds(agentId: string): Answer {
    return { id: `${this.chainId}:${agentId}`, chainId: this.chainId, agentId };
  }

  /** An agent of whom mostly the id is asked: the rest is loaded when a query names it. */
  #agentOf(agentId: string): Answer {
    const names = ["agentURI", "agentURIType", "owner", "agentWallet", "operators", "createdAt", "updatedAt"];
    const load = async (name: string): Promise<unknown> => {
      const row = await this.#agents.get(agentId);
      return row === undefined ? null : this.agent(row)[name];
    };
    return {
      ...this.#agentIds(agentId),
      ...Object.fromEntries(
        [...names, "totalFeedback", "lastActivity", "registrationFile"].map((name) => [name, () => load(name)]),
      ),
    };
  }
}

function byKeys(field: string, keys: string[]) {
  return {
    where: { field, is: "in" as const, value: keys },
    orderBy: field,
    descending: false,
    skip: 0,
    first: keys.length,
  };
}

/** As the subgraph names it; `data:` is ours, which it does not know. */
function uriType(uri: string): string {
  return /^(ipfs|https|http|data):/i.exec(uri)?.[1]?.toLowerCase() ?? "unknown";
}
