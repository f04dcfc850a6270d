import { parseArgs } from "node:util";

import { explainError } from "../../sdk/errors";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { oneLine } from "../../sdk/plainText";
import type { Report } from "./report";

/** One option of a command. With `value` it takes one (`--job ID`), without it is a switch. */
export interface Option {
  readonly value?: string;
  readonly required?: boolean;
  readonly default?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** The parsed options: text for those that take a value, a boolean for switches. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { value: string }
    ? O[K] extends { required: true } | { default: string }
      ? string
      : string | undefined
    : boolean;
};

export interface Command<O extends Options> {
  /** The verb, which is the script's name. */
  readonly name: string;
  /** How it is called, for those that are no verbs of `agent-market`. */
  readonly program?: string;
  readonly summary: string;
  readonly options: O;
  /** A call that works, for the help. */
  readonly example: string;
  /** Undefined from a service, which has said all that there is by itself. */
  readonly run: (values: Values<O>) => Promise<Report | undefined>;
}

const COMMON = {
  json: { help: "Print JSON instead of a table." },
  help: { help: "Print this and do nothing." },
} as const satisfies Options;

/** A sentence on stderr is cut to so many characters. */
const LONGEST_SENTENCE = 4_000;

/** What was asked for was wrong, and nothing was sent. */
export const EXIT_INVALID_INPUT = 2;
/** It was asked for correctly, and the chain, a contract or a check said no. */
const EXIT_FAILED = 1;

/** While the command line asks what each verb is for, scripts only say it. */
let summaries: Record<string, string> | undefined;

/** What each verb is for, in one sentence. @param load Loads a verb's script. */
export function summariesOf(verbs: readonly string[], load: (verb: string) => void): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  summaries = found;
  verbs.forEach(load);
  summaries = undefined;
  return found;
}

/** Runs a script: options in, table or JSON out on stdout, one sentence on stderr if it fails. */
export async function runCommand<O extends Options>(command: Command<O>): Promise<void> {
  if (summaries !== undefined) {
    summaries[command.name] = command.summary;
    return;
  }
  try {
    const { help, json, values } = parse(command);
    if (help) {
      console.log(helpOf(command));
      return;
    }
    const report = await command.run(values);
    if (report === undefined) return;
    console.log(json ? report.toJson() : report.toTable());
    if (report.failure !== undefined) {
      console.error(`${command.name}: ${report.failure}`);
      process.exitCode = EXIT_FAILED;
    }
  } catch (error) {
    // Even this side's own sentences can name what stands in a stranger's file.
    console.error(`${command.name}: ${oneLine(explainError(error), LONGEST_SENTENCE)}`);
    if (process.env.DEBUG !== undefined) console.error(error);
    process.exitCode = error instanceof InvalidInputError ? EXIT_INVALID_INPUT : EXIT_FAILED;
  }
}

function parse<O extends Options>(command: Command<O>): { help: boolean; json: boolean; values: Values<O> } {
  const options: Options = { ...COMMON, ...command.options };
  let parsed: Record<string, string | boolean | undefined>;
  try {
    parsed = parseArgs({
      strict: true,
      allowPositionals: false,
      options: Object.fromEntries(
        Object.entries(options).map(([name, option]) => [
          name,
          {
            type: option.value === undefined ? ("boolean" as const) : ("string" as const),
            ...(option.default === undefined ? {} : { default: option.default }),
          },
        ]),
      ),
    }).values;
  } catch (error) {
    const [reason = ""] = (error as Error).message.split(/\.\s|\n/, 1);
    const [, option] = /^Option '(--[\w-]+)[^']*' argument is ambiguous/.exec(reason) ?? [];
    if (option !== undefined)
      throw new InvalidInputError(`${option} has no value (is its variable set?): --help lists the options.`);
    throw new InvalidInputError(`${reason.replace(/\.$/, "")}: --help lists the options.`);
  }
  const values: Record<string, string | boolean | undefined> = {};
  for (const [name, option] of Object.entries(options)) {
    values[name] = option.value === undefined ? parsed[name] === true : parsed[name];
    if (option.required === true && parsed.help !== true && (values[name] === undefined || values[name] === "")) {
      throw new InvalidInputError(`--${name} ${option.value ?? ""} is missing: add it; --help lists the options.`);
    }
  }
  return { help: parsed.help === true, json: parsed.json === true, values: values as Values<O> };
}

function helpOf<O extends Options>({ name, summary, options, example, ...command }: Command<O>): string {
  const program = command.program ?? `npx agent-market ${name}`;
  const lines = Object.entries<Option>({ ...options, ...COMMON }).map(
    ([option, { value, required, help, ...rest }]) => ({
      left: `--${option}${value === undefined ? "" : ` ${value}`}`,
      right: `${help}${required === true ? " Required." : ""}${rest.default === undefined ? "" : ` Default: ${rest.default}.`}`,
    }),
  );
  const width = Math.max(...lines.map(({ left }) => left.length));
  return [
    summary,
    "",
    `Usage: ${program} [options]`,
    "",
    ...lines.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`),
    "",
    "Exit code: 0 done, 1 refused by the chain or a check, 2 wrong input (nothing was sent).",
    "",
    `Example: ${program} ${example}`,
  ].join("\n");
}
