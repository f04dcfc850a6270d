import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { RpcUnavailableError, asksTooMuch, rpcClient } from "../../../market/chain/rpc";
import { InvalidInputError } from "../../../sdk/InvalidInputError";

type Handler = (calls: { id: number; method: string }[], response: ServerResponse, count: number) => void;

describe("market index: the JSON-RPC client", () => {
  let server: Server;
  let url: string;
  let handler: Handler;
  let requests: number;

  beforeEach(async () => {
    requests = 0;
    server = createServer((request: IncomingMessage, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const parsed = JSON.parse(body) as { id: number; method: string }[] | { id: number; method: string };
        handler(Array.isArray(parsed) ? parsed : [parsed], response, ++requests);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const fast = { backoff: 1, attempts: 3 };
  const failure = async (promise: Promise<unknown>): Promise<Error> =>
    await promise.then(
      () => expect.fail("it was answered"),
      (error: unknown) => error as Error,
    );

  it("matches answers to questions, whatever their order", async () => {
    handler = (calls, response) => {
      const replies = calls.map(({ id, method }) => ({ id, result: `${method}!` }));
      response.end(JSON.stringify(replies.reverse()));
    };
    const questions = ["a", "b", "c"].map((method) => ({ method, params: [] }));
    expect(await rpcClient(url, { ...fast, batchSize: 2 }).requestAll(questions.slice(0, 2))).to.deep.equal([
      "a!",
      "b!",
    ]);
  });

  it("asks one by one where batches are refused", async () => {
    handler = (calls, response) => {
      const [first] = calls;
      response.end(
        JSON.stringify(calls.length > 1 ? { error: { code: -32_600 } } : { id: first?.id, result: first?.method }),
      );
    };
    const questions = ["a", "b", "c"].map((method) => ({ method, params: [] }));
    expect(await rpcClient(url, fast).requestAll(questions)).to.deep.equal(["a", "b", "c"]);
  });

  it("takes a contract's own words for no word of the endpoint", async () => {
    const words = ["execution reverted: try again", "execution reverted: rate limit", "over capacity"];
    handler = ([call], response, count) => {
      const error = { code: count === 3 ? 3 : -32_000, message: words[count - 1] };
      response.end(JSON.stringify({ id: call?.id, error }));
    };
    for (const said of words) {
      const error = await failure(rpcClient(url, fast).request({ method: "eth_call" }));
      expect([error.name, error.message]).to.deep.equal(["RpcError", `eth_call: ${said}`]);
    }
    expect(requests).to.equal(words.length);
  });

  it("asks again after a refusal, a cut-off answer and a rate limit", async () => {
    handler = ([call], response, count) => {
      if (count === 1) response.writeHead(503).end("busy");
      else if (count === 2) response.end('{"id":1,"resul');
      else if (count === 3) response.end(JSON.stringify({ id: call?.id, error: { code: 429, message: "rate limit" } }));
      else response.end(JSON.stringify({ id: call?.id, result: "0x1" }));
    };
    expect(await rpcClient(url, { backoff: 1, attempts: 4 }).request({ method: "eth_chainId" })).to.equal("0x1");
  });

  it("gives up on what does not come in time, and says that less may help", async () => {
    handler = () => undefined;
    const error = await failure(rpcClient(url, { ...fast, timeout: 50 }).request({ method: "eth_getLogs" }));
    expect(error).to.be.instanceOf(RpcUnavailableError);
    expect(error.message).to.equal("the RPC endpoint did not answer in 50 ms.");
    expect(asksTooMuch(error)).to.equal(true);
  });

  it("does not read an answer beyond its bound", async () => {
    handler = (_, response) => response.end("x".repeat(10_000));
    const error = await failure(rpcClient(url, { ...fast, maxBytes: 1_000 }).request({ method: "eth_getLogs" }));
    expect(error.message).to.equal("the RPC endpoint's answer is longer than 1000 bytes.");
    expect(asksTooMuch(error)).to.equal(true);
    expect(requests).to.equal(1);
  });

  it("tells a range that is too large from other errors", async () => {
    let message = "query returned more than 10000 results";
    handler = ([call], response) => response.end(JSON.stringify({ id: call?.id, error: { code: -32_005, message } }));
    expect(asksTooMuch(await failure(rpcClient(url, fast).request({ method: "eth_getLogs" })))).to.equal(true);
    message = "execution reverted";
    expect(asksTooMuch(await failure(rpcClient(url, fast).request({ method: "eth_call" })))).to.equal(false);
  });

  it("refuses an address that is no endpoint", () => {
    expect(() => rpcClient("file:///etc/passwd")).to.throw(InvalidInputError, "the RPC endpoint is not an http://");
  });
});
