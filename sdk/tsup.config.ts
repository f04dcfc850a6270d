import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Options } from "tsup";
import { defineConfig } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

const CREATION_CODE = /const _bytecode =\s*"(0x[0-9a-f]*)";/;
const DEPLOYING_HALF = /export class (\w+) extends ContractFactory \{[^]*?static readonly bytecode = _bytecode;/;

/**
 * A generated factory holds its contract's creation code, which nobody needs who does not deploy: 100 times what a
 * handle needs. bytecode.ts gets the code alone, everything else the factory without it.
 */
const factoriesWithoutCode: Plugin = {
  name: "factories-without-code",
  setup(build) {
    build.onResolve({ filter: /__factory$/ }, ({ path, importer, resolveDir }) => {
      if (!importer.endsWith(join("sdk", "bytecode.ts"))) return undefined;
      return { path: `${join(resolveDir, path)}.ts`, suffix: "?code" };
    });
    build.onLoad({ filter: /__factory\.ts$/ }, async ({ path, suffix }) => {
      const source = await readFile(path, "utf8");
      const [, code] = CREATION_CODE.exec(source) ?? [];
      if (suffix === "?code") {
        const name = /(\w+__factory)\.ts$/.exec(path)?.[1];
        if (code === undefined || name === undefined) throw new Error(`${path} holds no creation code.`);
        return { contents: `export const ${name} = { bytecode: "${code}" };`, loader: "js" };
      }
      // A class that extends another is no bundler's to leave out.
      const connecting = source.replace(CREATION_CODE, "").replace(DEPLOYING_HALF, "export class $1 {");
      return { contents: connecting, loader: "ts" };
    });
  },
};

export default defineConfig({
  // What needs Node's own modules stands apart, so that the rest runs anywhere.
  entry: { index: join(__dirname, "public.ts"), node: join(__dirname, "negotiation", "nodeListener.ts") },
  outDir: join(__dirname, "dist"),
  format: ["esm", "cjs"],
  target: "es2022",
  platform: "neutral",
  // Types take as long again as all else; who only needs the code leaves them out.
  dts: process.env.SDK_TYPES !== "0",
  clean: true,
  external: ["ethers", /^ajv/, "canonicalize", "jose", /^node:/],
  esbuildPlugins: [factoriesWithoutCode],
  tsconfig: join(__dirname, "..", "tsconfig.json"),
  treeshake: true,
  silent: true,
});
