import { join } from "node:path";

import { marketAddresses } from "../../sdk/addresses";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { networkByName } from "../../sdk/networks";
import { parseRegistration } from "../../sdk/registration";
import { parseAmount } from "../../sdk/units";
import { runCommand } from "../../scripts/lib/command";
import { parseAddress, parseNumber, readText } from "../../scripts/lib/input";
import { KEY_OPTION, NETWORK_OPTION, connectChain, readToken, walletFrom } from "../../scripts/lib/session";
import { readEvaluatorTerms } from "../evaluator/optimistic";
import { FileStore } from "../files";
import { doWorkApart } from "../workers/apart";
import { ProviderAgent } from "./agent";
import { catalogueHere } from "./publish";

void runCommand({
  name: "provider",
  program: "npx tsx examples/provider/run.ts",
  summary: "Run an agent that sells work: it registers, quotes, works for whoever hires it, and is paid. Until Ctrl-C.",
  options: {
    ...NETWORK_OPTION,
    ...KEY_OPTION,
    token: { value: "ADDRESS", required: true, help: "The token that it is paid in." },
    evaluator: { value: "ADDRESS", required: true, help: "The OptimisticEvaluator before which it works." },
    file: {
      value: "FILE",
      default: join("examples", "agents", "solidity-linter.json"),
      help: "Its registration file, with its catalogue.",
    },
    name: { value: "NAME", help: "What it is called, instead of the file's name." },
    price: { value: "AMOUNT", default: "35", help: "What a job costs, instead of the file's prices." },
    lowest: { value: "BPS", default: "9000", help: "Basis points of the price that it goes down to." },
    port: { value: "NUMBER", default: "0", help: "Where it negotiates on this machine; 0 for a free port." },
    url: { value: "URL", help: "Where clients reach it, if not on this machine." },
    files: {
      value: "FOLDER",
      default: join("out", "provider"),
      help: "Where it keeps terms, inputs and work. Keep it.",
    },
  },
  example: "--token $TOKEN --evaluator $OPTIMISTIC_EVALUATOR --key-env PROVIDER_KEY --price 34",
  run: async (values) => {
    const network = networkByName(values.network);
    const lowestBps = parseNumber(values.lowest, "--lowest", 1n, 10_000n);
    const port = Number(parseNumber(values.port, "--port", 0n, 65_535n));
    const published = parseRegistration(readText(values.file, "--file"), values.file);
    const key = walletFrom(values["key-env"]);
    const chain = await connectChain(network);
    const token = await readToken({ chain, network }, parseAddress(values.token, "--token"));
    const evaluator = parseAddress(values.evaluator, "--evaluator");
    const addresses = marketAddresses(network.chainId);
    const { evaluationPeriod, leastDisputed } = await readEvaluatorTerms(chain, addresses.escrow, evaluator);
    const price = parseAmount(values.price, token.decimals);
    if (price === 0n) throw new InvalidInputError("--price must be more than 0: the escrow takes no job without.");
    if ((price * lowestBps) / 10_000n < leastDisputed) {
      console.error(
        `Below ${token.format(leastDisputed)} nobody can dispute before this evaluator: careful clients hire for no less.`,
      );
    }
    if (values.url !== undefined) requireUrl(values.url, network.name === "localhost");
    const agent = await ProviderAgent.start({
      signer: key.connect(chain),
      addresses,
      registration: catalogueHere(
        { ...published, ...(values.name === undefined ? {} : { name: values.name }) },
        {
          chainId: network.chainId,
          token: token.address,
          evaluator,
          evaluationPeriod,
          price,
        },
      ),
      work: doWorkApart,
      lowestBps,
      port,
      files: new FileStore(values.files),
      format: token.format,
      ...(values.url === undefined ? {} : { url: values.url }),
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void agent.stop());
    await agent.stopped();
    return undefined;
  },
});

/** What is published for clients to call. Where money is real they call https only. */
function requireUrl(url: string, isLocal: boolean): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol === "https:" || (protocol === "http:" && isLocal)) return;
  throw new InvalidInputError(`--url must be the https address at which clients reach it, not "${url}".`);
}
