import { readFileSync } from "node:fs";

import { expect } from "chai";

import { reexecute } from "../../../examples/evaluator/reexecute";
import { parseCsv } from "../../../examples/workers/csv";
import { readPackageFile } from "../../../examples/workers/inputs";
import type { ProfileReport } from "../../../examples/workers/profile";
import { doWork } from "../../../examples/workers/work";
import { canonicalJson } from "../../../sdk/canonicalJson";
import { parseCatalogue } from "../../../sdk/catalogue";
import { contractProblems } from "../../../sdk/negotiation";
import { parseRegistration } from "../../../sdk/registration";
import type { JobContract } from "../../../sdk/terms";
import { contentHash, parseJobContract } from "../../../sdk/terms";

/** A contract to profile whatever CSV the client brings. */
const PROFILE: JobContract = {
  version: 1,
  title: "Profile",
  description: "Profile the file.",
  taskType: "data/profile/csv",
  inputs: [{ name: "data.csv", mediaType: "text/csv" }],
  parameters: { topValues: 2 },
  deliverable: { mediaType: "application/json", encoding: "canonical-json" },
  acceptance: [{ id: "same-report", description: "The same report." }],
  evaluation: { method: "reexecution" },
};

const profileOf = (csv: string) => doWork(PROFILE, Buffer.from(csv)) as ProfileReport;

