import { registrationFileFields } from "../graph/registrationFile";

const MAX_URL = 2_000;
const MAX_ITEMS = 100;
const MAX_ITEM_LENGTH = 100;

/**
 * What GraphQL answers of a valid registration file, as JSON. Its answers hold up to a thousand files, so that what the
 * file's schema does not bound is bounded here: a picture within the file and what is beyond the lists' bounds is left
 * out.
 */
export function graphFields(file: unknown): string {
  return JSON.stringify(registrationFileFields(file), (name, value: unknown) => {
    if (name === "image" && String(value).length > MAX_URL) return undefined;
    if (!Array.isArray(value)) return value;
    return (value as string[]).filter((item) => item.length <= MAX_ITEM_LENGTH).slice(0, MAX_ITEMS);
  });
}
