import { expect } from "chai";
import type { ContractRunner } from "ethers";
import { ethers } from "hardhat";

import type { AgentMarket, AgentMarketOptions, SendingVerbs, SimulatingVerbs } from "../../../../sdk/client";
import { MarketError, connectAgentMarket } from "../../../../sdk/client";

/** A client of the market on the in-process chain. */
export function clientOf(runner: ContractRunner, options: Partial<AgentMarketOptions> = {}): AgentMarket {
  return connectAgentMarket({ runner, pollMilliseconds: 1, timeoutSeconds: 5, ...options });
}

type Verb = keyof SendingVerbs;
type InputOf<V extends Verb> = Parameters<SendingVerbs[V]>[0];
type Answer<F extends (input: never) => unknown> = Awaited<ReturnType<F>>;
type Sent<V extends Verb> = Extract<Answer<SendingVerbs[V]>, { done: "sent" }>;

/**
 * What holds for every write: its simulation sends nothing and tells the result; sending does what was simulated; and
 * both find it done when they are called again.
 */
export async function expectTwins<V extends Verb>(agent: AgentMarket, verb: V, input: InputOf<V>) {
  const call = agent[verb] as unknown as (given: InputOf<V>) => Promise<Answer<SendingVerbs[V]>>;
  const simulate = agent.simulate[verb] as unknown as (given: InputOf<V>) => Promise<Answer<SimulatingVerbs[V]>>;
  const height = await ethers.provider.getBlockNumber();
  const before = await simulate(input);
  expect(before.done).to.equal("would-send");
  expect(await ethers.provider.getBlockNumber(), "a simulation sends nothing").to.equal(height);

  const sent = await call(input);
  if (sent.done !== "sent") throw new Error(`${verb} sent nothing`);
  if (before.result !== undefined) expect(sent.result).to.deep.equal(before.result);
  const transaction = await ethers.provider.getTransaction(sent.transaction);
  const last = before.calls.at(-1)!;
  expect({ to: transaction?.to, value: transaction?.value }).to.deep.equal({ to: last.to, value: last.value });
  expect(await ethers.provider.getBlockNumber()).to.equal(height + before.calls.length);

  const again = await call(input);
  expect(again.done).to.equal("already");
  expect(again.transaction).to.equal(sent.transaction);
  const after = await simulate(input);
  expect({ done: after.done, calls: after.calls, transaction: after.transaction }).to.deep.equal({
    done: "already",
    calls: [],
    transaction: sent.transaction,
  });
  expect(await ethers.provider.getBlockNumber(), "a repetition sends nothing").to.equal(height + before.calls.length);
  return { before, sent: sent as Sent<V>, again };
}

/** Both twins refuse with the same typed error, and nothing is sent. */
export async function expectRefusal<V extends Verb>(
  agent: AgentMarket,
  verb: V,
  input: InputOf<V>,
  code: string,
  text?: string | RegExp,
): Promise<void> {
  const height = await ethers.provider.getBlockNumber();
  for (const call of [agent[verb], agent.simulate[verb]] as unknown as ((given: InputOf<V>) => Promise<unknown>)[]) {
    await expectError(call(input), code, text);
  }
  expect(await ethers.provider.getBlockNumber(), "a refusal sends nothing").to.equal(height);
}

/** A promise fails with a MarketError of this code, whose text is one sentence that says what to do. */
export async function expectError(promise: Promise<unknown>, code: string, text?: string | RegExp): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MarketError)) throw new Error(`expected ${code}, got ${String(error)}`, { cause: error });
  expect(error.code, error.message).to.equal(code);
  expect(error.message).to.match(/[^.]\.$/);
  if (text !== undefined) expect(error.message).to.match(typeof text === "string" ? new RegExp(text) : text);
}
