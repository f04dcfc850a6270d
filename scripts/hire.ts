import type { Wallet } from "ethers";
import { MaxUint256, ZeroAddress, ZeroHash } from "ethers";

import { IERC20__factory } from "../sdk/bindings";
import type { FundingMethod } from "../sdk/enums";
import { fundBy, requireAcceptable } from "../sdk/hiring";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { formatJobId } from "../sdk/jobId";
import type { Acceptance, Offer } from "../sdk/offers";
import { jobIdOf, makeAcceptanceTerms, offerDomain, offerHash } from "../sdk/offers";
import { formatSignedAcceptance, parseSignedAcceptance } from "../sdk/signedAcceptance";
import type { SignedOffer } from "../sdk/signedOffer";
import { parseSignedOffer } from "../sdk/signedOffer";
import { formatAmount, formatDuration, formatTime, parseAmount } from "../sdk/units";
import { runCommand } from "./lib/command";
import { requireTerms, requireUsable } from "./lib/hiring";
import {
  hashOption,
  parseAddress,
  parseAgentId,
  parseBytes,
  parseBytes32,
  parseChoice,
  readText,
  writeNewFile,
} from "./lib/input";
import { Report } from "./lib/report";
import type { Session, Token } from "./lib/session";
import { SIGNER_OPTIONS, openSession, readToken, simulateAndSend, walletFrom } from "./lib/session";

const METHOD_NAMES = {
  allowance: "Allowance",
  permit: "Permit",
  authorization: "Authorization",
  permit2: "Permit2",
} as const satisfies Record<string, FundingMethod>;
type Method = keyof typeof METHOD_NAMES;
const METHODS = Object.keys(METHOD_NAMES) as Method[];

/** The options that a signed acceptance stands for. */
const CLIENTS_DECISIONS = [
  "agent",
  "input",
  "input-hash",
  "salt",
  "budget-params",
  "fund-params",
  "funding",
  "approve",
] as const;

/** How long a signature that somebody else may send stays valid. */
const SIGNATURE_SECONDS = 3_600n;

void runCommand({
  name: "hire",
  summary:
    "Hire by a signed offer: the job is created and funded in one transaction. Or sign only, for others to send.",
  options: {
    offer: { value: "FILE", required: true, help: "The signed offer." },
    terms: { value: "FILE", help: "The job contract that the offer must be for." },
    max: { value: "AMOUNT", help: "The most that you pay, in whole tokens: an offer that asks more is refused." },
    evaluators: { value: "LIST", help: "Whom you trust to judge the work, by commas: any other is refused." },
    "terms-salt": { value: "HEX", help: "The salt of the terms' hash, if there is one." },
    agent: { value: "ID", help: "The agent that you hire as; by default the one that the offer names, or none." },
    input: { value: "FILE", help: "Your input to the work; its hash becomes part of the job." },
    "input-hash": { value: "HASH", help: "The same, as keccak256." },
    salt: { value: "HEX", help: "32 bytes, to accept an open offer again with the same input." },
    "budget-params": { value: "HEX", help: "What the hook is given with setBudget; by default nothing." },
    "fund-params": { value: "HEX", help: "What the hook is given with fund; by default nothing." },
    funding: { value: "METHOD", help: `How you pay: ${METHODS.join(", ")}; by default the first.` },
    approve: {
      help: "First approve what is missing: the escrow for allowance, Permit2 (once, unlimited) for permit2.",
    },
    "sign-only": { value: "FILE", help: "Write the signed acceptance to a new file instead (authorization, permit2)." },
    acceptance: { value: "FILE", help: "Send a client's signed acceptance. You pay the gas, the client the price." },
    ...SIGNER_OPTIONS,
  },
  example: "--offer offer.json --terms job.json --max 40 --evaluators $OPTIMISTIC_EVALUATOR --agent 1 --approve",
  run: async (values) => {
    const signedOffer = parseSignedOffer(readText(values.offer, "--offer"), values.offer);
    const { offer, signature } = signedOffer;
    requireTerms(values, offer);
    const decided = CLIENTS_DECISIONS.filter((option) => values[option] !== undefined && values[option] !== false);
    if (values.acceptance !== undefined && decided.length > 0) {
      const options = decided.map((option) => `--${option}`).join(", ");
      throw new InvalidInputError(`--acceptance is all that its client decided: leave ${options} out.`);
    }
    const method = parseChoice(values.funding ?? "allowance", "--funding", METHODS);
    const inputHash = hashOption({ file: values.input, hash: values["input-hash"] }, "input") ?? ZeroHash;
    const salt = values.salt === undefined ? ZeroHash : parseBytes32(values.salt, "--salt");
    const agentId = values.agent === undefined ? offer.clientAgentId : parseAgentId(values.agent, "--agent");
    const budgetParams = parseBytes(values["budget-params"] ?? "0x", "--budget-params");
    const fundParams = parseBytes(values["fund-params"] ?? "0x", "--fund-params");
    if (values["sign-only"] !== undefined && (method === "allowance" || method === "permit")) {
      throw new InvalidInputError(
        `--sign-only needs --funding authorization or permit2: nobody can pay from your ${method} but you.`,
      );
    }
    if (values["sign-only"] !== undefined && values.acceptance !== undefined) {
      throw new InvalidInputError("--sign-only and --acceptance exclude each other: one signs, the other sends.");
    }
    const evaluators = values.evaluators?.split(",").map((one) => parseAddress(one, "--evaluators"));
    const wallet = walletFrom(values["key-env"]);
    const domain = offerDomain(signedOffer.chainId, signedOffer.escrow);
    const hash = offerHash(domain, offer);
    const given =
      values.acceptance === undefined
        ? undefined
        : parseSignedAcceptance(readText(values.acceptance, "--acceptance"), hash, values.acceptance);

    const session = await openSession(values);
    const { chain, market, now } = session;
    await requireUsable(session, signedOffer);
    const token = await readToken(session, offer.token, "--offer");
    requireBounds(offer, token, values.max, evaluators);
    const client = wallet.connect(chain);
    const terms =
      given ??
      makeAcceptanceTerms({
        client: wallet.address,
        clientAgentId: agentId,
        inputHash,
        salt,
        budgetParams,
        fundParams,
      });
    if (given === undefined) await requireAcceptable(session.market, offer, terms);
    const jobId = jobIdOf(hash, terms);
    const report = new Report()
      .add("jobId", "Job", jobId, formatJobId(jobId))
      .add("offerHash", "Offer hash", hash)
      .add("client", "Client", terms.client)
      .add("provider", "Provider", offer.provider)
      .add("amount", "Price", offer.amount, token.format(offer.amount));

    let acceptance: Acceptance;
    if (given !== undefined) {
      acceptance = given;
      console.error(summaryOf(terms.client, offer, token));
    } else {
      const spender = await requireMoney(session, client, signedOffer, token, method, values.approve);
      // Before anything is signed or sent: whoever reads it can still stop.
      console.error(summaryOf(terms.client, offer, token));
      if (spender !== undefined) {
        const allowed = method === "allowance" ? offer.amount : MaxUint256;
        await simulateAndSend(IERC20__factory.connect(offer.token, client).approve, spender, allowed);
      }
      acceptance = {
        ...terms,
        ...(await fundBy(METHOD_NAMES[method], {
          market,
          chain,
          chainId: signedOffer.chainId,
          client: wallet.address,
          signer: client,
          offer,
          jobId,
          deadline: now + SIGNATURE_SECONDS,
        })),
      };
    }
    if (values["sign-only"] !== undefined) {
      writeNewFile(values["sign-only"], "--sign-only", formatSignedAcceptance(jobId, acceptance));
      return report
        .add("file", "Acceptance", values["sign-only"])
        .add("validUntil", "Send before", now + SIGNATURE_SECONDS, formatTime(now + SIGNATURE_SECONDS));
    }
    const receipt = await simulateAndSend(market.escrow.connect(client).hire, offer, signature, acceptance);
    return report.add("transaction", "Transaction", receipt.hash).add("gasUsed", "Gas used", receipt.gasUsed);
  },
});

