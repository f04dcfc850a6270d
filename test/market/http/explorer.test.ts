import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { StaticFiles } from "../../../market/http/StaticFiles";
import type { Service } from "./service";
import { sendRaw, startService } from "./service";

describe("Market HTTP service: explorer's files", () => {
  let folder: string;
  let service: Service;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "explorer-"));
    mkdirSync(join(folder, "public", "assets"), { recursive: true });
    writeFileSync(join(folder, "secret.txt"), "secret");
    const root = join(folder, "public");
    writeFileSync(join(root, "index.html"), "<!doctype html><title>Market</title>");
    writeFileSync(join(root, "assets", "app.js"), "export {};");
    writeFileSync(join(root, "assets", "app.ts"), "secret");
    writeFileSync(join(root, ".env.json"), "secret");
    symlinkSync(join(folder, "secret.txt"), join(root, "link.txt"));
    service = await startService({ explorer: root });
  });
  after(async () => {
    await service.close();
    rmSync(folder, { recursive: true });
  });

  it("serves files with their type and headers that let nothing else run", async () => {
    const page = await service.get("/");
    expect(page.text).to.contain("<title>Market</title>");
    expect(page.headers).to.include({
      "content-type": "text/html; charset=utf-8",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    });
    const script = await service.get("/assets/app.js");
    expect([script.text, script.headers["content-type"]]).to.deep.equal([
      "export {};",
      "text/javascript; charset=utf-8",
    ]);
  });

  it("does not count them against a caller's limit, as a page is many of them", async () => {
    const limited = await startService({
      explorer: join(folder, "public"),
      rateLimit: { perMinute: 1, burst: 1 },
    });
    try {
      for (let i = 0; i < 3; ++i) expect((await limited.get("/assets/app.js")).status).to.equal(200);
      expect((await limited.get("/api/v1/status")).status).to.equal(200);
      expect((await limited.get("/api/v1/status")).status).to.equal(429);
    } finally {
      await limited.close();
    }
  });

  it("answers the page at its own places, and no page for an address of the API or a missing file", async () => {
    for (const path of ["/agents/3", "/jobs/0xab", "/search?text=lint", "/index.html"]) {
      const answer = await service.get(path);
      expect([answer.status, answer.headers["content-type"]], path).to.deep.equal([200, "text/html; charset=utf-8"]);
    }
    for (const path of ["/assets/missing.js", "/favicon.ico", "/api/v1/agentz", "/api"]) {
      expect((await service.get(path)).status, path).to.equal(404);
    }
    expect((await service.send("POST", "/agents/3")).status).to.equal(405);
  });

  it("answers 304 to who has the file", async () => {
    const { headers } = await service.get("/assets/app.js");
    const again = await service.get("/assets/app.js", { "if-none-match": `"other", W/${String(headers.etag)}` });
    expect([again.status, again.text, again.headers.etag]).to.deep.equal([304, "", headers.etag]);
    expect((await service.get("/assets/app.js", { "if-none-match": '"other"' })).status).to.equal(200);
    const head = await service.send("HEAD", "/assets/app.js");
    expect([head.status, head.text, head.headers["content-length"]]).to.deep.equal([200, "", "10"]);
  });

  it("reaches nothing outside the folder, nothing hidden, no links and no sources", async () => {
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/assets/../../secret.txt",
      "/assets/..%5c..%5csecret.txt",
      "//secret.txt",
      "/link.txt",
      "/.env.json",
      "/assets/app.ts",
      "/assets/app.js%00.html",
      "/assets/app.js/",
      "/__proto__.js",
      `/${join(folder, "secret.txt")}`,
    ]) {
      const answer = await sendRaw(service.url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(answer, path).to.not.match(/\r\n\r\n(secret|export)/);
      expect(answer, path).to.match(/^HTTP\/1\.1 (404|400|200) /);
    }
  });

  it("refuses a folder that is no explorer", () => {
    expect(() => new StaticFiles(folder)).to.throw(`The explorer's folder ${folder} has no index.html.`);
  });
});
