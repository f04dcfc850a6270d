import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { doWork } from "../../../examples/workers/work";
import { canonicalJson } from "../../../sdk/canonicalJson";
import type { CatalogueService } from "../../../sdk/catalogue";
import { catalogueProblems, moveCatalogue, parseCatalogue, priceOf } from "../../../sdk/catalogue";
import { checkDeliverable } from "../../../sdk/deliverable";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { contractProblems } from "../../../sdk/negotiation/quote";
import { statedTermsProblems } from "../../../sdk/negotiation/statedTerms";
import {
  parseRegistration,
  parseRegistrationDataUri,
  registrationDataUri,
  registrationFile,
} from "../../../sdk/registration";
import type { JobContract } from "../../../sdk/terms";
import { parseJobContract } from "../../../sdk/terms";
import { ROOT } from "../../fixtures/cli";
import { CONTRACT, EVALUATOR, SERVICE, TOKEN } from "../../fixtures/negotiation";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("sdk", () => {
  describe("catalogues", () => {
    it("are part of a registration file, and come back out of its data: URI", () => {
      const catalogue = { version: 1, services: [SERVICE] } as const;
      const file = registrationFile({ name: "Linter", description: "Lints.", catalogue });
      expect(file).to.deep.include({ active: true, supportedTrust: ["reputation"] });
      expect(parseCatalogue(parseRegistrationDataUri(registrationDataUri(file)))).to.deep.equal(catalogue);
      expect(parseCatalogue(registrationFile({ name: "Buyer", description: "Buys." }))).to.equal(undefined);
    });

    it("leave an agent reachable when they are wrong, but are refused themselves", () => {
      const file = { ...registrationFile({ name: "A", description: "B" }), catalogue: { version: 2 } };
      parseRegistration(JSON.stringify(file));
      expect(() => parseCatalogue(file, "agent.json")).to.throw(
        InvalidInputError,
        "agent.json has no valid service catalogue: /catalogue/services is missing; /catalogue/version must be 1.",
      );
      expect(() => registrationFile(file as never)).to.throw(InvalidInputError, "/catalogue/services is missing");
    });

    it("are refused with the path of each error at once", () => {
      const nameless = { ...SERVICE, name: undefined };
      const services = [
        { ...nameless, skills: ["Code Lint"] },
        { ...SERVICE, price: { ...SERVICE.price, unit: "file" } },
      ];
      expect(catalogueProblems({ version: 1, services }).map((problem) => problem.split(" ")[0])).to.deep.equal([
        "/catalogue/services/0/name",
        "/catalogue/services/0/skills/0",
        "/catalogue/services/1/price/counted",
      ]);
    });

    const lowered = TOKEN.toLowerCase().replace("0x", "0xA");
    const faults: [string, Partial<CatalogueService>, string][] = [
      ["a token that is no CAIP-19", { price: { token: TOKEN, amount: "1" } }, "/price/token must match"],
      ["an amount with a point", { price: { ...SERVICE.price, amount: "1.5" } }, "/price/amount must match"],
      [
        "a wrong checksum",
        { price: { ...SERVICE.price, token: `eip155:31337/erc20:${lowered.slice(0, 42)}` } },
        "its address has a wrong checksum",
      ],
      [
        "an evaluator elsewhere",
        { evaluation: { ...SERVICE.evaluation, evaluators: [`eip155:1:${EVALUATOR}`] } },
        "/evaluation/evaluators/0 is on another chain",
      ],
      ["a schema that points elsewhere", { parameters: { $ref: "https://x.example" } }, "/parameters/$ref must point"],
      [
        "a catastrophic pattern in a reference",
        { deliverable: { mediaType: "application/json", schema: { properties: { a: { pattern: "(a)\\1" } } } } },
        "/deliverable/schema/properties/a/pattern: the pattern",
      ],
      [
        "a sample that is not what is promised",
        { sample: { deliverable: { errors: -1 } } },
        "/sample/deliverable/errors is less than 0",
      ],
      [
        "a sample of parameters",
        { parameters: { required: ["a"] }, sample: { parameters: {}, deliverable: { errors: 0 } } },
        "/sample/parameters/a is missing",
      ],
      [
        "a sample of no input",
        { input: undefined, sample: { input: "x", deliverable: { errors: 0 } } },
        "/sample/input is of a file that",
      ],
      ["a sample that is no text", { sample: { input: {}, deliverable: { errors: 0 } } }, "/sample/input must be text"],
      ["a schema for text", { input: { mediaType: "text/plain", schema: {} } }, "/input/schema is for JSON"],
      [
        "more than the whole as fee",
        { evaluation: { ...SERVICE.evaluation, evaluatorFeeBps: 1_001 } },
        "/evaluatorFeeBps must be <= 1000",
      ],
      [
        "units that cannot be",
        { price: { ...SERVICE.price, unit: "page", counted: { by: "input-size", min: 5, max: 4 } } },
        "/counted/min is more than max",
      ],
      [
        "a parameter without a name",
        { price: { ...SERVICE.price, unit: "page", counted: { by: "parameter" } } },
        "/counted/parameter is missing",
      ],
    ];
    for (const [what, fields, reason] of faults) {
      it(`are refused with ${what}`, () => {
        const service = JSON.parse(JSON.stringify({ ...SERVICE, ...fields })) as CatalogueService;
        expect(catalogueProblems({ version: 1, services: [service] }).join("; ")).to.contain(reason);
      });
    }

    it("have each service once, and not too much of them", () => {
      const twice = catalogueProblems({ version: 1, services: [SERVICE, SERVICE] });
      expect(twice).to.deep.equal(["/catalogue/services/1/id is another service's too"]);
      const large = { ...SERVICE, description: "x".repeat(300_000) };
      expect(catalogueProblems({ version: 1, services: [large] })[0]).to.contain("at most 262144 are read");
    });

    it("move to the token and evaluators of another chain", () => {
      const moved = moveCatalogue({ version: 1, services: [SERVICE] }, { chainId: 10n, address: EVALUATOR }, [TOKEN]);
      expect(moved.services[0]!.price.token).to.equal(`eip155:10/erc20:${EVALUATOR}`);
      expect(moved.services[0]!.evaluation.evaluators).to.deep.equal([`eip155:10:${TOKEN}`]);
      expect(catalogueProblems(moved)).to.deep.equal([]);
    });
  });

  describe("priceOf", () => {
    const counted = (fields: object): CatalogueService => ({
      ...SERVICE,
      price: { ...SERVICE.price, amount: "7", unit: "unit", counted: { by: "input-size", ...fields } as never },
    });
    const sized = (size?: number): JobContract => ({
      ...CONTRACT,
      inputs: [{ name: "a", mediaType: "text/plain", size }],
    });

    it("is the amount, whatever the job, where it is fixed", () => {
      expect(priceOf(SERVICE, CONTRACT)).to.equal(100n);
    });

    it("counts begun units of the inputs' size, from min to max", () => {
      const service = counted({ per: 1_000, min: 2, max: 3 });
      for (const [size, price] of [
        [0, 14n],
        [2_000, 14n],
        [2_001, 21n],
        [3_000, 21n],
      ] as const) {
        expect(priceOf(service, sized(size)), `${size} bytes`).to.equal(price);
      }
      expect(() => priceOf(service, sized(3_001))).to.throw(
        InvalidInputError,
        "4 times unit: the service does at most 3",
      );
      expect(() => priceOf(service, sized())).to.throw(InvalidInputError, 'state that of "a"');
    });

    it("counts by a parameter of the job contract", () => {
      const service = counted({ by: "parameter", parameter: "/crawl/pages" });
      const asked = (parameters: object) => priceOf(service, { ...CONTRACT, parameters } as JobContract);
      expect(asked({ crawl: { pages: 12 } })).to.equal(84n);
      for (const parameters of [
        { crawl: {} },
        { crawl: { pages: -1 } },
        { crawl: { pages: "12" } },
        { crawl: { pages: 1.5 } },
      ]) {
        expect(() => asked(parameters)).to.throw(InvalidInputError, "state it as a whole number");
      }
      expect(() => priceOf(counted({ by: "parameter", parameter: "/constructor/length" }), CONTRACT)).to.throw(
        InvalidInputError,
      );
    });
  });

  describe("checkDeliverable", () => {
    const faults: [string, string, string][] = [
      ["too many bytes", `{"errors":${"1".repeat(15)}${" ".repeat(10_000)}}`, "at most 10000 are agreed on"],
      ["what is no JSON", "errors: 1", "is not valid JSON"],
      ["what breaks the schema", '{"errors":-1}', "/errors is less than 0"],
      ["another form of the same", '{ "errors": 1 }', "not in RFC 8785 form"],
      ["deep nesting", "[".repeat(100) + "]".repeat(100), "nested deeper than 64 levels"],
    ];
    for (const [what, text, reason] of faults) {
      it(`finds ${what}`, () => {
        expect(checkDeliverable(CONTRACT, bytes(text)).join("; ")).to.contain(reason);
      });
    }

    it("has nothing against what was agreed on", () => {
      expect(checkDeliverable(CONTRACT, bytes('{"errors":1}'), "application/json; charset=utf-8")).to.deep.equal([]);
      const text: JobContract = { ...CONTRACT, deliverable: { mediaType: "text/plain" } };
      expect(checkDeliverable(text, bytes("é"))).to.deep.equal([]);
      expect(checkDeliverable(text, new Uint8Array([0xff]))).to.deep.equal(["the deliverable is not UTF-8 text"]);
      expect(checkDeliverable(text, bytes("a"), "text/html")[0]).to.contain("came as text/html, not as text/plain");
    });

    it("reads strings of megabytes, as they would take up the stack of a regular expression", () => {
      const contract: JobContract = { ...CONTRACT, deliverable: { mediaType: "application/json" } };
      for (const part of ["a".repeat(12_000_000), "a\\n".repeat(4_000_000)]) {
        expect(checkDeliverable(contract, bytes(`{"a":"${part}"}`))).to.deep.equal([]);
      }
      const digits = checkDeliverable(contract, bytes(`[${"9".repeat(1_000_000)}]`)).join();
      expect(digits).to.contain("which JSON readers round").and.to.have.length.below(1_000);
    });

    it("tells of a failure to read the bytes as a fault of theirs, whatever it is", () => {
      const failing = new Proxy(bytes("{}"), {
        get: (target, key) => {
          if (key === "length") return target.length;
          throw new RangeError("Maximum call stack size exceeded");
        },
      });
      expect(checkDeliverable(CONTRACT, failing)).to.deep.equal([
        "the deliverable cannot be checked: Maximum call stack size exceeded",
      ]);
    });

    it("refuses to check by a schema that cannot be trusted", () => {
      const schema = { $ref: "file:///etc/passwd" };
      const contract: JobContract = { ...CONTRACT, deliverable: { mediaType: "application/json", schema } };
      expect(checkDeliverable(contract, bytes("{}"))[0]).to.contain("/deliverable/schema/$ref must point into");
    });
  });

  describe("the examples' registration files", () => {
    const folder = join(ROOT, "examples", "agents");
    const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

    it("have valid catalogues, and the sellers' services are for sale", () => {
      const sellers = files.filter(
        ({ name, text }) => (parseCatalogue(parseRegistration(text, name), name)?.services.length ?? 0) > 0,
      );
      expect(sellers.map(({ name }) => name)).to.have.members([
        "contract-compiler.json",
        "data-profiler.json",
        "overnight-profiler.json",
        "sampling-profiler.json",
        "solidity-linter.json",
        "word-counter.json",
      ]);
    });

    it("show samples that are what the work gives", () => {
      const samples = files
        .flatMap(({ text }) => parseCatalogue(parseRegistration(text))?.services ?? [])
        .filter(({ sample }) => sample);
      expect(samples.length).to.be.greaterThan(1);
      for (const { skills, sample } of samples) {
        const { parameters, input, deliverable } = sample!;
        const { file } = deliverable as { file: { name: string } };
        const inputs = [{ name: file.name, mediaType: "text/plain" }];
        const contract = { ...CONTRACT, taskType: skills[0]!, inputs, parameters: structuredClone(parameters) };
        expect(JSON.parse(canonicalJson(doWork(contract, bytes(input as string))))).to.deep.equal(deliverable);
      }
    });

    it("cover every example job by some service", () => {
      const services = files.flatMap(
        ({ name, text }) => parseCatalogue(parseRegistration(text, name), name)?.services ?? [],
      );
      const jobs = join(ROOT, "examples", "jobs");
      for (const name of readdirSync(jobs)) {
        const contract = parseJobContract(readFileSync(join(jobs, name), "utf8"), name);
        const fitting = services.filter(
          (service) =>
            service.skills.includes(contract.taskType) &&
            contractProblems(service, contract).length + statedTermsProblems(service, contract).length === 0,
        );
        expect(fitting, name).not.to.be.empty;
      }
    });
  });
});
