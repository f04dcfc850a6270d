import { createServer } from "node:http";

import { decodeAbi } from "../../market/chain/abi";
import { JobEscrow__factory } from "../../sdk/bindings";
import { SyntheticChain, bytes, word } from "./syntheticChain";

/*
 * Serves a synthetic chain over JSON-RPC, in a process of its own so that its work is not counted as the index's.
 * Arguments: agents, jobs, seed. Prints its port.
 */

const [agents, jobs, seed] = process.argv.slice(2).map(Number) as [number, number, number];
const chain = new SyntheticChain({ agents, jobs }, seed);
const MULTICALL = JobEscrow__factory.createInterface().getFunction("multicall").selector;
/** The chain's head can be held back, to measure how long a new block takes. */
let head = chain.head;

interface Call {
  id: number;
  method: string;
  params: unknown[];
}

function answer({ method, params }: Call): unknown {
  switch (method) {
    case "eth_chainId":
      return "0x7a69";
    case "eth_getBlockByNumber": {
      const block = params[0] === "latest" ? head : Number(params[0]);
      return block > head ? null : chain.header(block);
    }
    case "eth_getLogs": {
      const { fromBlock, toBlock, blockHash } = params[0] as Record<string, string | undefined>;
      if (blockHash !== undefined) return chain.logs(recent(blockHash));
      const logs = [];
      for (let n = Number(fromBlock); n <= Number(toBlock); ++n) logs.push(...chain.logs(n));
      return logs;
    }
    case "eth_call":
      return call((params[0] as { data: string }).data);
    case "bench_setHead":
      head = Math.min(Number(params[0]), chain.head);
      return head;
    default:
      throw new Error(`${method} is not served`);
  }
}

/** Blocks are asked for by hash only near the head. */
function recent(hash: string): number {
  for (let n = head; n > Math.max(0, head - 300); --n) if (chain.hash(n) === hash) return n;
  return -1;
}

function call(data: string): string {
  if (!data.startsWith(MULTICALL)) return "0x"; // a token's symbol and decimals
  const [calls] = decodeAbi(["bytes[]"], data.slice(10)) as [string[]];
  const results = calls.map((inner) => chain.jobAnswer(BigInt(`0x${inner.slice(10, 74)}`)));
  // bytes[]: where the list is, how many there are, where each is, and each with its length before it.
  let offset = calls.length * 32;
  const offsets = results.map((result) => {
    const here = offset;
    offset += 32 + Math.ceil(result.length / 64) * 32;
    return word(here);
  });
  return `0x${word(32)}${word(results.length)}${offsets.join("")}${results.map(bytes).join("")}`;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[];
    const reply = (one: Call): object => ({ jsonrpc: "2.0", id: one.id, result: answer(one) });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Array.isArray(body) ? body.map(reply) : reply(body)));
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) console.log(address.port);
});
// Ends with the process that started it.
process.stdin.on("end", () => process.exit(0)).resume();
