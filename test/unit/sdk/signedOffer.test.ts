import { expect } from "chai";
import { id } from "ethers";

import { FundingMethod } from "../../../sdk/enums";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { Acceptance } from "../../../sdk/offers";
import { jobIdOf, makeAcceptanceTerms, makeOffer } from "../../../sdk/offers";
import { formatSignedAcceptance, parseSignedAcceptance } from "../../../sdk/signedAcceptance";
import { formatSignedOffer, parseSignedOffer } from "../../../sdk/signedOffer";

const ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const SIGNED = {
  chainId: 196n,
  escrow: ACCOUNT,
  offer: makeOffer({
    provider: ACCOUNT,
    evaluator: ACCOUNT,
    token: ACCOUNT,
    amount: 2n ** 96n - 1n,
    validUntil: 1_790_000_000n,
    termsHash: id("terms"),
    silencePaysProvider: true,
    salt: 2n ** 256n - 1n,
  }),
  signature: "0x1234",
};

/** The file with one member of its offer replaced. */
function withMember(name: string, value: unknown): string {
  const file = JSON.parse(formatSignedOffer(SIGNED)) as { offer: Record<string, unknown> };
  file.offer[name] = value;
  return JSON.stringify(file);
}

describe("sdk", () => {
  describe("signed offers", () => {
    it("come back from their file as they went in", () => {
      expect(parseSignedOffer(formatSignedOffer(SIGNED))).to.deep.equal(SIGNED);
    });

    const faults: [string, string, unknown, string][] = [
      ["changed by a unit", "amount", "79228162514264337593543950334", "was changed"],
      ["with another flag", "silencePaysProvider", false, "was changed"],
      ["with a number that JSON rounds", "amount", 5, "/offer/amount must be string"],
      [
        "with a number beyond its type",
        "deliveryPeriod",
        "4294967296",
        "/offer/deliveryPeriod is too large for its type",
      ],
      ["with a mistyped address", "token", ACCOUNT.replace("c79C8", "C79C8"), "/offer/token has a wrong checksum"],
      ["with a field too many", "discount", "1", "/offer/discount is not a known field"],
    ];
    for (const [what, name, value, reason] of faults) {
      it(`are refused ${what}`, () => {
        expect(() => parseSignedOffer(withMember(name, value), "offer.json")).to.throw(InvalidInputError, reason);
      });
    }
  });

  describe("signed acceptances", () => {
    const hash = id("offer");
    const acceptance: Acceptance = {
      ...makeAcceptanceTerms({ client: ACCOUNT, clientAgentId: 7n, inputHash: id("input"), fundParams: "0x01" }),
      funding: FundingMethod.Authorization,
      fundingData: "0x0203",
    };
    const text = formatSignedAcceptance(jobIdOf(hash, acceptance), acceptance);

    it("come back from their file as they went in", () => {
      expect(parseSignedAcceptance(text, hash)).to.deep.equal(acceptance);
    });

    it("are refused for another offer, changed, or payable by nobody else", () => {
      const refused = (changed: string, offer = hash) => expect(() => parseSignedAcceptance(changed, offer, "a.json"));
      refused(text, id("other")).to.throw(InvalidInputError, "a.json does not accept this offer, or was changed");
      refused(text.replace('"7"', '"8"')).to.throw(InvalidInputError, "does not accept this offer, or was changed");
      refused(text.replace(ACCOUNT, ACCOUNT.replace("c79C8", "C79C8"))).to.throw(InvalidInputError, "wrong checksum");
      refused(text.replace("Authorization", "Allowance")).to.throw(
        InvalidInputError,
        "/acceptance/funding must be one of",
      );
      expect(() => formatSignedAcceptance(1n, { ...acceptance, funding: FundingMethod.Permit })).to.throw(
        InvalidInputError,
        "/acceptance/funding must be one of",
      );
    });
  });
});
