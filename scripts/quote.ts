import { a2aCarrier } from "../market/a2a/client";
import { publicFetch } from "../market/files/publicFetch";
import { connectAgentMarket } from "../sdk/client";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { httpCarrier } from "../sdk/negotiation";
import { oneLine } from "../sdk/plainText";
import { formatSignedOffer } from "../sdk/signedOffer";
import { contentHash, parseJobContract } from "../sdk/terms";
import { formatDuration, formatTime, parseAmount, parsePercent } from "../sdk/units";
import { runCommand } from "./lib/command";
import { parseAddress, parseAgentId, readBytes, readText, writeNewFile } from "./lib/input";
import { Report } from "./lib/report";
import { SIGNER_OPTIONS, openSession, readToken, walletFrom } from "./lib/session";

void runCommand({
  name: "quote",
  summary: "Ask an agent for its offer on a job, over plain HTTP or A2A. Commits to nothing: hire takes the file.",
  options: {
    agent: { value: "ID", required: true, help: "The agent to ask." },
    terms: { value: "FILE", required: true, help: "The job contract." },
    token: { value: "ADDRESS", required: true, help: "The token that you would pay in." },
    max: { value: "AMOUNT", required: true, help: "The most that you would pay, in whole tokens." },
    evaluators: { value: "LIST", required: true, help: "Whom you trust to judge the work, by commas." },
    "max-evaluator-fee": { value: "PERCENT", default: "0", help: "Of the price, to the evaluator." },
    service: { value: "ID", default: "", help: "Which of its services; by default the first that does such work." },
    input: { value: "FILE", help: "Your input to the work; only its hash is sent." },
    "as-agent": { value: "ID", default: "0", help: "The agent that you would hire as, 0 for none." },
    counter: { value: "AMOUNT", help: "The price that you name in return, in whole tokens." },
    index: { value: "URL", default: "http://127.0.0.1:8645", help: "The index that has the agent's file." },
    out: { value: "FILE", required: true, help: "The new file for its signed offer." },
    ...SIGNER_OPTIONS,
  },
  example:
    "--agent 9 --terms examples/jobs/lint-timelock.json --token $TOKEN --max 40 --evaluators $OPTIMISTIC_EVALUATOR --out offer.json",
  run: async (values) => {
    const terms = parseJobContract(readText(values.terms, "--terms"), values.terms);
    const agentId = parseAgentId(values.agent, "--agent", 1n);
    const clientAgentId = parseAgentId(values["as-agent"], "--as-agent");
    const evaluators = values.evaluators.split(",").map((one) => parseAddress(one, "--evaluators"));
    const maxEvaluatorFeeBps = parsePercent(values["max-evaluator-fee"]);
    const input = values.input === undefined ? undefined : readBytes(values.input, "--input");
    const tokenAddress = parseAddress(values.token, "--token");
    const key = walletFrom(values["key-env"]);
    const session = await openSession(values);
    const token = await readToken(session, tokenAddress);
    const { addresses } = session.market;
    const market = connectAgentMarket({ runner: key.connect(session.chain), addresses, index: values.index });
    let negotiation = await market.negotiate({
      ...{ agentId, clientAgentId, terms, service: values.service, token: token.address, evaluators },
      maxAmount: parseAmount(values.max, token.decimals),
      limits: { maxEvaluatorFeeBps },
      carriers: [httpCarrier, a2aCarrier],
      // On a local chain agents serve from this machine; anywhere else their endpoints may lead to no private address.
      http: session.network.name === "localhost" ? { allowHttp: true } : { fetch: publicFetch() },
      ...(input === undefined ? {} : { inputHash: contentHash(input) }),
    });
    if (values.counter !== undefined && negotiation.signedOffer !== undefined) {
      negotiation = await negotiation.counter({ amount: parseAmount(values.counter, token.decimals) });
    }
    const { signedOffer, declined, objections } = negotiation;
    const report = new Report().add("agent", "Agent", agentId);
    if (signedOffer === undefined) {
      const { reason = "", detail = "" } = declined ?? {};
      report.add("declined", "Declined", { reason, detail }, `${oneLine(reason)}: ${oneLine(detail, 500)}`);
      return report.failWith("the agent declines: its reason stands above, in its own words.");
    }
    if (objections.length > 0) {
      throw new InvalidInputError(
        `the offer was not written, since this speaks against it: ${oneLine(objections.join("; "), 1_000)}.`,
      );
    }
    writeNewFile(values.out, "--out", formatSignedOffer(signedOffer));
    const { offer } = signedOffer;
    return report
      .add("file", "Offer", values.out)
      .add("amount", "Price", offer.amount, token.format(offer.amount))
      .add("evaluator", "Evaluator", offer.evaluator)
      .add("deliveryPeriod", "Delivery", offer.deliveryPeriod, `${formatDuration(offer.deliveryPeriod)} from hiring`)
      .add("validUntil", "Valid until", offer.validUntil, formatTime(offer.validUntil));
  },
});
