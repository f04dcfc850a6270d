import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import type { Browser, Page } from "playwright-core";

import { chromiumPath, launch } from "./browser";
import * as data from "./data";
import { PROBLEMS, WATCH_POLICY } from "./inspection";
import { ExplorerServer } from "./server";

const SCREENSHOTS = join(__dirname, "../../../out/explorer");
const READY = "main:not([aria-busy]) h1:not(.hidden)";
const LOOKS = [
  ["light", 1280],
  ["dark", 1280],
  ["dark", 320],
] as const;
const PAGES = {
  overview: "/",
  agents: "/agents?text=a",
  agent: "/agents/7",
  stranger: "/agents/13",
  jobs: "/jobs",
  job: `/jobs/${data.DISPUTED_JOB}`,
  missing: "/nowhere",
};

describe("explorer in Chromium", function () {
  let server: ExplorerServer;
  let browser: Browser;
  let page: Page;
  /** What a page must never do, gathered over each test. */
  let misdeeds: string[];

  before(async function () {
    const path = chromiumPath();
    if (path === undefined) {
      if (process.env.CI === "true")
        throw new Error("Chromium is not installed: install it, or set CHROMIUM to its path.");
      console.log("      Chromium is not installed (set CHROMIUM to its path): the explorer's pages are not tested.");
      this.skip();
    }
    mkdirSync(SCREENSHOTS, { recursive: true });
    [server, browser] = await Promise.all([ExplorerServer.start(), launch(path)]);
    // One page for all tests, because opening a page takes as long as a test does.
    page = await browser.newPage({ locale: "en-GB" });
    page.setDefaultTimeout(10_000);
    await page.addInitScript(WATCH_POLICY);
    page.on("request", (request) => {
      if (!request.url().startsWith(`${server.origin}/`)) misdeeds.push(`asked ${request.url()}`);
    });
    page.on("pageerror", (error) => misdeeds.push(error.stack ?? error.message));
    page.on("console", (message) => {
      // An answer that is an error is the browser's own remark, and some tests are about such answers.
      if (message.type() !== "error" || message.text().startsWith("Failed to load resource")) return;
      misdeeds.push(message.text());
    });
  });

  after(async () => {
    // Neither exists when the tests were skipped.
    await (browser as Browser | undefined)?.close();
    await (server as ExplorerServer | undefined)?.stop();
  });

  beforeEach(async () => {
    misdeeds = [];
    server.answers.clear();
    server.requests.length = 0;
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
  });

  afterEach(async () => {
    const refused = await page.evaluate<string[]>("localStorage.clear(), window.refused");
    expect([...misdeeds, ...refused]).to.deep.equal([]);
  });

  async function open(path: string): Promise<void> {
    await page.goto(server.origin + path);
    await page.waitForSelector(READY);
  }

  async function listening(): Promise<void> {
    await page.locator("#status", { hasText: "· live" }).waitFor();
  }

  const focused = (): Promise<string> =>
    page.evaluate<string>("document.activeElement.id || document.activeElement.tagName");
  const address = (): string => page.url().slice(server.origin.length);

  for (const [name, path] of Object.entries(PAGES)) {
    it(`shows ${name} legibly to eyes and machines, light and dark, wide and at 320 px`, async () => {
      await open(path);
      if (name === "agents") await page.getByText("Why it is here").first().click();
      for (const [colorScheme, width] of LOOKS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate(PROBLEMS), `${name}, ${colorScheme}, ${width} px`).to.deep.equal([]);
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      }
    });
  }

  it("would notice what the policy refuses, contrast that is too low, and a page that is too wide", async () => {
    await open("/jobs");
    await page.evaluate(`(() => {
      const low = document.createElement("p");
      low.textContent = "hardly to be seen";
      low.style.color = "#ccc";
      low.style.width = "2000px";
      const script = document.createElement("script");
      script.textContent = "document.title = 'owned'";
      document.querySelector("main").append(low, script);
    })()`);
    const problems = await page.evaluate<string[]>(PROBLEMS);
    expect(problems.map((problem) => problem.split(" ")[0])).to.deep.equal(["contrast", "the"]);
    expect(await page.title()).not.to.equal("owned");
    expect(await page.evaluate("window.refused.splice(0).map((text) => text.split(' ')[0])")).to.deep.equal([
      "script-src-elem",
    ]);
    expect(misdeeds.splice(0)).to.have.length(1);
  });

  it("tells screen readers where everything is", async () => {
    await open(`/jobs/${data.DISPUTED_JOB}`);
    const tree = await page.locator("body").ariaSnapshot();
    for (const part of [
      "- banner:",
      '- navigation "Main":',
      "- search:",
      "- main:",
      "- contentinfo:",
      '- region "Money":',
      '- region "Timeline":',
      '- form "Check a file":',
      '- searchbox "Search agents by words, or go to a job, agent or account by its id"',
    ]) {
      expect(tree).to.include(part);
    }
    expect(tree).to.match(/heading "Job 0x\w{4}…\w{4}" \[level=1\]/);
  });

  it("keeps what strangers wrote as text", async () => {
    await open("/agents/13");
    expect(await page.title()).to.equal(`${data.ATTACK} · Agent Market`);
    expect(await page.locator("main img, main script, main style, main iframe").count()).to.equal(0);
    expect(await page.locator("h1").textContent()).to.include('<img src=x onerror="');
    expect(await page.locator("#file ~ * a").count()).to.equal(1); // The picture's address; the data: URI is no link.
    for (const path of ["/agents", "/agents/7", `/jobs/${data.DISPUTED_JOB}`]) {
      await open(path);
      expect(await page.locator("main img, main script, main style").count()).to.equal(0);
      expect(
        await page.locator('a[href^="javascript"], a[href^="data"], a[href^="http:"]:not([href*="127.0.0.1"])').count(),
      ).to.equal(0);
      expect(await page.title()).to.match(/· Agent Market$/);
    }
  });

  it("shows where a stranger's link leads, and leads there whole", async () => {
    const long = `https://words.example/${"a".repeat(200)}`;
    server.answers.set("/agents/13", {
      ...data.attacker,
      name: "\u200b",
      endpoints: ["https://good.example\\@evil.example/", "https://аpple.example/\u202emoc"].map((endpoint) => ({
        name: "web",
        endpoint,
      })),
    });
    server.answers.set("/agents/13/feedback", { items: [{ ...data.feedback[0], uri: long }], block: 1 });
    await open("/agents/13");
    expect(await page.locator("h1").textContent()).to.equal("Agent 13");
    const found = await page.locator("a.uri").all();
    const links = await Promise.all(
      found.map(async (link) => [
        await link.getAttribute("href"),
        (await link.textContent())?.replace(" (opens another site in a new tab)", ""),
      ]),
    );
    expect(links).to.deep.include.members([
      ["https://good.example/@evil.example/", "https://good.example/@evil.example/"],
      ["https://xn--pple-43d.example/%E2%80%AEmoc", "https://xn--pple-43d.example/%E2%80%AEmoc"],
      [long, `${long.slice(0, 79)}…`],
    ]);
    server.answers.clear();
  });

  it("leads from the search box to a job by keyboard alone", async () => {
    await open("/");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).to.equal("Skip to content");
    await page.keyboard.press("Enter");
    expect(await focused()).to.equal("main");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    expect(await focused()).to.equal("find-text");
    const outline = await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle");
    expect(outline).to.equal("solid");

    await page.keyboard.type("solidity");
    await page.keyboard.press("Enter");
    await page.locator("#results:focus").waitFor();
    expect(address()).to.equal("/agents?text=solidity");
    expect(await page.locator("#results").textContent()).to.equal("1 agent");

    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("h1:focus", { hasText: "Nightjar Audits" }).waitFor();
    expect(address()).to.equal("/agents/7");
    expect(await focused()).to.equal("H1");

    // By Tab alone, until the first job.
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      const href = await page.evaluate<string | null>("document.activeElement.getAttribute('href')");
      if (href === `/jobs/${data.DISPUTED_JOB}`) break;
    }
    await page.keyboard.press("Enter");
    await page.locator("h1:focus", { hasText: /^Job 0x/ }).waitFor();
    expect(address()).to.equal(`/jobs/${data.DISPUTED_JOB}`);

    await page.goBack();
    await page.locator("h1:focus", { hasText: "Nightjar Audits" }).waitFor();
    await page.goBack();
    await page.locator("#results", { hasText: "1 agent" }).waitFor();
    expect(await page.getByLabel("Words", { exact: true }).inputValue()).to.equal("solidity");
  });

  it("searches by what the form says, with the reader's own weights, and explains the order", async () => {
    await open("/agents");
    await page.getByLabel("Highest price").fill("12.5");
    await page.getByRole("main").getByRole("button", { name: "Search" }).click();
    const complaint = await page.evaluate("document.querySelector('[name=maxPrice]').validationMessage");
    expect(complaint).to.equal("Choose a token first: prices count in one token.");
    await page.getByLabel("Token").selectOption({ label: "USDC" });
    await page.getByRole("textbox", { name: "Skills" }).fill("code/audit, code/test");
    await page.getByText("More filters").click();
    await page.getByLabel("Jobs completed, at least").fill("3");
    await page.getByLabel("Active since").fill("2025-01-02");
    await page.getByLabel("Verified wallet only").check();
    await page.getByText("Ranking", { exact: true }).click();
    expect(await page.getByLabel("Low price").inputValue()).to.equal("0.15"); // What the index used.
    await page.getByLabel("Low price").fill("0.9");
    await page.getByRole("main").getByRole("button", { name: "Search" }).click();
    await page.locator("#results:focus").waitFor();

    const asked = new URLSearchParams(
      server.requests
        .filter((path) => path.startsWith("/agents?"))
        .at(-1)
        ?.slice(8),
    );
    expect([...asked].sort()).to.deep.equal(
      [
        ["skill", "code/audit"],
        ["skill", "code/test"],
        ["token", data.USDC],
        ["maxPrice", "12500000"],
        ["minCompleted", "3"],
        ["activeSince", "1735776000"],
        ["walletVerified", "true"],
        ["weight.price", "0.9"],
      ].sort(),
    );
    expect(address()).to.equal(`/agents?${asked.toString()}`);
    await page.reload();
    await page.waitForSelector(READY);
    expect(await page.getByLabel("Highest price").inputValue()).to.equal("12.50");
    expect(await page.getByLabel("Low price").inputValue()).to.equal("0.9");
    await page.getByText("Why it is here").first().click();
    const row = page.getByRole("row", { name: /^Price/ }).first();
    expect(await row.textContent()).to.match(/0\.40.*× 0\.9.*from 0\.40 USDC/);
  });

  it("turns pages by cursor, and back by the browser", async () => {
    await open("/jobs?limit=3");
    const first = await page.locator("tbody th").allTextContents();
    await page.getByRole("link", { name: "Next page" }).click();
    await page.waitForURL("**/jobs?limit=3&cursor=3");
    await page.waitForSelector(READY);
    expect(await page.locator("tbody th").allTextContents()).not.to.have.members(first);
    await page.getByRole("link", { name: "First page" }).click();
    await page.waitForURL("**/jobs?limit=3");
    await page.locator("tbody th", { hasText: first[0]! }).waitFor();
    await page.getByLabel("State").selectOption("Completed");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL("**/jobs?status=Completed");
    await page.locator("#results", { hasText: "Jobs like that" }).waitFor();
    expect(await page.locator("tbody tr").count()).to.equal(2);
  });

  it("pages through feedback, and comes back to where its reader was", async () => {
    const page1 = { items: data.feedback.slice(0, 1), next: "1", block: 1 };
    server.answers.set("/agents/7/feedback", page1);
    await open("/agents/7");
    const link = page.getByRole("link", { name: "Next page" });
    await link.scrollIntoViewIfNeeded();
    const scrolled = await page.evaluate<number>("scrollY");
    expect(scrolled).to.be.greaterThan(0);
    await link.click();
    await page.locator("#feedback:focus").waitFor();
    expect(address()).to.equal("/agents/7?feedback=1");
    expect(server.requests).to.include("/agents/7/feedback?limit=20&cursor=1");
    await page.goBack();
    await page.locator("h1:focus").waitFor();
    expect(await page.evaluate("scrollY")).to.equal(scrolled);
  });

  it("shows what happens as it happens, and holds it back when paused", async () => {
    await open("/");
    await listening();
    server.send({ ...data.completion(), logIndex: 1 });
    await page.locator(".feed li", { hasText: "Accepted by" }).waitFor();
    expect(await page.locator("#announce").textContent()).to.match(/^New: Accepted by/);
    await page.screenshot({ path: join(SCREENSHOTS, "overview-live.png"), fullPage: true });

    await page.getByRole("button", { name: "Pause" }).click();
    const held = { ...data.completion(), event: "JobExpired", logIndex: 2 };
    server.send(held);
    server.send(held); // A stream that reconnects can repeat itself.
    await page.getByRole("button", { name: "Resume (1 new)" }).click();
    await page.locator(".feed li", { hasText: "Time ran out" }).waitFor();
    expect(await page.locator(".feed li").count()).to.equal(2);
  });

  it("updates a job without taking focus, scroll position or what was opened from its reader", async () => {
    await open(`/jobs/${data.DISPUTED_JOB}`);
    await listening();
    await page.locator(".timeline summary").first().click();
    const summary = page.locator(".timeline summary").nth(1);
    await summary.focus();
    await page.evaluate("scrollTo(0, 700)");
    const scrolled = await page.evaluate("scrollY");

    const completed = data.completion();
    server.answers.set(`/jobs/${data.DISPUTED_JOB}`, {
      ...data.disputedJob,
      status: "Completed",
      outcome: "completed",
      paid: data.disputedJob.budget,
      endedAt: completed.time,
      timeline: [...data.disputedJob.timeline, completed],
    });
    server.send(completed);
    await page.locator(".job-head .badge", { hasText: "Completed" }).waitFor();
    await page.locator(".timeline-says", { hasText: "Accepted by the evaluator" }).waitFor();
    expect(
      await page.evaluate("document.activeElement === document.querySelectorAll('.timeline summary')[1]"),
    ).to.equal(true);
    expect(await page.evaluate("scrollY")).to.equal(scrolled);
    expect(await page.locator(".timeline details[open]").count()).to.equal(1);
    expect(await page.locator("#announce").textContent()).to.equal("The job is now completed.");
  });

  it("catches up after its event stream was interrupted, or the chain reorganised", async () => {
    await open(`/jobs/${data.DISPUTED_JOB}`);
    await listening();
    server.answers.set(`/jobs/${data.DISPUTED_JOB}`, { ...data.disputedJob, status: "Expired", outcome: "unjudged" });
    server.interrupt();
    await page.locator(".job-head .badge", { hasText: "Unjudged" }).waitFor();
    await listening();
    server.answers.clear();
    server.reorganise(18_200);
    await page.locator(".job-head .badge", { hasText: "Submitted" }).waitFor();
  });

  it("keeps the focus on a row while rows come and go above it", async () => {
    await open("/jobs");
    await listening();
    const link = page.locator("tbody a.id").first();
    await link.focus();
    const job = await link.getAttribute("href");
    const another = { ...data.jobs[0]!, jobId: "99", status: "Open" };
    server.answers.set("/jobs", { items: [another, ...data.jobs], block: 1 });
    server.send({ ...data.completion(), logIndex: 7 });
    await page.locator("tbody a", { hasText: "#99" }).waitFor();
    const focus = (): Promise<string> => page.evaluate<string>("document.activeElement.getAttribute('href')");
    expect(await focus()).to.equal(job);
    server.answers.clear();
    server.send({ ...data.completion(), logIndex: 8 });
    await page.locator("tbody a", { hasText: "#99" }).waitFor({ state: "detached" });
    expect(await focus()).to.equal(job);
  });

  it("says whether a file is what was agreed, without sending it anywhere", async () => {
    await open(`/jobs/${data.DISPUTED_JOB}`);
    const form = page.getByRole("form", { name: "Check a file" });
    const verdict = form.locator(".verdict");
    const check = form.getByRole("button", { name: "Check" });
    const before = server.requests.length;

    await check.click();
    await form.getByRole("alert").getByText("Pick a file or paste its text first.").waitFor();

    await form.getByLabel("Or paste the text").fill(JSON.stringify(data.terms, null, 2));
    await check.click();
    await verdict.getByText("This matches none of this job's hashes.").waitFor();

    await form.getByLabel("Salt of confidential terms").fill(data.salt);
    await check.click();
    await verdict.getByText("This matches: Terms, in its RFC 8785 form, with this salt.").waitFor();

    await form.getByLabel("File", { exact: true }).setInputFiles({
      name: "findings.json",
      mimeType: "application/json",
      buffer: Buffer.from(data.deliverable),
    });
    expect(await form.getByLabel("Or paste the text").inputValue()).to.equal("");
    await check.click();
    await verdict.getByText("This matches: Deliverable, byte for byte.").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "job-checked.png"), fullPage: true });
    expect(server.requests.slice(before).filter((path) => !path.startsWith("/status"))).to.deep.equal([]);
  });

  it("counts down to deadlines", async () => {
    await open(`/jobs/${data.DISPUTED_JOB}`);
    const countdowns = await page.locator("[data-deadline]").allTextContents();
    expect(countdowns).to.have.length(2);
    for (const text of countdowns) expect(text).to.match(/^\d days? \d+ hours left$|^\d days left$/);
  });

  it("says what is wrong and tries again", async () => {
    server.answers.set("/jobs", new Error("The index is being rebuilt."));
    await open("/jobs");
    await page.getByRole("alert").getByText("The index is being rebuilt.").waitFor();
    server.answers.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("tbody tr").first().waitFor();

    server.answers.set("/agents", new Error("The weight of price is 7: it must be between 0 and 1."));
    await open("/agents?weight.price=7");
    await page.getByRole("alert").getByText("it must be between 0 and 1").waitFor();
    expect(await page.getByLabel("Words", { exact: true }).isVisible()).to.equal(true);
    await open("/jobs/1");
    await page.getByText("The index knows no such job.").waitFor();
  });

  it("says so when one of its own scripts does not arrive", async () => {
    await page.route("**/assets/chart.js", (route) => route.fulfill({ status: 429 }));
    await page.goto(server.origin);
    await page.getByText("A part of this page did not arrive.").waitFor();
    await page.unroute("**/assets/chart.js");
  });

  it("says that a new market is empty", async () => {
    server.answers.set("/overview", data.emptyOverview);
    server.answers.set("/jobs", { items: [], block: 1 });
    server.answers.set("/agents", { items: [], block: 1 });
    await open("/");
    await page.getByText("There are no jobs yet.").waitFor();
    await page.getByText("No job has ended yet.").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "overview-empty.png"), fullPage: true });
    await listening();
    server.answers.delete("/overview");
    server.send({ ...data.completion(), logIndex: 9 });
    await page.getByRole("heading", { name: "Paid per day, in USDC" }).waitFor();
    await open("/agents?text=nothing");
    await page.getByText("No agent is like that.").waitFor();
  });

  it("tells how far the index is behind, and when it is gone", async () => {
    await open("/jobs");
    await page.locator("#status", { hasText: "Chain 31337 · block 18,204 · 2 blocks behind · live" }).waitFor();
    server.answers.set("/status", {
      ...data.status,
      head: { ...data.status.head, askedAt: data.status.head.askedAt - 600 },
    });
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.locator("#status", { hasText: "chain not heard of for 10 minutes" }).waitFor();
    server.answers.set("/status", new Error("gone"));
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.locator("#status", { hasText: "The index does not answer" }).waitFor();
  });

  it("keeps the chosen theme, and moves nothing for those who asked for stillness", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await open("/jobs");
    const ground = (): Promise<string> => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    const button = page.getByRole("button", { name: "Theme: system" });
    await button.click();
    await page.getByRole("button", { name: "Theme: light" }).click();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    expect(await ground()).not.to.equal(light);
    await page.reload();
    await page.waitForSelector(READY);
    expect(await ground()).not.to.equal(light);
    expect(await page.evaluate("getComputedStyle(document.querySelector('#progress')).animationName")).to.equal("none");
  });
});
