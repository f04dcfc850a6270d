import { expect } from "chai";
import type { Interface } from "ethers";

import type { TimelineEntry } from "../../../sdk/discovery/model";
import {
  AgentRegistry__factory,
  JobEscrow__factory,
  OptimisticEvaluator__factory,
  ReputationLedger__factory,
  SeatCourt__factory,
} from "../../../typechain-types";
import { DISPUTED_JOB, disputedJob, USDC } from "./data";
import type { Explorer } from "./modules";
import { load } from "./modules";

const tokens = [{ token: USDC, symbol: "USDC", decimals: 6 }];

describe("explorer", () => {
  describe("format", () => {
    let format: Explorer["format"];
    before(async () => {
      format = await load("format");
    });

    it("writes amounts exactly, in the reader's own form", () => {
      expect(format.formatUnits("1234567890", 6, "en")).to.equal("1,234.56789");
      expect(format.formatUnits("1234500000", 6, "de")).to.equal("1.234,50");
      expect(format.formatUnits("1", 18, "en")).to.equal("0.000000000000000001");
      expect(format.formatUnits("4000000", 6, "en")).to.equal("4.00");
      expect(format.formatUnits("5", 0, "en")).to.equal("5");
      expect(format.formatUnits("15", 1, "en")).to.equal("1.5");
      expect(format.formatUnits("0", 6, "en")).to.equal("0");
      expect(format.formatUnits((1n << 96n) - 1n, 0, "en")).to.equal("79,228,162,514,264,337,593,543,950,335");
    });

    it("names the token, and base units where its decimals are not known", () => {
      expect(format.formatAmount("12500000", USDC.toUpperCase().replace("X", "x"), tokens, "en")).to.equal(
        "12.50\u00a0USDC",
      );
      expect(format.formatAmount("12500000", USDC, [], "en")).to.equal(
        `12,500,000 base units of ${format.shortHex(USDC)}`,
      );
      const shouting = [{ token: USDC, symbol: "X".repeat(500), decimals: 6 }];
      expect(format.formatAmount("1000000", USDC, shouting, "en")).to.equal(
        `1.00\u00a0${"X".repeat(11)}… (${format.shortHex(USDC)})`,
      );
    });

    it("tells tokens apart whose symbols are, or look like, the same", () => {
      const other = `0x${"12".repeat(20)}`;
      const name = (symbol: string) => format.tokenName(other, [...tokens, { token: other, symbol, decimals: 6 }]);
      for (const symbol of ["USDC", "usdc", "U\u200bSDC"]) expect(name(symbol)).to.match(/ \(0x1212…1212\)$/);
      expect(name("USD\u0421")).to.equal("USD\u0421 (0x1212…1212)");
      expect(name("USDX")).to.equal("USDX");
      expect(name("\u202e")).to.equal("0x1212…1212");
    });

    it("shows nothing of a stranger's text in another's place", () => {
      expect(format.clip("Agent \u202e79\u2066 \u200fx\u0000", 20)).to.equal("Agent 79 x");
      expect(format.clip("\u200b\u2060\u3164 \u200d", 20)).to.equal("");
      expect(format.clip(`Z${"\u0301".repeat(150)}!`, 20)).to.equal(`Z${"\u0301".repeat(4)}!`);
      for (const honest of ["नमस्ते", "می\u200cخواهم", "👩\u200d💻", "e\u0301", "שלום"])
        expect(format.clip(honest, 20)).to.equal(honest);
    });

    it("reads amounts back, and nothing that is none", () => {
      expect(format.parseUnits("12.5", 6)).to.equal("12500000");
      expect(format.parseUnits(" 3 ", 6)).to.equal("3000000");
      expect(format.parseUnits("0.0000001", 6)).to.equal(undefined);
      for (const wrong of ["", "-1", "1e3", "1,000", "."])
        expect(format.parseUnits(wrong, 6), wrong).to.equal(undefined);
    });

    it("shortens without cutting a character in half", () => {
      expect(format.clip("😀😀😀", 2)).to.equal("😀…");
      expect(format.clip("abc", 3)).to.equal("abc");
      expect(format.shortHex(`0x${"ab".repeat(32)}`)).to.equal("0xabab…abab");
      expect(format.jobHex("255")).to.equal("255");
      expect(format.jobHex((1n << 200n).toString())).to.match(/^0x[0-9a-f]{64}$/);
      expect(format.jobName("12")).to.equal("#12");
    });

    it("says durations and distances in words", () => {
      expect(format.formatDuration(0)).to.equal("0 seconds");
      expect(format.formatDuration(61)).to.equal("1 minute 1 second");
      expect(format.formatDuration(86_400)).to.equal("1 day");
      expect(format.formatDuration(2 * 86_400 + 3 * 3600 + 59)).to.equal("2 days 3 hours");
      expect(format.formatDuration(86_400 + 5)).to.equal("1 day");
      expect(format.formatRelative(1000, 1000 + 3 * 3600 + 100, "en")).to.equal("3 hours ago");
      expect(format.formatRelative(1000 + 60, 1000, "en")).to.equal("in 1 minute");
      expect(format.isoTime(0)).to.equal("1970-01-01T00:00:00.000Z");
      expect(format.isoTime(1e15)).to.equal(undefined);
    });
  });

  describe("destination", () => {
    it("leads to what was typed, or to a search for it", async () => {
      const page = await load("destination");
      const hex = `0x${BigInt(DISPUTED_JOB).toString(16).padStart(64, "0")}`;
      expect(page.destination(` ${hex} `)).to.equal(`/jobs/${DISPUTED_JOB}`);
      expect(page.destination(DISPUTED_JOB)).to.equal(`/jobs/${DISPUTED_JOB}`);
      expect(page.destination(USDC)).to.equal(`/jobs?account=${USDC}`);
      expect(page.destination("#07")).to.equal("/agents/7");
      expect(page.destination("solidity & audits")).to.equal("/agents?text=solidity+%26+audits");
      expect(page.destination("")).to.equal("/agents");
    });
  });

  describe("events", () => {
    let text: Explorer["eventText"];
    before(async () => {
      text = await load("eventText");
    });

    const interfaces: [string, Interface][] = [
      ["AgentRegistry", AgentRegistry__factory.createInterface()],
      ["JobEscrow", JobEscrow__factory.createInterface()],
      ["ReputationLedger", ReputationLedger__factory.createInterface()],
      ["OptimisticEvaluator", OptimisticEvaluator__factory.createInterface()],
      ["SeatCourt", SeatCourt__factory.createInterface()],
    ];
    for (const [contract, contractInterface] of interfaces) {
      it(`says every event of ${contract} without a gap`, () => {
        contractInterface.forEachEvent(({ name, inputs }) => {
          const args = Object.fromEntries(inputs.map((input) => [input.name, exampleOf(input.type)]));
          const says = text.describe(event(name, args), { tokens, token: USDC });
          expect(says, name).to.match(/^[A-Z0-9].{3,}$/);
          expect(says, name).not.to.match(/\?|undefined|NaN/);
        });
      });
    }

    it("survives events that it does not know, or that lack what they should have", () => {
      expect(text.describe(event("SomethingNewHappened", {}))).to.equal("Something New Happened");
      expect(text.describe(event("JobCompleted", {}))).to.equal("Accepted by ?");
      expect(text.describe(event("JobFunded", {}), { token: USDC, tokens })).to.equal("? put something into escrow");
    });

    it("tells payment for silence from a verdict", () => {
      const silent = event("JobCompleted", { evaluator: `0x${"0".repeat(40)}` });
      expect(text.describe(silent)).to.equal("Paid, because nobody judged in time");
    });

    it("puts what one transaction did under one headline", async () => {
      const grouping = await load("grouping");
      const groups = grouping.byTransaction(disputedJob.timeline);
      expect(groups.map((group) => grouping.headline(group).event)).to.deep.equal([
        "JobFunded",
        "JobSubmitted",
        "Disputed",
        "Evidence",
        "Contested",
      ]);
    });
  });

  describe("dispute", () => {
    let dispute: Explorer["dispute"];
    before(async () => {
      dispute = await load("dispute");
    });
    const states = (timeline: TimelineEntry[]): string =>
      dispute
        .disputeSteps({ timeline })
        .map(({ state }) => state)
        .join(" ");

    it("shows the present step with its deadline", () => {
      const steps = dispute.disputeSteps(disputedJob);
      expect(steps.map(({ state }) => state)).to.deep.equal(["past", "present", "ahead", "ahead", "ahead"]);
      expect(steps.map(({ deadline }) => deadline !== undefined)).to.deep.equal([false, true, false, false, false]);
    });

    it("shows a dispute that ended early, one that was ruled on, and none", () => {
      const objected = event("Disputed", { deadline: "5" });
      expect(states([objected, event("BondsReturned", {})])).to.equal("past skipped skipped skipped past");
      const ruled = ["Contested", "Escalated", "Ruled"].map((name) => event(name, { deadline: "6", share: "75" }));
      expect(states([objected, ...ruled])).to.equal("past past past present ahead");
      expect(states([objected, ...ruled, event("Finalised", {})])).to.equal("past past past past past");
      expect(states([])).to.equal("");
    });

    it("joins the address of evidence with its hash", () => {
      const [item, ...more] = dispute.evidenceOf(disputedJob);
      expect(more).to.have.length(0);
      expect(item?.uri).to.equal("https://evidence.example/claim.json");
      expect(item?.hash).to.match(/^0x[0-9a-f]{64}$/);
      const two = [1, 2].flatMap((n) => [
        event("Evidence", { party: USDC, evidence: `uri ${n}` }),
        event("EvidenceSubmitted", { party: USDC, hash: `hash ${n}` }),
      ]);
      expect(dispute.evidenceOf({ timeline: two }).map(({ uri, hash }) => `${uri}: ${hash}`)).to.deep.equal([
        "uri 1: hash 1",
        "uri 2: hash 2",
      ]);
    });
  });

  describe("chart geometry", () => {
    let geometry: Explorer["chartGeometry"];
    before(async () => {
      geometry = await load("chartGeometry");
    });

    it("chooses round ticks that reach the largest value", () => {
      expect(geometry.ticks(7, true)).to.deep.equal([0, 2, 4, 6, 8]);
      expect(geometry.ticks(1, true)).to.deep.equal([0, 1]);
      expect(geometry.ticks(0, true)).to.deep.equal([0, 1]);
      expect(geometry.ticks(0.3, false)).to.deep.equal([0, 0.1, 0.2, 0.3]);
      expect(geometry.ticks(1000, true)).to.deep.equal([0, 500, 1000]);
      expect(geometry.ticks(NaN, false)).to.deep.equal([0]);
    });

    it("stacks bars without gap or overlap, inside the plot", () => {
      const { columns, plot, ticks } = geometry.layoutBars(
        [
          [3, 1],
          [0, 0],
          [8, 0],
        ],
        { width: 400, height: 200, whole: true },
      );
      const [low, high] = columns[0]!.bars;
      expect(low!.y + low!.height).to.be.closeTo(plot.bottom, 1e-9);
      expect(high!.y + high!.height).to.be.closeTo(low!.y, 1e-9);
      expect(low!.height).to.be.closeTo(3 * high!.height, 1e-9);
      expect(columns[1]!.bars.every(({ height }) => height === 0)).to.be.true;
      expect(columns[2]!.bars[0]!.y).to.be.closeTo(plot.top, 1e-9);
      expect(ticks.at(-1)!.y).to.be.closeTo(plot.top, 1e-9);
      for (const { bars } of columns) {
        for (const { x, width } of bars) expect(x >= plot.left && x + width <= plot.right).to.be.true;
      }
    });

    it("shows what is small beside what is large", () => {
      const { columns } = geometry.layoutBars([[1], [1e9]], { width: 400, height: 200, whole: false });
      expect(columns[0]!.bars[0]!.height).to.equal(1);
    });

    it("labels as many days as fit, and the last one always", () => {
      const rows = Array.from({ length: 30 }, () => [1]);
      const narrow = geometry.layoutBars(rows, { width: 288, height: 200, whole: true }).labels;
      const wide = geometry.layoutBars(rows, { width: 1088, height: 200, whole: true }).labels;
      expect(narrow.at(-1)?.index).to.equal(29);
      expect(narrow.length).to.be.lessThan(wide.length);
      for (const [i, { x }] of narrow.slice(1).entries()) expect(x - narrow[i]!.x).to.be.at.least(56 - 1e-9);
    });

    it("fills the days without events, up to today", () => {
      const days = [2, 0, 1].map((day) => ({ day: day * 86_400, hired: day + 1 }));
      const filled = geometry.fillDays(days, 4, 4 * 86_400 + 5, (day) => ({ day, hired: 0 }));
      expect(filled.map(({ day, hired }) => [day / 86_400, hired])).to.deep.equal([
        [1, 2],
        [2, 3],
        [3, 0],
        [4, 0],
      ]);
      expect(geometry.fillDays([], 4, 0, (day) => ({ day }))).to.deep.equal([]);
    });
  });
});

function event(name: string, args: TimelineEntry["args"]): TimelineEntry {
  return { event: name, contract: USDC, block: 1, logIndex: 0, time: 0, transaction: "0x01", args };
}

/** A value as the index would write it. */
function exampleOf(type: string): string | boolean {
  if (type === "bool") return true;
  if (type === "address") return USDC;
  if (type.startsWith("bytes")) return `0x${"ab".repeat(32)}`;
  return type === "string" ? "text" : "2";
}
