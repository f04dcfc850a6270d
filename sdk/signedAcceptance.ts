import { toBeHex } from "ethers";

import { parseJson } from "./canonicalJson";
import { checkedAddress } from "./checksum";
import { FundingMethod, nameOf } from "./enums";
import { InvalidInputError } from "./InvalidInputError";
import type { Acceptance } from "./offers";
import { jobIdOf } from "./offers";
import { schemaValidator } from "./schemaValidator";
import signedAcceptanceSchema from "./schemas/signed-acceptance.schema.json";

/** See sdk/schemas/signed-acceptance.schema.json. */
interface SignedAcceptanceFile {
  version: 1;
  jobId: string;
  acceptance: Record<keyof Acceptance, string> & { funding: FundingMethod };
}

const validate = /* @__PURE__ */ schemaValidator<SignedAcceptanceFile>(signedAcceptanceSchema, "signed acceptance");

/** The file that a client hands to whoever sends its hire. */
export function formatSignedAcceptance(jobId: bigint, acceptance: Acceptance): string {
  const file: SignedAcceptanceFile = {
    version: 1,
    jobId: toBeHex(jobId, 32),
    acceptance: {
      ...acceptance,
      clientAgentId: acceptance.clientAgentId.toString(),
      funding: nameOf(FundingMethod, acceptance.funding),
    },
  };
  return `${JSON.stringify(validate(file, "the acceptance"), null, 2)}\n`;
}

/** Reads such a file, and checks that it accepts the offer of that hash. */
export function parseSignedAcceptance(text: string, offerHash: string, source = "the acceptance"): Acceptance {
  const { jobId, acceptance: file } = validate(parseJson(text, source), source);
  const acceptance: Acceptance = {
    ...file,
    client: checkedAddress(file.client, `${source}: /acceptance/client`),
    clientAgentId: BigInt(file.clientAgentId),
    funding: FundingMethod[file.funding],
  };
  if (jobIdOf(offerHash, acceptance) !== BigInt(jobId)) {
    throw new InvalidInputError(
      `${source} does not accept this offer, or was changed: give the two that belong together.`,
    );
  }
  return acceptance;
}
