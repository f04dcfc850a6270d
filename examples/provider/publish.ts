import * as sdk from "../../sdk";

/*
 * How a provider becomes known: a registration on the chain, whose file has its catalogue and where it negotiates.
 */

/** A catalogue's services as they are sold on one chain: in this token, judged by this evaluator. */
export interface Here {
  readonly chainId: bigint;
  readonly token: string;
  readonly evaluator: string;
  /** Seconds that the evaluator needs. */
  readonly evaluationPeriod: bigint;
  /** In base units, instead of the catalogue's own prices. */
  readonly price?: bigint;
}

/** The catalogue of a registration file, moved to a chain. An OptimisticEvaluator takes no fee, and its silence pays. */
export function catalogueHere(file: sdk.RegistrationFile, here: Here): sdk.RegistrationFile {
  const catalogue = sdk.parseCatalogue(file);
  if (catalogue === undefined) throw new sdk.InvalidInputError(`${file.name} has no catalogue: add what it sells.`);
  const { chainId, token, evaluator, evaluationPeriod, price } = here;
  const moved = sdk.moveCatalogue(catalogue, { chainId, address: token }, [evaluator]);
  const services = moved.services.map((service) => ({
    ...service,
    price: price === undefined ? service.price : { token: service.price.token, amount: price.toString() },
    evaluation: { ...service.evaluation, evaluationPeriod: Number(evaluationPeriod), evaluatorFeeBps: 0 },
  }));
  return sdk.registrationFile({ ...file, catalogue: { ...moved, services } });
}

/** Registers the account's agent, or brings the one that it has up to date. `before` is what that was called. */
export async function publish(
  market: sdk.AgentMarket,
  account: string,
  chainId: bigint,
  registration: sdk.RegistrationFile,
  url: string,
): Promise<{ agentId: bigint; before?: string }> {
  const { registry } = market.market;
  const reached = [
    { ...sdk.NEGOTIATION_SERVICE, endpoint: url },
    { name: "A2A", endpoint: `${url.replace(/\/+$/, "")}/.well-known/agent-card.json`, version: "1.0" },
  ];
  const others = registration.services.filter(({ name }) => !reached.some((own) => own.name === name));
  const fileOf = (agentId: bigint) => ({
    ...registration,
    services: [...reached, ...others],
    registrations: [
      { agentId: Number(agentId), agentRegistry: sdk.agentRegistryId(chainId, market.market.addresses.registry) },
    ],
  });
  const registered = await registry.queryFilter(registry.filters.Registered(undefined, undefined, account));
  for (const { args } of registered.reverse()) {
    if ((await registry.ownerOf(args.agentId)) !== account) continue;
    const before = nameIn(await registry.tokenURI(args.agentId));
    await market.updateAgent({ agentId: args.agentId, file: fileOf(args.agentId) });
    return { agentId: args.agentId, ...(before === undefined ? {} : { before }) };
  }
  // The file names the agent's id, which exists only once the agent does.
  const { agentId } = (await market.registerAgent({ file: registration })).result;
  await market.updateAgent({ agentId, file: fileOf(agentId) });
  return { agentId };
}

/** The name in a file on the chain; undefined if it is elsewhere. */
function nameIn(uri: string): string | undefined {
  try {
    return sdk.parseRegistrationDataUri(uri).name;
  } catch {
    return undefined;
  }
}
