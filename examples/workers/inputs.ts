import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import type { JobContract } from "../../sdk/terms";
import { contentHash, requireStatedSize } from "../../sdk/terms";

/** What a job contract names as input, found and compared with its hash. */
export interface Input {
  name: string;
  hash: string;
  uri?: string;
  bytes: Uint8Array;
}

/** A file of a published package, by its URI `npm:<package>@<version>/<path>`. */
export interface PackageFile {
  package: string;
  version: string;
  path: string;
}

const NPM_URI = /^npm:((?:@[\w.-]+\/)?[\w.-]+)@([\w.+-]+)\/(.+)$/;

export function parsePackageUri(uri: string): PackageFile {
  const [, name, version, path] = NPM_URI.exec(uri) ?? [];
  if (name === undefined || version === undefined || path === undefined) {
    throw new Error(`${uri} is not of the form npm:<package>@<version>/<path>.`);
  }
  return { package: name, version, path };
}

/** Reads a file of an installed package; throws if another version is installed. */
export function readPackageFile({ package: name, version, path }: PackageFile): Uint8Array {
  if (normalize(path).startsWith("..")) {
    throw new Error(`${path} leaves the package ${name}.`);
  }
  const installed = installedVersion(name);
  if (installed !== version) {
    throw new Error(`The work needs ${name} ${version}, but ${installed} is installed: run \`npm ci\`.`);
  }
  return readFileSync(join(dirname(manifestOf(name)), path));
}

export function installedVersion(name: string): string {
  return (JSON.parse(readFileSync(manifestOf(name), "utf8")) as { version: string }).version;
}

/**
 * The one file that the work is done on.
 * @param clientInput The file that the client brings, where the contract leaves that to each client.
 */
export function readInput(contract: JobContract, clientInput?: Uint8Array): Input {
  const [input, ...others] = contract.inputs;
  if (input === undefined || others.length > 0) {
    throw new Error(`"${contract.title}" names ${contract.inputs.length} inputs; this work has exactly one.`);
  }
  const { name, uri, hash: agreed } = input;
  if (agreed === undefined) {
    if (clientInput === undefined) throw new Error(`"${contract.title}" needs a file of the client's.`);
    requireStatedSize(contract, 0, clientInput);
    return { name, hash: contentHash(clientInput), bytes: clientInput };
  }
  if (uri === undefined) throw new Error(`"${contract.title}" does not say where its input is.`);
  const bytes = readPackageFile(parsePackageUri(uri));
  requireStatedSize(contract, 0, bytes);
  const found = contentHash(bytes);
  if (found !== agreed) {
    throw new Error(`${uri} was agreed on with hash ${agreed}, but the file here has ${found}.`);
  }
  return { name, hash: agreed, uri, bytes };
}

function manifestOf(name: string): string {
  return require.resolve(`${name}/package.json`);
}
