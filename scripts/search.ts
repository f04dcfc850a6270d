import { connectIndex } from "../sdk/discovery/client";
import type { SearchRequest, SearchResult } from "../sdk/discovery/model";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { networkByName } from "../sdk/networks";
import { oneLine } from "../sdk/plainText";
import { formatAmount, parseAmount } from "../sdk/units";
import { runCommand } from "./lib/command";
import { parseAddress, parseNumber } from "./lib/input";
import { Report } from "./lib/report";
import type { Token } from "./lib/session";
import { NETWORK_OPTION, connectChain, readToken } from "./lib/session";
import { table } from "./lib/table";

void runCommand({
  name: "search",
  summary: "Find agents that can be hired, the best first, each with the reasons for its place. Asks an index.",
  options: {
    index: { value: "URL", default: "http://127.0.0.1:8645", help: "The index." },
    text: { value: "WORDS", help: "Words that must be in its name, services, skills or description." },
    skills: { value: "LIST", help: "Skills that it must have, by commas, such as code/lint." },
    token: { value: "ADDRESS", help: "The token in which prices and records count." },
    "max-price": {
      value: "AMOUNT",
      help: "What the cheapest job (priced per unit without a minimum: one unit) may cost, in whole tokens; needs --token.",
    },
    "min-completed": { value: "NUMBER", help: "Jobs that it must have completed." },
    limit: { value: "NUMBER", default: "10", help: "How many to list." },
    ...NETWORK_OPTION,
  },
  example: "--text lint --skills code/lint --token $TOKEN --max-price 40 --index $INDEX",
  run: async (values) => {
    const { text, skills } = values;
    const index = connectIndex(values.index);
    if (values["max-price"] !== undefined && values.token === undefined) {
      throw new InvalidInputError("--max-price is an amount of a token: add --token.");
    }
    const limit = Number(parseNumber(values.limit, "--limit", 1n, 100n));
    const minCompleted =
      values["min-completed"] === undefined
        ? undefined
        : Number(parseNumber(values["min-completed"], "--min-completed", 0n, 1_000_000_000n));
    let token: Token | undefined;
    if (values.token !== undefined) {
      const network = networkByName(values.network);
      token = await readToken({ chain: await connectChain(network), network }, parseAddress(values.token, "--token"));
    }
    const request: SearchRequest = {
      limit,
      ...(text === undefined ? {} : { text }),
      ...(skills === undefined ? {} : { skills: skills.split(",") }),
      ...(token === undefined ? {} : { token: token.address }),
      ...(token === undefined || values["max-price"] === undefined
        ? {}
        : { maxPrice: parseAmount(values["max-price"], token.decimals).toString() }),
      ...(minCompleted === undefined ? {} : { minCompleted }),
    };
    const { items, block } = await index.search(request);
    const report = new Report().add("block", "As of block", block).add("agents", "Agents", items);
    if (items.length === 0) return report.withText("No agent fits: ask for less, or for other words.");
    return report.withText(toTable(items, token).join("\n"));
  },
});

function toTable(items: readonly SearchResult[], token: Token | undefined): string[] {
  return table(
    ["agent", "name", token === undefined ? "score" : `from, in ${token.symbol}`, "why it is here"],
    items.map(({ agent, score, reasons }) => [
      oneLine(agent.agentId),
      oneLine(agent.name, 40),
      token === undefined ? score.toFixed(3) : lowestPrices(agent, token),
      reasons
        // The price has a column of its own, in whole tokens.
        .filter(({ measure, weight, value }) => measure !== "price" && weight * value > 0)
        .map(({ says }) => oneLine(says, 100))
        .join("; "),
    ]),
  );
}

/** The least that a job costs, and beside it the lowest price for a unit of which no job's price follows. */
function lowestPrices({ services }: SearchResult["agent"], token: Token): string {
  const prices = services.flatMap(({ price }) => (price?.token === token.address ? [price] : []));
  const format = (amount: bigint): string => formatAmount(amount, token.decimals);
  const least = prices
    .flatMap(({ amount, unit, minimum }) => (unit === undefined ? [amount] : (minimum ?? [])))
    .map(BigInt)
    .reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
  const unit = prices
    .filter((price) => price.unit !== undefined && price.minimum === undefined)
    .reduce<(typeof prices)[number] | undefined>(
      (a, b) => (a === undefined || BigInt(b.amount) < BigInt(a.amount) ? b : a),
      undefined,
    );
  return [
    ...(least === undefined ? [] : [format(least)]),
    ...(unit === undefined ? [] : [`${format(BigInt(unit.amount))} per ${oneLine(unit.unit ?? "", 20)}`]),
  ].join("; ");
}
