import solc from "solc";

import type { JobContract } from "../../sdk/terms";
import { contentHash } from "../../sdk/terms";
import { parsePackageUri, readInput, readPackageFile } from "./inputs";

interface CompileParameters {
  contract: string;
  /** Compiler settings as in Solidity's standard JSON input, without the selection of outputs. */
  settings: Record<string, unknown>;
}

export interface CompileReport {
  contract: string;
  compiler: string;
  warnings: string[];
  runtime: CodeSize;
  init: CodeSize;
  /** The compiler's own estimates; "infinite" where a loop or a call leaves no bound. */
  gas: { creation: Record<string, string>; external: Record<string, string> };
  /** keccak256 of every source file that took part. */
  sources: Record<string, string>;
}

interface CodeSize {
  bytes: number;
  /** What the chain still allows: EIP-170 for runtime code, EIP-3860 for init code. */
  bytesLeft: number;
  hash: string;
}

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<string, Record<string, CompiledContract>>;
}

interface CompiledContract {
  evm: {
    bytecode: { object: string };
    deployedBytecode: { object: string };
    gasEstimates: { creation: Record<string, string>; external?: Record<string, string> };
  };
}

/** solc's own types leave these two open. */
const compiler = solc as {
  compile(standardJson: string, callbacks: { import(name: string): { contents: string } | { error: string } }): string;
  version(): string;
};

const MAX_RUNTIME_BYTES = 24_576;
const MAX_INIT_BYTES = 49_152;

/** Compiles one contract with the npm compiler and reports what it would weigh and cost on a chain. */
export function compile(terms: JobContract): CompileReport {
  const { name, hash, uri = "", bytes: main } = readInput(terms);
  const { contract, settings } = terms.parameters as unknown as CompileParameters;
  const file = parsePackageUri(uri);
  const mainName = `${file.package}/${file.path}`;
  const sources: Record<string, string> = { [mainName]: hash };
  const resolveImport = (imported: string) => {
    if (!imported.startsWith(`${file.package}/`)) return { error: `${imported} is outside the agreed package.` };
    const bytes = readPackageFile({ ...file, path: imported.slice(file.package.length + 1) });
    sources[imported] = contentHash(bytes);
    return { contents: Buffer.from(bytes).toString("utf8") };
  };
  const output = JSON.parse(
    compiler.compile(
      JSON.stringify({
        language: "Solidity",
        sources: { [mainName]: { content: Buffer.from(main).toString("utf8") } },
        settings: {
          ...settings,
          // Paths and comments would otherwise be hashed into the code.
          metadata: { bytecodeHash: "none" },
          outputSelection: {
            [mainName]: { [contract]: ["evm.bytecode.object", "evm.deployedBytecode.object", "evm.gasEstimates"] },
          },
        },
      }),
      { import: resolveImport },
    ),
  ) as CompilerOutput;
  const compiled = output.contracts?.[mainName]?.[contract];
  const problems = output.errors ?? [];
  if (compiled === undefined) {
    throw new Error(problems[0]?.formattedMessage ?? `${name} has no contract ${contract}.`);
  }
  return {
    contract,
    compiler: compiler.version(),
    warnings: problems.map(({ formattedMessage }) => formattedMessage),
    runtime: codeSize(compiled.evm.deployedBytecode.object, MAX_RUNTIME_BYTES),
    init: codeSize(compiled.evm.bytecode.object, MAX_INIT_BYTES),
    gas: { creation: compiled.evm.gasEstimates.creation, external: compiled.evm.gasEstimates.external ?? {} },
    sources,
  };
}

function codeSize(hex: string, limit: number): CodeSize {
  const bytes = hex.length / 2;
  return { bytes, bytesLeft: limit - bytes, hash: contentHash(Buffer.from(hex, "hex")) };
}
