import type { AgentCard } from "@a2a-js/sdk";
import { A2A_PROTOCOL_VERSION } from "@a2a-js/sdk";

import { parseCatalogue } from "../../sdk/catalogue";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Place } from "../../sdk/negotiation/messages";
import type { RegistrationFile } from "../../sdk/registration";
import { declareExtension } from "./extension";

/** The path of the A2A endpoint below the agent's address. */
export const A2A_PATH = "/a2a";

export interface CardOptions {
  readonly file: RegistrationFile;
  /** The agent's address, such as "https://agent.example": the card and the endpoint are below it. */
  readonly baseUrl: string;
  readonly place: Place;
  /** The account that offers are signed by. */
  readonly provider: string;
  /** Of the agent; by default "1.0.0". */
  readonly version?: string;
}

/**
 * The agent card (A2A 1.0) of a provider, from what it has registered: a skill for each service of its catalogue.
 * Throws an `InvalidInputError` if the file has no catalogue.
 */
export function makeAgentCard({ file, baseUrl, place, provider, version = "1.0.0" }: CardOptions): AgentCard {
  const catalogue = parseCatalogue(file);
  if (catalogue === undefined) {
    throw new InvalidInputError("the registration file has no catalogue: there is nothing to negotiate about.");
  }
  return {
    name: file.name,
    description: file.description,
    version,
    supportedInterfaces: [
      {
        url: baseUrl.replace(/\/+$/, "") + A2A_PATH,
        protocolBinding: "JSONRPC",
        protocolVersion: A2A_PROTOCOL_VERSION,
        tenant: "",
      },
    ],
    capabilities: { streaming: false, pushNotifications: false, extensions: [declareExtension(place, provider)] },
    // Of what travels over A2A: the work itself is handed over elsewhere.
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json", "text/plain"],
    skills: catalogue.services.map(({ id, name, description, skills }) => ({
      id,
      name,
      description,
      tags: [...skills],
      examples: [],
      inputModes: [],
      outputModes: [],
      securityRequirements: [],
    })),
    // Whoever asks proves who it is by the signatures in its messages.
    provider: undefined,
    securitySchemes: {},
    securityRequirements: [],
    signatures: [],
    ...(file.image.startsWith("https:") ? { iconUrl: file.image } : {}),
  };
}
