import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";

import untypedSolc from "solc";

import type { Node } from "./ast";
import { children } from "./ast";
import type { Mutant } from "./mutants";
import { mutantsOf } from "./mutants";
import { SWITCH_CODE, SWITCH_SOURCE, culpritsIn, schemaOf, withOptionalGuard } from "./schema";

const root = join(__dirname, "..", "..");

/** Under Hardhat's cache, which git ignores. */
export const CACHE = join(root, "cache", "mutation");

/** The contracts that are mutated, and the sources that belong to each: its own first. */
export const TARGETS = {
  JobEscrow: [
    "contracts/JobEscrow.sol",
    "contracts/escrow/EscrowVault.sol",
    "contracts/escrow/JobKernel.sol",
    "contracts/escrow/JobSettlement.sol",
    "contracts/libraries/BoundedCall.sol",
    "contracts/libraries/Offers.sol",
  ],
  ReputationLedger: [
    "contracts/ReputationLedger.sol",
    "contracts/libraries/Facts.sol",
    "contracts/reputation/FeedbackRegistry.sol",
  ],
  OptimisticEvaluator: ["contracts/evaluation/OptimisticEvaluator.sol", "contracts/evaluation/BondVault.sol"],
  SeatCourt: [
    "contracts/evaluation/SeatCourt.sol",
    "contracts/evaluation/court/CourtCases.sol",
    "contracts/evaluation/court/SeatPool.sol",
    "contracts/libraries/Tally.sol",
  ],
  // Wallets are clones of what the factory's constructor deploys, and so come with its code.
  AgentWalletFactory: [
    "contracts/wallet/AgentWalletFactory.sol",
    "contracts/wallet/AgentWallet.sol",
    "contracts/wallet/WalletLimits.sol",
    "contracts/wallet/WalletOwner.sol",
    "contracts/wallet/WalletSignatures.sol",
  ],
} as const;

export type Target = keyof typeof TARGETS;

/** Something for each target. */
export function forEachTarget<T>(make: (target: Target) => T): Record<Target, T> {
  const targets = Object.keys(TARGETS) as Target[];
  return Object.fromEntries(targets.map((target) => [target, make(target)])) as Record<Target, T>;
}
export type Bytecode = Record<Target, string>;

export interface Build {
  /** Names the sources and this runner as they are. */
  readonly digest: string;
  readonly mutants: readonly Mutant[];
  readonly bytecode: Bytecode;
}

/** The package has no types of its own. */
const solc = untypedSolc as {
  compile: (input: string, callbacks: { import: (name: string) => { contents: string } }) => string;
};

/** Code that is not optimised, with a switch for every mutant, takes the ledger more than the escrow's cap allows. */
const CAPPING_SOURCE = "contracts/escrow/JobSettlement.sol";
const USES_OF_CAP = /(?<!constant )\bRECORD_GAS\b/g;

const GUARD = "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

interface CompilerOutput {
  readonly errors?: {
    readonly severity: string;
    readonly formattedMessage: string;
    readonly sourceLocation?: { readonly file: string; readonly start: number; readonly end: number };
  }[];
  readonly sources: Record<string, { readonly ast: Node }>;
  readonly contracts: Record<
    string,
    Record<string, { readonly evm: { readonly bytecode: { readonly object: string } } }>
  >;
}

type Sources = Record<string, string>;

function readSource(name: string): string {
  return readFileSync(join(root, name.startsWith("@") ? "node_modules" : "", name), "utf8");
}

function compile(sources: Sources, selection: object, settings: object): CompilerOutput {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings: {
      evmVersion: "cancun",
      viaIR: true,
      metadata: { bytecodeHash: "none" },
      ...settings,
      outputSelection: selection,
    },
  };
  const output = solc.compile(JSON.stringify(input), {
    import: (name: string) => ({ contents: sources[name] ?? readSource(name) }),
  });
  return JSON.parse(output) as CompilerOutput;
}

function failOnErrors({ errors }: CompilerOutput): void {
  const first = errors?.find(({ severity }) => severity === "error");
  if (first !== undefined) throw new Error(`the sources do not compile:\n${first.formattedMessage}`);
}

