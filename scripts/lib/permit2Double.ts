import type { Signer } from "ethers";

import { PERMIT2_ADDRESS } from "../../sdk/create2";
import { Permit2Double__factory } from "../../typechain-types/factories/contracts/mocks/Permit2Double__factory";

/** What a development node's provider can do. */
interface LocalChain {
  getCode(address: string): Promise<string>;
  send(method: string, parameters: unknown[]): Promise<unknown>;
}

/**
 * Puts this project's test double of Permit2 at Permit2's address of a local chain, where nobody has deployed the
 * real one. Uses a call that only development nodes have.
 */
export async function placePermit2Double(chain: LocalChain, signer: Signer, address = PERMIT2_ADDRESS): Promise<void> {
  const double = await new Permit2Double__factory(signer).deploy();
  await double.waitForDeployment();
  await chain.send("hardhat_setCode", [address, await chain.getCode(await double.getAddress())]);
}
