import type { RegistrationFile } from "../../sdk/registration";
import { boundText } from "../chain/text";
import type { Endpoint, Service } from "../../sdk/discovery/model";
import { foldSkill } from "../store/normalise";
import { servicesOf } from "./services";

/** What the index shows of a registration file and searches in. */
export interface Document {
  name: string;
  description: string;
  image?: string;
  active: boolean;
  endpoints: Endpoint[];
  services: Service[];
  skills: string[];
}

const MAX_SKILLS = 200;
const MAX_SKILL_LENGTH = 200;
const MAX_URL = 2_000;
/** Of each list as JSON, in UTF-16 units: an agent stands in every answer that shows it, up to 100 in a page. */
const MAX_LIST = 20_000;

/** Reads what the index needs out of a valid registration file. Everything is bounded. `chainId` is the index's. */
export function documentOf(file: RegistrationFile, chainId: bigint): Document {
  const services = withinLength(servicesOf(file, chainId));
  const skills = [...services.flatMap((service) => service.skills), ...file.services.flatMap((s) => s.skills ?? [])];
  const distinct = new Map(skills.map((skill) => [foldSkill(skill), skill]));
  distinct.delete("");
  return {
    name: file.name,
    description: file.description,
    // A picture within the file would be sent along with every answer.
    ...(file.image.length <= MAX_URL ? { image: file.image } : {}),
    active: file.active === true,
    endpoints: withinLength(
      file.services.map(({ name, endpoint, version }) => ({
        name,
        endpoint,
        ...(version === undefined ? {} : { version }),
      })),
    ),
    services,
    skills: withinLength(
      [...distinct.values()].slice(0, MAX_SKILLS).map((skill) => boundText(skill, MAX_SKILL_LENGTH)),
    ),
  };
}

/** The beginning of a list, as far as it is not too long. */
function withinLength<T>(list: readonly T[]): T[] {
  let length = 0;
  const end = list.findIndex((item) => (length += JSON.stringify(item).length) > MAX_LIST);
  return end === -1 ? [...list] : list.slice(0, end);
}
