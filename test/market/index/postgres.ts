import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, chmodSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { Client } from "pg";

/*
 * A PostgreSQL server for the tests, from Debian's package: in a temporary folder, on a Unix socket only, gone at the
 * end. Where the package is missing, tests are skipped; in CI they fail.
 */

/** Debian keeps one folder per version. */
function findBinaries(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
  ];
  return folders.find((folder) => ["initdb", "postgres"].every((name) => existsSync(join(folder, name))));
}

export interface Postgres {
  /** A new, empty database's connection string. */
  create(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server; undefined if none is installed. */
export async function startPostgres(): Promise<Postgres | undefined> {
  const binaries = findBinaries();
  if (binaries === undefined) {
    if (process.env.CI === "true") throw new Error("PostgreSQL is not installed: apt-get install postgresql.");
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "market-postgres-"));
  // The server refuses to run as root; Debian's package has an account for it.
  const root = process.getuid?.() === 0;
  const as = (command: string, args: string[]): [string, string[]] =>
    root ? ["runuser", ["-u", "postgres", "--", command, ...args]] : [command, args];
  if (root) execFileSync("chown", ["postgres", folder]);
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  const [init, initArgs] = as(join(binaries, "initdb"), [
    "-D",
    data,
    "-U",
    "market",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--no-sync",
  ]);
  execFileSync(init, initArgs, { stdio: "pipe", cwd: folder });
  const settings = ["fsync=off", "listen_addresses=", `unix_socket_directories=${folder}`, "max_connections=40"];
  const [command, args] = as(join(binaries, "postgres"), ["-D", data, ...settings.flatMap((s) => ["-c", s])]);
  const server = spawn(command, args, { stdio: "ignore", cwd: folder });
  const url = (name: string): string => `postgres://market@localhost/${name}?host=${encodeURIComponent(folder)}`;
  await untilReady(url("postgres"), server);
  let databases = 0;
  return {
    async create() {
      const name = `index_${++databases}`;
      await query(url("postgres"), `create database ${name}`);
      return url(name);
    },
    async stop() {
      await query(url("postgres"), "select 1");
      const ended = new Promise((resolve) => server.once("exit", resolve));
      // The signal reaches the server through runuser, which passes it on.
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + 30_000; ;) {
    try {
      await query(url, "select 1");
      return;
    } catch (error) {
      if (Date.now() > deadline || server.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