/** All mutants of the sources, and one build of each contract that holds them all. Kept until the sources change. */
export function buildMutants(): Build {
  const files = Object.values(TARGETS).flat();
  const sources: Sources = Object.fromEntries(files.map((file) => [file, readSource(file)]));
  const digest = digestOf(sources);
  const kept = join(CACHE, `build-${digest}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8")) as Build;

  const parsed = compile(sources, { "*": { "": ["ast"] } }, {});
  failOnErrors(parsed);
  const declared = declarations(Object.values(parsed.sources).map(({ ast }) => ast));
  const mutants: Mutant[] = [];
  for (const file of files) {
    const ast = parsed.sources[file]?.ast;
    if (ast === undefined) throw new Error(`the compiler gave no syntax tree of ${file}`);
    mutants.push(...mutantsOf(file, sources[file] ?? "", ast, declared, mutants.length + 1));
  }
  const compilable = withoutErrors(sources, mutants);
  const bytecode = forEachTarget((target) => compileSchema(sources, compilable, target));
  const build: Build = { digest, mutants: compilable, bytecode };
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(kept, JSON.stringify(build));
  return build;
}

function digestOf(sources: Sources): string {
  const own = ["ast.ts", "mutants.ts", "operators.ts", "schema.ts"].map((file) =>
    readFileSync(join(__dirname, file), "utf8"),
  );
  return createHash("sha256")
    .update(JSON.stringify([sources, own]))
    .digest("hex")
    .slice(0, 12);
}

function schemaSources(sources: Sources, mutants: readonly Mutant[]): Sources {
  const schemas = Object.entries(sources).map(([file, source]): [string, string] => [
    file,
    schemaOf(
      source,
      mutants.filter((mutant) => mutant.file === file),
    ),
  ]);
  const built = Object.fromEntries(schemas);
  return {
    ...built,
    [CAPPING_SOURCE]: (built[CAPPING_SOURCE] ?? "").replace(USES_OF_CAP, "(2 * RECORD_GAS)"),
    [SWITCH_SOURCE]: SWITCH_CODE,
    [GUARD]: withOptionalGuard(readSource(GUARD)),
  };
}

/** Leaves out what the compiler refuses, until it refuses nothing. */
function withoutErrors(sources: Sources, mutants: readonly Mutant[]): readonly Mutant[] {
  let kept = mutants;
  for (;;) {
    const schemas = schemaSources(sources, kept);
    const { errors = [] } = compile(schemas, { "*": { "": ["ast"] } }, {});
    const refused = errors.filter(({ severity }) => severity === "error");
    if (refused.length === 0) return kept;
    const culprits = new Set<number>();
    for (const { sourceLocation, formattedMessage } of refused) {
      const schema = schemas[sourceLocation?.file ?? ""] ?? "";
      const bytes = Buffer.from(schema);
      const offsetOf = (position = 0) => bytes.subarray(0, position).toString().length;
      const start = offsetOf(sourceLocation?.start);
      const at = culpritsIn(schema, start, offsetOf(sourceLocation?.end));
      const found = at.length > 0 ? at : statementsAfter(schema, start, kept);
      if (found.length === 0) throw new Error(`the build with all mutants does not compile:\n${formattedMessage}`);
      if (process.env.DEBUG !== undefined) console.error(formattedMessage);
      for (const number of found) culprits.add(number);
    }
    kept = kept.filter(({ number }) => !culprits.has(number));
  }
}

/**
 * The mutants that take a statement away from the function that begins at `start`: what the compiler has to say about a
 * declaration, such as that nothing is assigned to it, is because of one of them.
 */
function statementsAfter(schema: string, start: number, mutants: readonly Mutant[]): number[] {
  const statements = new Set(mutants.filter(({ form }) => form === "statement").map(({ number }) => number));
  const end = schema.indexOf("\n    function ", start);
  const body = schema.slice(start, end === -1 ? undefined : end);
  return [...body.matchAll(/\/\*<([\d,]+)>\*\//g)]
    .flatMap(([, numbers = ""]) => numbers.split(",").map(Number))
    .filter((number) => statements.has(number));
}

function compileSchema(sources: Sources, mutants: readonly Mutant[], target: Target): string {
  const [file] = TARGETS[target];
  const output = compile(
    schemaSources(sources, mutants),
    { [file]: { [target]: ["evm.bytecode.object"] } },
    { optimizer: { enabled: false } },
  );
  failOnErrors(output);
  const compiled = output.contracts[file]?.[target];
  if (compiled === undefined) throw new Error(`${file} has no contract ${target}: TARGETS names one that is gone`);
  return `0x${compiled.evm.bytecode.object}`;
}

function declarations(asts: readonly Node[]): Map<number, Node> {
  const found = new Map<number, Node>();
  const visit = (node: Node): void => {
    found.set(node.id, node);
    children(node).forEach(visit);
  };
  asts.forEach(visit);
  return found;
}
