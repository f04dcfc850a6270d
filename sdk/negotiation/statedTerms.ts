import { canonicalJson } from "../canonicalJson";
import type { CatalogueService } from "../catalogue";
import type { JobContract } from "../terms";

/**
 * What a job contract says beyond what the service states that it works by, in words; empty if nothing. Who judges
 * holds the provider to every word that it signed, so that a criterion which the client slips in costs the provider
 * the price and its bond. A title names the job and is no term.
 */
export function statedTermsProblems(service: CatalogueService, contract: JobContract): string[] {
  const { terms, input, deliverable } = service;
  const texts = [service.description, ...(terms?.descriptions ?? [])];
  const problems: string[] = [];
  const require = (path: string, value: unknown, stated: readonly unknown[]): void => {
    if (value === undefined) return;
    const text = canonicalJson(value);
    if (!stated.some((own) => own !== undefined && canonicalJson(own) === text)) {
      problems.push(`${path} is not among what the service works by`);
    }
  };
  require("/description", contract.description, texts);
  contract.inputs.forEach(({ description }, index) => {
    require(`/inputs/${index}/description`, description, [...texts, input?.description]);
  });
  require("/deliverable/description", contract.deliverable.description, [...texts, deliverable.description]);
  contract.acceptance.forEach((criterion, index) => {
    require(`/acceptance/${index}`, criterion, terms?.acceptance ?? []);
  });
  require("/evaluation", contract.evaluation, terms?.evaluation ?? []);
  require("/licence", contract.licence, terms?.licences ?? []);
  require("/confidentiality", contract.confidentiality, ["public", ...(terms?.confidentiality ?? [])]);
  require("/extensions", contract.extensions, [{}]);
  return problems;
}
