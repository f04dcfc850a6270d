import { processStr } from "solhint";

import type { JobContract } from "../../sdk/terms";
import { readInput } from "./inputs";

/** A solhint configuration. Rules that look at other files would make the report depend on the machine. */
interface LintParameters {
  extends: string;
  rules: Record<string, unknown>;
}

export interface LintReport {
  file: { name: string; hash: string };
  lines: number;
  errors: number;
  warnings: number;
  findingsPerRule: Record<string, number>;
  findings: Finding[];
}

interface Finding {
  line: number;
  column: number;
  severity: "error" | "warning";
  rule: string;
  message: string;
}

const ERROR = 2;
/** Those that come with solhint. It would load and run any other as a module, and strangers write the parameters. */
const RULE_SETS = ["solhint:recommended", "solhint:all"];

/** Lints one Solidity file with solhint's library. */
export function lint(contract: JobContract, clientInput?: Uint8Array): LintReport {
  const { name, hash, bytes } = readInput(contract, clientInput);
  const source = Buffer.from(bytes).toString("utf8");
  const findings = processStr(source, rulesOf(contract))
    .reports.map(({ line, column, severity, ruleId, message }): Finding => ({
      line,
      column,
      severity: severity === ERROR ? "error" : "warning",
      rule: ruleId ?? "syntax",
      message,
    }))
    .sort((a, b) => a.line - b.line || a.column - b.column || order(a.rule, b.rule) || order(a.message, b.message));
  const findingsPerRule: Record<string, number> = {};
  for (const { rule } of findings) findingsPerRule[rule] = (findingsPerRule[rule] ?? 0) + 1;
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return {
    file: { name, hash },
    lines: source.split("\n").length,
    errors,
    warnings: findings.length - errors,
    findingsPerRule,
    findings,
  };
}

function rulesOf({ parameters = {} }: JobContract): LintParameters {
  const { extends: set, rules, ...others } = structuredClone(parameters) as Partial<LintParameters>;
  const isOwn = set !== undefined && RULE_SETS.includes(set);
  if (!isOwn || typeof rules !== "object" || Object.keys(others).length > 0) {
    throw new Error(`The parameters must be "rules", and "extends" with one of ${RULE_SETS.join(", ")}.`);
  }
  return { extends: set, rules };
}

/** By code units, not by locale: the same everywhere. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
