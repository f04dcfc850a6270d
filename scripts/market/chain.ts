import { createServer } from "node:net";

import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import type { HardhatRuntimeEnvironment, JsonRpcServer } from "hardhat/types";

/** A chain of this process's own, which answers on an HTTP port as any node does. */
export interface LocalChain {
  hre: HardhatRuntimeEnvironment;
  url: string;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
const USUAL_PORT = 8545;

/** Starts Hardhat's network on 8545, or on a free port if that one is taken. */
export async function startChain(): Promise<LocalChain> {
  // Whatever network the shell was last used for, this run must not touch it.
  process.env.HARDHAT_NETWORK = "hardhat";
  // Loading Hardhat takes a second; a wrong flag is answered before.
  const { default: hre } = await import("hardhat");
  const server = (await hre.run(TASK_NODE_CREATE_SERVER, {
    hostname: HOST,
    port: await portOr(USUAL_PORT),
    provider: hre.network.provider,
  })) as JsonRpcServer;
  const { port } = await server.listen();
  return { hre, url: `http://${HOST}:${port}`, stop: () => server.close() };
}

/** The usual port, or 0, which is any free one. */
export async function portOr(usual: number): Promise<number> {
  return (await isFree(usual)) ? usual : 0;
}

/** Tried beforehand, because a taken port would end the process with an error that nothing catches. */
async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen(port, HOST, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
