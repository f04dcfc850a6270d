import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";
import { build } from "esbuild";

import { DEFAULT_ADDRESSES } from "../../sdk/client";
import { ROOT } from "../fixtures/cli";
import { sdkExamples } from "../fixtures/sdkPage";

const run = promisify(execFile);
const LIBRARIES = ["ethers", "ajv", "ajv-formats", "canonicalize", "jose"];
const USE = `
  if (sdk.parseAmount("2.5", 6) !== 2500000n) throw new Error("parseAmount");
  if (sdk.predictAddresses().escrow !== sdk.DEFAULT_ADDRESSES.escrow) throw new Error("predictAddresses");
  const hash = sdk.canonicalHash({ b: 1, a: 2 });
  try { sdk.parseRegistration("{}"); } catch (error) { console.log(sdk.DEFAULT_ADDRESSES.escrow, hash.length, error.message); }
`;

/** A folder of somebody who has installed the packed package, and what it is built on. */
async function install(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "agent-market-sdk-"));
  const modules = join(folder, "node_modules");
  const installed = join(modules, "@agent-market", "sdk");
  mkdirSync(installed, { recursive: true });
  for (const name of [...LIBRARIES, "@types"]) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  // Built where nobody else builds, and packed as npm packs it.
  const packed = join(folder, "packed");
  await run(
    process.execPath,
    [
      join(ROOT, "node_modules", "tsup", "dist", "cli-default.js"),
      ...["--config", join(ROOT, "sdk", "tsup.config.ts"), "--out-dir", join(packed, "dist")],
    ],
    { cwd: ROOT },
  );
  cpSync(join(ROOT, "sdk", "package.json"), join(packed, "package.json"));
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--offline"], { cwd: packed });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run("tar", ["-xzf", join(packed, filename), "-C", installed, "--strip-components=1"]);
  return folder;
}

describe("@agent-market/sdk", () => {
  let folder: string;

  before(async function () {
    this.timeout(240_000);
    folder = await install();
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is imported by plain Node, as a module and by require", async () => {
    const serve = 'createNegotiationServer(async () => new Response("here")).close();';
    writeFileSync(
      join(folder, "esm.mjs"),
      `import * as sdk from "@agent-market/sdk"; import { createNegotiationServer } from "@agent-market/sdk/node"; ${serve}${USE}`,
    );
    writeFileSync(
      join(folder, "cjs.cjs"),
      `const sdk = require("@agent-market/sdk"); const { createNegotiationServer } = require("@agent-market/sdk/node"); ${serve}${USE}`,
    );
    for (const file of ["esm.mjs", "cjs.cjs"]) {
      const { stdout } = await run(process.execPath, [join(folder, file)]);
      expect(stdout, file).to.contain(`${DEFAULT_ADDRESSES.escrow} 66 the registration file is not a valid`);
    }
  });

  it("has types by which the examples of docs/sdk.md compile, and mistakes do not", async function () {
    this.timeout(120_000);
    const options = {
      module: "nodenext",
      target: "es2022",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"],
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, include: ["*.mts", "*.cts"] }),
    );
    writeFileSync(join(folder, "page.mts"), sdkExamples().join("\n"));
    writeFileSync(
      join(folder, "use.cts"),
      'import { parseAmount } from "@agent-market/sdk";\nimport { nodeListener } from "@agent-market/sdk/node";\n' +
        'export const one: bigint = parseAmount("1", 6);\nexport const listen = nodeListener;\n',
    );
    writeFileSync(
      join(folder, "wrong.mts"),
      [
        'import { connectAgentMarket, parseAmount } from "@agent-market/sdk";',
        "// @ts-expect-error an amount is a bigint",
        'export const amount: number = parseAmount("1", 6);',
        "const agent = connectAgentMarket({ runner: { provider: null } });",
        "// @ts-expect-error the deliverable is missing",
        "void agent.submit({ jobId: 1n });",
        "// @ts-expect-error a simulation has no receipt",
        "export const gas = async () => (await agent.simulate.claimRefund({ jobId: 1n })).gasUsed;",
      ].join("\n"),
    );
    const { stdout } = await run(process.execPath, [
      join(ROOT, "node_modules", "typescript", "bin", "tsc"),
      "-p",
      folder,
    ]).catch((error: unknown) => error as { stdout: string });
    expect(stdout).to.equal("");
  });

  it("leaves out of a bundle what is not used, and the contracts' code above all", async () => {
    const bundled = async (names: string) => {
      const { outputFiles } = await build({
        stdin: { contents: `import { ${names} } from "@agent-market/sdk"; console.log(${names});`, resolveDir: folder },
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        external: [...LIBRARIES, "ajv/*"],
      });
      return outputFiles[0]!.text;
    };
    const code = /0x[0-9a-f]{1000}/;
    expect((await bundled("termsHash, parseAmount")).length).to.be.lessThan(10_000);
    expect((await bundled("connectIndex")).length).to.be.lessThan(5_000);
    expect((await bundled("negotiate")).length, "without the contracts' ABIs").to.be.lessThan(55_000);
    const client = await bundled("connectAgentMarket");
    expect(client).to.not.match(code);
    expect(client.length).to.be.lessThan(280_000);
    expect(await bundled("predictAddresses"), "so that the line above can fail").to.match(code);
  });
});