/** Refuses an offer outside what the caller says that it wants, whoever signed it. */
function requireBounds(
  { amount, evaluator }: Offer,
  token: Token,
  max: string | undefined,
  evaluators: readonly string[] | undefined,
): void {
  if (max !== undefined && amount > parseAmount(max, token.decimals)) {
    throw new InvalidInputError(
      `the offer asks ${token.format(amount)}, more than --max ${max}: ask for a cheaper one, or raise it.`,
    );
  }
  if (evaluators !== undefined && !evaluators.includes(evaluator)) {
    throw new InvalidInputError(
      `the offer is judged by ${evaluator}, whom --evaluators does not name: ask for another offer, or name it if you trust it.`,
    );
  }
}

/** What is paid, to whom, and who judges: the addresses in full, since a token's symbol can be anybody's. */
function summaryOf(client: string, offer: Offer, token: Token): string {
  const { provider, providerAgentId, evaluator, evaluatorFeeBps, deliveryPeriod, hook } = offer;
  const fee = evaluatorFeeBps === 0n ? "" : ` for ${formatAmount(evaluatorFeeBps, 2)}% of it`;
  const agent = providerAgentId === 0n ? "" : ` (agent ${providerAgentId})`;
  return [
    `${client} pays ${token.format(offer.amount)}, of the token ${token.address}, to ${provider}${agent},`,
    `to deliver within ${formatDuration(deliveryPeriod)}, judged by ${evaluator}${fee}`,
  ]
    .join(" ")
    .concat(hook === ZeroAddress ? "." : `, with the hook ${hook}.`);
}

/** The client has the price, and has approved whoever takes it. Answers whom it has yet to approve, if it is asked to. */
async function requireMoney(
  { market }: Session,
  client: Wallet,
  { offer }: SignedOffer,
  token: Token,
  method: Method,
  approve: boolean,
): Promise<string | undefined> {
  const contract = IERC20__factory.connect(offer.token, client);
  const balance = await contract.balanceOf(client.address);
  if (balance < offer.amount) {
    throw new InvalidInputError(
      `${client.address} has ${token.format(balance)}, less than the price of ${token.format(offer.amount)}.`,
    );
  }
  if (method !== "allowance" && method !== "permit2") return undefined;
  const spender = method === "allowance" ? market.addresses.escrow : await market.escrow.PERMIT2();
  const allowance = await contract.allowance(client.address, spender);
  if (allowance >= offer.amount) return undefined;
  if (!approve) {
    throw new InvalidInputError(
      `${spender} may take ${token.format(allowance)} of yours, less than ${token.format(offer.amount)}: add --approve.`,
    );
  }
  return spender;
}
