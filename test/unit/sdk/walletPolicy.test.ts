import { expect } from "chai";
import { ZeroAddress, id } from "ethers";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { formatPolicy, parsePolicy } from "../../../sdk/walletPolicy";
import { decodePolicy, encodePolicy } from "../../../sdk/wallets";

const TOKEN = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const ESCROW = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const EVALUATOR = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const TARGET = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65";

const LIMIT = { token: TOKEN, decimals: 6, window: "1d", windowCap: "100", lifetimeCap: "1000.5", jobCap: "30" };
const FILE = {
  version: 1,
  expiresAt: "2027-01-01T00:00:00Z",
  maxJobDuration: "30d",
  reputation: {
    source: ESCROW,
    token: TOKEN,
    decimals: 6,
    minCompleted: 3,
    minCounterparties: 2,
    minVolume: "12.5",
  },
  agents: [{ agentId: "2", epoch: 1 }],
  payees: [TARGET],
  escrows: [ESCROW],
  evaluators: [EVALUATOR],
  limits: [
    { ...LIMIT, coSignAbove: "80", admittedCap: "20" },
    { token: "coin", decimals: 18, window: "endless", windowCap: "1", lifetimeCap: "1", jobCap: "0" },
  ],
  calls: [
    { target: TARGET, function: "claim(uint256)" },
    { target: TARGET, function: "0x12345678" },
  ],
};

const parse = (changes: object = {}) => parsePolicy(JSON.stringify({ ...FILE, ...changes }), "policy.json");

function refusal(changes: object): string {
  try {
    parse(changes);
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidInputError);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

describe("sdk", () => {
  describe("walletPolicy", () => {
    it("reads whole tokens, durations and names as the contract counts them", () => {
      const { policy, decimals } = parse();
      expect(policy).to.deep.equal({
        expiresAt: 1_798_761_600n,
        maxJobDuration: 2_592_000n,
        sanctionsOracle: ZeroAddress,
        reputation: { source: ESCROW, token: TOKEN, minCompleted: 3n, minCounterparties: 2n, minVolume: 12_500_000n },
        agents: [{ agentId: 2n, epoch: 1n }],
        payees: [TARGET],
        escrows: [ESCROW],
        evaluators: [EVALUATOR],
        hooks: [],
        limits: [
          {
            token: TOKEN,
            window: 86_400n,
            windowCap: 100_000_000n,
            lifetimeCap: 1_000_500_000n,
            jobCap: 30_000_000n,
            coSignAbove: 80_000_000n,
            admittedCap: 20_000_000n,
          },
          {
            token: ZeroAddress,
            window: 0n,
            windowCap: 10n ** 18n,
            lifetimeCap: 10n ** 18n,
            jobCap: 0n,
            coSignAbove: 10n ** 18n, // as the window's cap: never asked for
            admittedCap: 0n,
          },
        ],
        calls: [
          { target: TARGET, selector: id("claim(uint256)").slice(0, 10) },
          { target: TARGET, selector: "0x12345678" },
        ],
      });
      expect([...decimals]).to.deep.equal([
        [TOKEN, 6],
        [ZeroAddress, 18],
      ]);
    });

    it("survives the chain's encoding and a file", () => {
      const { policy, decimals } = parse();
      expect(decodePolicy(encodePolicy(policy))).to.deep.equal(policy);
      expect(parsePolicy(formatPolicy(policy, decimals)).policy).to.deep.equal(policy);
      const bare = parse({
        reputation: undefined,
        agents: undefined,
        payees: undefined,
        escrows: undefined,
        evaluators: undefined,
        calls: undefined,
        limits: [],
        sanctionsOracle: TARGET,
      }).policy;
      expect(decodePolicy(encodePolicy(bare))).to.deep.equal(bare);
      expect(parsePolicy(formatPolicy(bare, new Map())).policy).to.deep.equal(bare);
      expect(() => formatPolicy(policy, new Map())).to.throw(InvalidInputError, `of the token ${TOKEN} are not known`);
    });

    it("refuses what the schema does, by its path", () => {
      expect(refusal({ limits: [{ ...LIMIT, jobCap: undefined }], surprise: 1 })).to.equal(
        "policy.json is not a valid wallet policy: /surprise is not a known field; /limits/0/jobCap is missing.",
      );
      expect(refusal({ expiresAt: "+90d" })).to.contain("/expiresAt");
    });

    it("names the path of everything else, all at once", () => {
      const wrong = refusal({
        expiresAt: "2027-02-31T00:00:00Z",
        maxJobDuration: "99999d",
        escrows: [ESCROW.toLowerCase(), ZeroAddress],
        payees: [TARGET, TARGET],
        limits: [LIMIT, { ...LIMIT, windowCap: "0.0000001", decimals: 7 }],
        calls: [
          { target: EVALUATOR, function: "accept(uint256)" },
          { target: TOKEN, function: "transfer(address,uint256)" },
        ],
      });
      expect(wrong)
        .to.match(/^policy\.json: .*\.$/)
        .and.to.contain('/expiresAt: "2027-02-31T00:00:00Z" is not a time')
        .and.to.contain("/maxJobDuration: must be from 1s to 136 years")
        .and.to.contain(`/escrows/0: has no valid checksum: check it against its source; with one it is ${ESCROW}`)
        .and.to.contain("/escrows/1: must not be zero")
        .and.to.contain("/payees/1: is listed already")
        .and.to.contain("/limits/1/token: has limits already")
        .and.to.contain("/limits/1/decimals: is 7, but that of the same token is 6")
        .and.to.contain("/calls/0/target: is a listed escrow, evaluator or token")
        .and.to.contain("/calls/1/target: is a listed escrow, evaluator or token");
      expect(wrong).not.to.contain("/escrows/0: must not be zero");
      expect(refusal({ limits: [{ ...LIMIT, coSignAbove: "1000000" }] })).to.equal(
        "policy.json: /limits/0/coSignAbove: is more than windowCap, so that the owner would never be asked.",
      );
      expect(refusal({ limits: [{ ...LIMIT, jobCap: "0.0000001" }] })).to.equal(
        'policy.json: /limits/0/jobCap: "0.0000001" has 7 decimals, but the token has 6.',
      );
    });

    it("holds amounts at the contract's width", () => {
      const most = (1n << 96n) - 1n;
      const limit = (cap: bigint) => ({
        ...LIMIT,
        decimals: 0,
        windowCap: cap.toString(),
        lifetimeCap: "1",
        jobCap: "1",
      });
      const bare = { reputation: undefined };
      expect(parse({ ...bare, limits: [limit(most)] }).policy.limits[0]?.windowCap).to.equal(most);
      expect(refusal({ ...bare, limits: [limit(most + 1n)] })).to.contain("/limits/0/windowCap");
    });
  });
});
