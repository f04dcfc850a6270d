import { join } from "node:path";

import { publicFetch } from "../../market/files/publicFetch";
import { runCommand } from "../../scripts/lib/command";
import { parseAddress, parseAgentId, parseNumber, readBytes, readText } from "../../scripts/lib/input";
import { Report } from "../../scripts/lib/report";
import { KEY_OPTION, NETWORK_OPTION, connectChain, readToken, walletFrom } from "../../scripts/lib/session";
import { marketAddresses } from "../../sdk/addresses";
import { connectIndex } from "../../sdk/discovery/client";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { formatJobId } from "../../sdk/jobId";
import { networkByName } from "../../sdk/networks";
import { parseJobContract } from "../../sdk/terms";
import { parseAmount } from "../../sdk/units";
import { readEvaluatorTerms } from "../evaluator/optimistic";
import { FileStore } from "../files";
import { TASK_TYPES } from "../workers/work";
import { runTask } from "./agent";
import { verifyByDoing } from "./verify";

void runCommand({
  name: "client",
  program: "npx tsx examples/client/run.ts",
  summary:
    "Run an agent that has work done: it asks several providers, hires the best, checks what it gets, and settles.",
  options: {
    ...NETWORK_OPTION,
    ...KEY_OPTION,
    index: { value: "URL", default: "http://127.0.0.1:8645", help: "The index that it finds providers by." },
    token: { value: "ADDRESS", required: true, help: "The token that it pays in." },
    evaluator: { value: "ADDRESS", required: true, help: "The OptimisticEvaluator that it trusts." },
    terms: {
      value: "FILE",
      default: join("examples", "jobs", "lint-any-file.json"),
      help: "The job contract.",
    },
    input: { value: "FILE", help: "Its own file, for a job contract that leaves it to the client." },
    budget: { value: "AMOUNT", required: true, help: "The most that it pays." },
    haggle: { value: "BPS", help: "Basis points of the offered price that it names in return." },
    agent: { value: "ID", default: "0", help: "The agent that it hires as; 0 for none." },
    verify: { help: "Do the work again, too, and dispute any other result." },
    files: { value: "FOLDER", default: join("out", "client"), help: "Where it puts the work." },
  },
  example:
    "--token $TOKEN --evaluator $OPTIMISTIC_EVALUATOR --key-env CLIENT_KEY --budget 40 --input node_modules/@openzeppelin/contracts/utils/Nonces.sol",
  run: async (values) => {
    const network = networkByName(values.network);
    const contract = parseJobContract(readText(values.terms, "--terms"), values.terms);
    const input = values.input === undefined ? undefined : readBytes(values.input, "--input");
    if (input === undefined && contract.inputs.some(({ hash }) => hash === undefined)) {
      throw new InvalidInputError(`${values.terms} leaves the file to you: give it by --input.`);
    }
    if (values.verify && !TASK_TYPES.includes(contract.taskType)) {
      throw new InvalidInputError(`--verify: nobody here does ${contract.taskType}; it is ${TASK_TYPES.join(", ")}.`);
    }
    const agentId = parseAgentId(values.agent, "--agent");
    const haggleBps = values.haggle === undefined ? undefined : parseNumber(values.haggle, "--haggle", 1n, 10_000n);
    const key = walletFrom(values["key-env"]);
    const chain = await connectChain(network);
    const token = await readToken({ chain, network }, parseAddress(values.token, "--token"));
    const addresses = marketAddresses(network.chainId);
    const evaluator = parseAddress(values.evaluator, "--evaluator");
    const { leastDisputed } = await readEvaluatorTerms(chain, addresses.escrow, evaluator);
    const interrupted = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        interrupted.abort();
      });
    }
    const result = await runTask(
      {
        signer: key.connect(chain),
        addresses,
        minAmount: leastDisputed,
        signal: interrupted.signal,
        agentId,
        index: connectIndex(values.index),
        token: token.address,
        evaluator,
        // On a local chain agents serve from this machine; anywhere else their endpoints may lead to no private address.
        http: network.name === "localhost" ? { allowHttp: true } : { fetch: publicFetch() },
        format: token.format,
        tell: console.error,
        ...(haggleBps === undefined ? {} : { haggleBps }),
        ...(values.verify ? { verify: verifyByDoing } : {}),
      },
      { contract, budget: parseAmount(values.budget, token.decimals), ...(input === undefined ? {} : { input }) },
    );
    if (result === undefined)
      return new Report().add("offers", "Offers", 0).failWith("nobody was hired: see above who was asked.");
    const { jobId, provider, amount, offers, status, objection, deliverable } = result;
    const report = new Report()
      .add("jobId", "Job", formatJobId(jobId))
      .add("provider", "Provider", provider)
      .add("amount", "Price", amount, token.format(amount))
      .add("offers", "Offers compared", offers)
      .add("status", "Status", status);
    if (deliverable !== undefined) {
      const store = new FileStore(values.files);
      report.add("deliverable", "The work", store.path("deliverables", store.write("deliverables", deliverable)));
    }
    if (objection !== undefined) return report.failWith(`the work was disputed: ${objection}`);
    if (status === "Rejected") return report.failWith("the provider gave the job back, and your money with it.");
    return status === "Expired" ? report.failWith("nothing came in time: your money is back.") : report;
  },
});
