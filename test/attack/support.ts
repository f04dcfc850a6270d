import type { AddressLike, BytesLike, FunctionFragment, Interface, Result } from "ethers";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { PERMIT2_ADDRESS } from "../../sdk/create2";
import { JobEscrow__factory } from "../../typechain-types";
import { DELIVERABLE, PRICE, acceptanceOf, fundedJob, offerOf } from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";

/** The market with a second escrow over the given ledger, and with the clients' approvals for it. */
export async function withLedger(market: Market, ledger: AddressLike): Promise<Market> {
  const { forwarder, deployer, stable, client, client2 } = market;
  const escrow = await new JobEscrow__factory(deployer).deploy(forwarder, ledger, PERMIT2_ADDRESS);
  for (const payer of [client, client2]) await stable.connect(payer).approve(escrow, ethers.MaxUint256);
  return { ...market, escrow };
}

/** The market with one deposit of somebody else's in the escrow, which is what there is to steal. */
export async function marketWithLoot() {
  const market = await marketFixture();
  const victimJob = await fundedJob(market, { client: market.client2, provider: market.provider2 });
  return { ...market, victimJob };
}

/** A contract that can take any place in a job and whose calls anyone decides: `as` makes one, in its name. */
export async function deployActor(market: Market) {
  const actor = await ethers.deployContract("Actor");
  const as = (target: AddressLike, data: BytesLike) => actor.execute(target, data);
  await market.stable.mint(actor, 10n * PRICE);
  await as(
    market.stable,
    market.stable.interface.encodeFunctionData("approve", [await market.escrow.getAddress(), 2n ** 255n]),
  );
  return { actor, as };
}

/** One call of each of the escrow's verbs on `jobId`, as a re-entering contract would make it. */
export async function everyVerb(market: Market, jobId: bigint): Promise<Record<string, string>> {
  const { escrow, provider, evaluator, stable, stranger } = market;
  const call = escrow.interface;
  const offer = await offerOf(market);
  const token = await stable.getAddress();
  const verbs = {
    createJob: call.encodeFunctionData("createJob", [
      provider.address,
      evaluator.address,
      2n ** 32n,
      "",
      ethers.ZeroAddress,
      0n,
    ]),
    setProvider: call.encodeFunctionData("setProvider", [jobId, provider.address, 0n]),
    setBudget: call.encodeFunctionData("setBudget", [jobId, token, PRICE, "0x"]),
    fund: call.encodeFunctionData("fund", [jobId, PRICE, "0x"]),
    submit: call.encodeFunctionData("submit", [jobId, DELIVERABLE, "0x"]),
    complete: call.encodeFunctionData("complete", [jobId, ZeroHash, "0x"]),
    reject: call.encodeFunctionData("reject", [jobId, ZeroHash, "0x"]),
    claimRefund: call.encodeFunctionData("claimRefund", [jobId]),
    hire: call.encodeFunctionData("hire", [offer, "0x", acceptanceOf(market)]),
    decline: call.encodeFunctionData("decline", [jobId, ZeroHash]),
    extendEvaluation: call.encodeFunctionData("extendEvaluation", [jobId, 2n ** 32n]),
    completePartially: call.encodeFunctionData("completePartially", [jobId, 1n, ZeroHash, 0n, "0x"]),
    claimPayment: call.encodeFunctionData("claimPayment", [jobId]),
    withdraw: call.encodeFunctionData("withdraw", [token, stranger.address]),
    deliver: call.encodeFunctionData("deliver", [token, stranger.address]),
    recordSettlement: call.encodeFunctionData("recordSettlement", [jobId, "0x"]),
  };
  return { ...verbs, multicall: call.encodeFunctionData("multicall", [[verbs.claimRefund]]) };
}

/** A struct that a contract returned, as an object to compare with. */
export function fields(struct: object): Record<string, unknown> {
  return (struct as Result).toObject();
}

/** The signatures of all functions that can write. */
export function writingFunctions(abi: Interface): string[] {
  const functions = abi.fragments.filter((fragment): fragment is FunctionFragment => fragment.type === "function");
  return functions.filter(({ constant }) => !constant).map((fragment) => fragment.format());
}