describe("examples", () => {
  it("do no work on a file that is larger than its terms state, as the price may depend on it", () => {
    const csv = Buffer.from("a,b\n1,2\n");
    const stating = (more: object) => ({ ...PROFILE, inputs: [{ ...PROFILE.inputs[0]!, ...more }] });
    expect(() => doWork(stating({ size: csv.length - 1 }), csv)).to.throw("where its terms state 7");
    expect(doWork(stating({ size: csv.length }), csv)).to.be.an("object");
    const uri = "npm:vega-datasets@2.11.0/data/barley.json";
    const hash = contentHash(
      readPackageFile({ package: "vega-datasets", version: "2.11.0", path: "data/barley.json" }),
    );
    expect(() => doWork(stating({ hash, uri, size: 1 }))).to.throw("where its terms state 1: decline the job.");
  });

  describe("counting", () => {
    const agent = parseRegistration(readFileSync("examples/agents/word-counter.json", "utf8"));
    const contract = parseJobContract(readFileSync("examples/jobs/count-words.json", "utf8"));
    const [service] = parseCatalogue(agent)!.services;

    it("gives the sample of its catalogue, which sells what the job contract asks for", () => {
      expect(contractProblems(service!, contract)).to.deep.equal([]);
      const { input, deliverable } = service!.sample!;
      expect(doWork(contract, Buffer.from(input as string))).to.deep.equal(deliverable);
    });

    it("counts nothing in nothing, and refuses what is no text", () => {
      expect(doWork(contract, Buffer.from(""))).to.include({ lines: 0, words: 0, characters: 0 });
      expect(doWork(contract, Buffer.from("a\n\n\u{1f600} b"))).to.include({ lines: 3, words: 3, characters: 6 });
      expect(() => doWork(contract, Buffer.from([0xff]))).to.throw("text is no UTF-8 text.");
    });
  });

  describe("CSV", () => {
    it("takes quoted separators, quotes and line breaks, and both kinds of line ends", () => {
      expect(parseCsv('a,b\r\n"x, y","say ""hi"""\n"two\nlines",\n')).to.deep.equal([
        ["a", "b"],
        ["x, y", 'say "hi"'],
        ["two\nlines", ""],
      ]);
      expect(parseCsv("a,b,")).to.deep.equal([["a", "b", ""]]);
      expect(parseCsv("")).to.deep.equal([]);
    });

    it("refuses a quote that never ends", () => {
      expect(() => parseCsv('a\n"b')).to.throw('Record 2 is not CSV near "\\"b".');
    });
  });

  describe("profile", () => {
    it("summarises each type of column", () => {
      const { rows, columns } = profileOf("n,x,day,word,none\n1,0.5,2026-01-02,b,\n2,,2026-01-01,a,\n4,1.5,,b,\n");
      expect(rows).to.equal(3);
      expect(columns).to.deep.equal([
        {
          name: "n",
          count: 3,
          missing: 0,
          distinct: 3,
          type: "integer",
          min: 1,
          max: 4,
          mean: 2.33333333,
          stddev: 1.52752523,
          quantiles: { q25: 1.5, q50: 2, q75: 3 },
        },
        {
          name: "x",
          count: 2,
          missing: 1,
          distinct: 2,
          type: "number",
          min: 0.5,
          max: 1.5,
          mean: 1,
          stddev: 0.707106781,
          quantiles: { q25: 0.75, q50: 1, q75: 1.25 },
        },
        { name: "day", count: 2, missing: 1, distinct: 2, type: "date", min: "2026-01-01", max: "2026-01-02" },
        {
          name: "word",
          count: 3,
          missing: 0,
          distinct: 2,
          type: "text",
          topValues: [
            { value: "b", count: 2 },
            { value: "a", count: 1 },
          ],
        },
        { name: "none", count: 0, missing: 3, distinct: 0, type: "empty" },
      ]);
    });

    it("refuses a row with a field too few", () => {
      expect(() => profileOf("a,b\n1,2\n3\n")).to.throw("Row 2 of data.csv has 1 fields, the header 2.");
    });
  });

  describe("inputs", () => {
    it("are refused if their hash is not the agreed one", () => {
      const uri = "npm:vega-datasets@2.11.0/data/seattle-weather.csv";
      const hash = contentHash("something else");
      const contract = { ...PROFILE, inputs: [{ name: "seattle-weather.csv", mediaType: "text/csv", uri, hash }] };
      expect(() => doWork(contract)).to.throw(
        `${uri} was agreed on with hash ${hash}, but the file here has ` +
          "0x0a5401fc064e56ce9123c1b2b0112cc5fbbf70f9f24e083f8f9bf428e7ed3c88.",
      );
    });

    it("are refused from another version of a package, and from outside it", () => {
      expect(() => readPackageFile({ package: "vega-datasets", version: "1.0.0", path: "data/cars.json" })).to.throw(
        "The work needs vega-datasets 1.0.0, but 2.11.0 is installed: run `npm ci`.",
      );
      expect(() => readPackageFile({ package: "vega-datasets", version: "2.11.0", path: "data/../../x" })).to.throw(
        "data/../../x leaves the package vega-datasets.",
      );
    });
  });

  describe("evaluator", () => {
    const clientInput = Buffer.from("a\n1\n2\n");
    const job = { jobId: "1", termsHash: contentHash("terms"), contract: PROFILE, clientInput };

    it("accepts the canonical form of the same report", () => {
      const report = canonicalJson(doWork(PROFILE, clientInput));
      const hash = contentHash(report);
      expect(reexecute(job, Buffer.from(report))).to.deep.equal({
        method: "reexecution",
        jobId: "1",
        termsHash: job.termsHash,
        accepted: true,
        expected: hash,
        delivered: hash,
      });
    });

    it("refuses another report, another form of it, and what is no report, and says where it differs", () => {
      const verdictOn = (delivered: string) => {
        const { accepted, finding } = reexecute(job, Buffer.from(delivered));
        return { accepted, finding };
      };
      const report = canonicalJson(doWork(PROFILE, clientInput));
      expect(verdictOn(report.replace('"rows":2', '"rows":3'))).to.deep.equal({
        accepted: false,
        finding: "/rows is 3, where 2 is right.",
      });
      expect(verdictOn(`${report}\n`)).to.deep.equal({
        accepted: false,
        finding: "The deliverable is not in canonical form (RFC 8785).",
      });
      expect(verdictOn(report.slice(1)).accepted).to.equal(false);
    });
  });
});
