import { createRequire } from "node:module";

import { EXIT_INVALID_INPUT, summariesOf } from "./lib/command";

/*
 * `npx agent-market VERB …`: one verb for each script here that an operator or integrator runs.
 */

/** What people do with it, in the order of a job's life. Every script for them is in one of these. */
const GROUPS: Record<string, readonly string[]> = {
  "Agents and their records": ["register-agent", "search", "show-agent", "record", "give-feedback"],
  Jobs: ["quote", "sign-offer", "cancel-offer", "hire", "show-job", "submit", "decline", "judge", "claim", "withdraw"],
  "Settling without a judge": [
    "accept-work",
    "dispute",
    "contest",
    "concede",
    "offer-split",
    "accept-split",
    "submit-evidence",
    "escalate",
    "appeal",
    "finalise",
    "withdraw-bond",
  ],
  "The court": [
    "court-status",
    "join-court",
    "leave-court",
    "seed",
    "vote",
    "reveal",
    "prove-leak",
    "redraw",
    "execute",
    "withdraw-court",
  ],
  "Wallets with limits": [
    "create-wallet",
    "grant-policy",
    "revoke-policy",
    "wallet-limits",
    "wallet-audit",
    "wallet-hire",
    "wallet-pay",
    "freeze-wallet",
    "thaw-wallet",
    "withdraw-wallet",
  ],
  "Without gas": ["sign-intent", "co-sign", "send-intent", "relay"],
  "For AI agents": ["mcp"],
  Operating: ["serve", "deploy", "deploy-court", "verify-deployment"],
};

/** Loads a verb's script, which runs at once. */
const load = createRequire(__filename);

/** In the order of the help. */
const VERBS: readonly string[] = Object.values(GROUPS).flat();

function help(): string {
  const summaries = summariesOf(VERBS, (verb) => void load(`./${verb}.ts`));
  const width = Math.max(...VERBS.map((verb) => verb.length));
  return [
    "Hire and be hired by software agents, from a shell.",
    "",
    "Usage: npx agent-market VERB [options]",
    ...Object.entries(GROUPS).flatMap(([group, verbs]) => [
      "",
      `${group}:`,
      ...verbs.map((verb) => `  ${verb.padEnd(width)}  ${firstSentence(summaries[verb] ?? "")}`),
    ]),
    "",
    "VERB --help explains a verb, --json prints for programs. Progress and errors go to stderr.",
    "Exit code: 0 done, 1 refused by the chain or a check, 2 wrong input (nothing was sent).",
  ].join("\n");
}

function firstSentence(text: string): string {
  const [sentence = ""] = text.split(/[.;:]\s/, 1);
  return sentence.replace(/\.$/, "").replaceAll("\n", " ");
}

/** The verb that somebody may have meant: the one that shares most of its beginning. */
function nearest(word: string): string | undefined {
  for (let length = word.length; length >= 3; --length) {
    const meant = VERBS.find((verb) => verb.startsWith(word.slice(0, length)));
    if (meant !== undefined) return meant;
  }
  return undefined;
}

function main(): void {
  const [verb, ...options] = process.argv.slice(2);
  if (verb === undefined || verb === "--help" || verb === "-h" || verb === "help") {
    console.log(help());
    // Nothing was asked for.
    if (verb === undefined) process.exitCode = EXIT_INVALID_INPUT;
    return;
  }
  if (!VERBS.includes(verb)) {
    const meant = nearest(verb);
    const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
    console.error(`agent-market: there is no verb "${verb}".${hint} --help lists them.`);
    process.exitCode = EXIT_INVALID_INPUT;
    return;
  }
  process.argv.splice(2, Infinity, ...options);
  load(`./${verb}.ts`);
}

main();
