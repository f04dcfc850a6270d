import type { GraphFile } from "./reader";

/**
 * What the public ERC-8004 subgraph (agent0lab/subgraph, src/utils/registration-parser.ts) takes out of a registration
 * file: `services`, or `endpoints` in older files, name the ways to reach an agent. Its schema has lists of tools and
 * prompts that it leaves empty; the library agent0-sdk writes them into the entry of their protocol, so they are read
 * there. Whatever is not of the expected type is as if it were absent.
 */
export function registrationFileFields(file: unknown): GraphFile {
  const fields = record(file);
  const entries = array(fields.services ?? fields.endpoints).map(record);
  const entry = (name: string): Record<string, unknown> =>
    // The last one of a name counts, as in the subgraph.
    entries.filter((one) => string(one.name)?.toLowerCase() === name).at(-1) ?? {};
  const [mcp, a2a, oasf] = [entry("mcp"), entry("a2a"), entry("oasf")];
  const oasfSkills = strings(oasf.skills);
  const oasfDomains = strings(oasf.domains);
  return {
    ...present({
      name: string(fields.name),
      description: string(fields.description),
      image: string(fields.image),
      active: boolean(fields.active),
      x402Support: x402Support(fields.x402Support ?? fields.x402support),
      mcpEndpoint: nonEmpty(mcp.endpoint),
      mcpVersion: nonEmpty(mcp.version),
      a2aEndpoint: nonEmpty(a2a.endpoint),
      a2aVersion: nonEmpty(a2a.version),
      webEndpoint: nonEmpty(entry("web").endpoint),
      emailEndpoint: nonEmpty(entry("email").endpoint),
      oasfEndpoint: nonEmpty(oasf.endpoint),
      oasfVersion: nonEmpty(oasf.version),
      ens: nonEmpty(entry("ens").endpoint),
      did: nonEmpty(entry("did").endpoint),
    }),
    supportedTrusts: strings(fields.supportedTrusts ?? fields.supportedTrust),
    oasfSkills,
    oasfDomains,
    hasOASF: oasfSkills.length + oasfDomains.length > 0,
    mcpTools: strings(mcp.mcpTools),
    mcpPrompts: strings(mcp.mcpPrompts),
    mcpResources: strings(mcp.mcpResources),
    a2aSkills: strings(a2a.a2aSkills),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function string(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function boolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function strings(value: unknown): string[] {
  return array(value).filter((item) => typeof item === "string");
}

/** Some files write `{ "enabled": true }`. */
function x402Support(value: unknown): boolean | undefined {
  return boolean(value) ?? boolean(record(value).enabled);
}

/** Without the fields that are undefined, so that absent is absent. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
