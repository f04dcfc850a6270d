import { expect } from "chai";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { formatJobId, parseJobId } from "../../../sdk/jobId";
import {
  formatAmount,
  formatDuration,
  formatTime,
  parseAmount,
  parseDeadline,
  parseDuration,
  parsePercent,
} from "../../../sdk/units";

const NOW = 1_790_000_000n;

function refusesEach(parse: (text: string) => unknown, texts: string[]): void {
  for (const text of texts) expect(() => parse(text), text).to.throw(InvalidInputError, `"${text}"`);
}

describe("sdk", () => {
  describe("units", () => {
    it("read amounts exactly, in the token's decimals", () => {
      expect(parseAmount("12.5", 6)).to.equal(12_500_000n);
      expect(parseAmount("0.000001", 6)).to.equal(1n);
      expect(parseAmount("7", 0)).to.equal(7n);
      expect(parseAmount("79228162514264337593543950335", 0)).to.equal(2n ** 96n - 1n);
      refusesEach((text) => parseAmount(text, 6), ["", "1e3", "-1", "1,5", ".5", "1.", "0x10", " 1", "0.0000001"]);
      refusesEach((text) => parseAmount(text, 0), ["79228162514264337593543950336", "1.5"]);
    });

    it("write amounts as people read them", () => {
      expect(formatAmount(12_500_000n, 6, "USDX")).to.equal("12.5 USDX");
      expect(formatAmount(5_000_000n, 6)).to.equal("5");
      expect(formatAmount(0n, 18)).to.equal("0");
    });

    it("read shares in basis points", () => {
      expect(["0", "2.5", "10%", "0.01", "100"].map(parsePercent)).to.deep.equal([0n, 250n, 1_000n, 1n, 10_000n]);
      refusesEach(parsePercent, ["", "0.001", "-1", "a"]);
    });

    it("read and write durations", () => {
      expect(["45s", "1h30m", "2d", "1d2h3m4s"].map(parseDuration)).to.deep.equal([45n, 5_400n, 172_800n, 93_784n]);
      expect([0n, 45n, 5_400n, 93_784n].map(formatDuration)).to.deep.equal(["0s", "45s", "1h 30m", "1d 2h 3m 4s"]);
      refusesEach(parseDuration, ["", "5", "2h1d", "1.5h", "-1h", "1w"]);
    });

    it("read times that are still to come", () => {
      expect(parseDeadline("+1h", NOW)).to.equal(NOW + 3_600n);
      expect(parseDeadline("2026-12-31T12:00:00Z", NOW)).to.equal(1_798_718_400n);
      expect(parseDeadline((NOW + 1n).toString(), NOW)).to.equal(NOW + 1n);
      const late = [NOW.toString(), (NOW - 1n).toString(), "+0s", "2020-01-01T00:00:00Z"];
      const senseless = ["tomorrow", "2026-12-31", "2027-02-31T00:00:00Z", "2026-12-31T12:00:00+01:00"];
      for (const text of late) expect(() => parseDeadline(text, NOW), text).to.throw(InvalidInputError, "has passed");
      refusesEach((text) => parseDeadline(text, NOW), senseless);
      expect(() => parseDeadline("+1w", NOW)).to.throw(InvalidInputError, '"1w" is not a duration');
    });

    it("write times in UTC", () => {
      expect(formatTime(0n)).to.equal("1970-01-01T00:00:00Z");
      expect(formatTime(253_402_300_799n)).to.equal("9999-12-31T23:59:59Z");
      expect(formatTime(253_402_300_800n)).to.equal("never");
    });

    it("read and write job ids in both forms", () => {
      const hashed = 2n ** 255n + 5n;
      for (const jobId of [1n, 2n ** 64n - 1n, 2n ** 64n, hashed, 2n ** 256n - 1n]) {
        expect(parseJobId(formatJobId(jobId))).to.equal(jobId);
        expect(parseJobId(jobId.toString())).to.equal(jobId);
      }
      expect(formatJobId(17n)).to.equal("17");
      expect(formatJobId(hashed)).to.equal(`0x8${"0".repeat(62)}5`);
      refusesEach(parseJobId, ["", "0", "0x", "0x0", "-1", "1.0", (2n ** 256n).toString(), `0x1${"0".repeat(64)}`]);
    });
  });
});
