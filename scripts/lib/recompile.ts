import {
  TASK_COMPILE_SOLIDITY_COMPILE,
  TASK_COMPILE_SOLIDITY_GET_COMPILATION_JOBS,
  TASK_COMPILE_SOLIDITY_GET_COMPILER_INPUT,
  TASK_COMPILE_SOLIDITY_GET_DEPENDENCY_GRAPH,
  TASK_COMPILE_SOLIDITY_GET_SOURCE_NAMES,
  TASK_COMPILE_SOLIDITY_GET_SOURCE_PATHS,
  TASK_COMPILE_SOLIDITY_MERGE_COMPILATION_JOBS,
} from "hardhat/builtin-tasks/task-names";
import type { CompilationJob, DependencyGraph } from "hardhat/types";

/** A contract's runtime code as the compiler gives it: immutables are zero, and listed by name. */
export interface CompiledContract {
  readonly runtimeCode: string;
  readonly immutables: readonly { readonly name: string; readonly start: number; readonly length: number }[];
}

/** What is used of solc's standard JSON output. */
export interface CompilerOutput {
  sources: Record<string, { ast: unknown }>;
  contracts: Record<
    string,
    Record<
      string,
      {
        evm: {
          deployedBytecode: {
            object: string;
            immutableReferences: Record<string, { start: number; length: number }[]>;
          };
        };
      }
    >
  >;
}

/**
 * Compiles all sources anew, with the project's compiler and settings, and leaves artifacts and bindings alone.
 * All at once, as `hardhat compile` does it, because the compiler numbers what it sees and that reaches the bytecode.
 */
export async function recompile(names: readonly string[]): Promise<Record<string, CompiledContract>> {
  process.env.HARDHAT_NETWORK = "hardhat";
  const { default: hre } = await import("hardhat");
  const sourcePaths: unknown = await hre.run(TASK_COMPILE_SOLIDITY_GET_SOURCE_PATHS);
  const sourceNames: unknown = await hre.run(TASK_COMPILE_SOLIDITY_GET_SOURCE_NAMES, { sourcePaths });
  const dependencyGraph = (await hre.run(TASK_COMPILE_SOLIDITY_GET_DEPENDENCY_GRAPH, {
    sourceNames,
  })) as DependencyGraph;
  const { jobs } = (await hre.run(TASK_COMPILE_SOLIDITY_GET_COMPILATION_JOBS, { dependencyGraph })) as {
    jobs: CompilationJob[];
  };
  const merged = (await hre.run(TASK_COMPILE_SOLIDITY_MERGE_COMPILATION_JOBS, {
    compilationJobs: jobs,
  })) as CompilationJob[];
  const [job] = merged;
  if (job === undefined || merged.length !== 1) {
    throw new Error(`the sources need ${merged.length} compiler runs where one is expected: check hardhat.config.ts`);
  }
  const input: unknown = await hre.run(TASK_COMPILE_SOLIDITY_GET_COMPILER_INPUT, { compilationJob: job });
  const { output } = (await hre.run(TASK_COMPILE_SOLIDITY_COMPILE, {
    solcVersion: job.getSolcConfig().version,
    input,
    quiet: true,
    compilationJob: job,
    compilationJobs: merged,
    compilationJobIndex: 0,
  })) as { output: CompilerOutput };
  return Object.fromEntries(names.map((name) => [name, contractOf(output, name)]));
}

/** One of this project's contracts, out of what the compiler put out. */
export function contractOf(output: CompilerOutput, name: string): CompiledContract {
  const nameOfId = immutableNames(output);
  const source = Object.keys(output.contracts).find((path) => new RegExp(`^contracts/(.+/)?${name}\\.sol$`).test(path));
  const compiled = source === undefined ? undefined : output.contracts[source]?.[name];
  if (compiled === undefined)
    throw new Error(`the sources have no contract ${name}: check out the version that was deployed`);
  const { object, immutableReferences } = compiled.evm.deployedBytecode;
  const immutables = Object.entries(immutableReferences).flatMap(([id, places]) =>
    places.map((place) => ({ name: nameOfId.get(id) ?? `immutable ${id}`, ...place })),
  );
  return { runtimeCode: `0x${object}`, immutables };
}

/** The compiler lists immutables by AST id; the names are in the AST. */
function immutableNames(output: CompilerOutput): Map<string, string> {
  const names = new Map<string, string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { nodeType, mutability, id, name } = node as Record<string, unknown>;
    if (nodeType === "VariableDeclaration" && mutability === "immutable") names.set(String(id), String(name));
    Object.values(node).forEach(visit);
  };
  Object.values(output.sources).forEach(({ ast }) => {
    visit(ast);
  });
  return names;
}
