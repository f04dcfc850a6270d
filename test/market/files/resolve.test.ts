import { once } from "node:events";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";
import { keccak256, toUtf8Bytes } from "ethers";

import { isPublicAddress } from "../../../market/files/addresses";
import { resolveFile } from "../../../market/files/resolve";
import type { ResolveOptions } from "../../../market/files/resolve";
import { registrationDataUri } from "../../../sdk/registration";
import type { RegistrationFile } from "../../../sdk/registration";

const FILE: RegistrationFile = {
  type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
  name: "Résumé",
  description: "Sums up.",
  image: "https://example.org/a.png",
  services: [],
};
const TEXT = JSON.stringify(FILE);

async function problemOf(uri: string, options: ResolveOptions = {}): Promise<string> {
  const resolution = await resolveFile(uri, { timeout: 2_000, ...options });
  return resolution.state === "failed" ? resolution.problem : "";
}

describe("market index: registration files", () => {
  describe("data: URIs", () => {
    it("reads base64 and percent encoding", async () => {
      const percent = `data:application/json,${encodeURIComponent(TEXT)}`;
      const resolution = await resolveFile(percent);
      expect(resolution).to.deep.equal({
        state: "resolved",
        file: FILE,
        hash: keccak256(toUtf8Bytes(TEXT)),
        mutable: false,
      });
      expect((await resolveFile(registrationDataUri(FILE))).state).to.equal("resolved");
      const charset = `data:application/json;charset=utf-8;base64,${Buffer.from(TEXT).toString("base64")}`;
      expect((await resolveFile(charset)).state).to.equal("resolved");
    });

    it("says what is wrong with one, without throwing", async () => {
      expect(await problemOf("data:application/json")).to.equal("its data: URI has no content.");
      expect(await problemOf("data:,%E0%A4%A")).to.equal("its data: URI cannot be decoded.");
      expect(await problemOf("data:;base64,****")).to.equal("its data: URI cannot be decoded.");
      expect(await problemOf("data:;base64,//79")).to.equal("its registration file is not UTF-8 text.");
      expect(await problemOf("data:,{")).to.match(/^its registration file is not valid JSON/);
      expect(await problemOf("data:,{}")).to.match(/\/name is missing/);
      expect(await problemOf(`data:,${"x".repeat(300_000)}`)).to.equal("it is longer than 262144 bytes.");
      expect(await problemOf("ftp://example.org/a")).to.match(/^its URI is none of/);
      expect(await problemOf("https://")).to.match(/^its URI is none of/);
    });

    it("keeps out what PostgreSQL cannot hold", async () => {
      const resolution = await resolveFile(
        `data:,${encodeURIComponent(JSON.stringify({ ...FILE, name: "a\u0000b" }))}`,
      );
      expect(resolution.state === "resolved" && resolution.file.name).to.equal("a\uFFFDb");
    });
  });

  describe("addresses", () => {
    it("tells the public Internet from the rest", () => {
      const refused =
        "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.168.0.1 198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::a00:1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 ff02::1 2001:db8::1 2002:7f00:1::1 2001::1 localhost";
      for (const address of refused.split(" ")) expect(isPublicAddress(address), address).to.equal(false);
      const open = "1.1.1.1 172.15.0.1 172.32.0.1 193.0.0.1 2606:4700::1111 2a00:1450::1";
      for (const address of open.split(" ")) expect(isPublicAddress(address), address).to.equal(true);
    });

    it("asks none that is not public, however it is written", async () => {
      const problem = "its server has an address that is not public, which is not asked.";
      for (const host of ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"]) {
        expect(await problemOf(`https://${host}/a.json`), host).to.equal(problem);
      }
      const resolve = () =>
        Promise.resolve([
          { address: "1.1.1.1", family: 4 },
          { address: "10.0.0.1", family: 4 },
        ]);
      expect(await problemOf("https://example.org/a.json", { resolve })).to.equal(problem);
      expect(await problemOf("http://example.org/a.json")).to.include("only https: is");
      expect(await problemOf("https://me:secret@example.org/")).to.include("carries a user name or password");
    });
  });

  describe("over HTTP", () => {
    let server: Server;
    let base: string;
    let handler: (path: string, response: ServerResponse) => void;
    const local = { allowLocal: true };

    beforeEach(async () => {
      server = createServer((request, response) => {
        handler(request.url ?? "", response);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => {
      server.close();
      server.closeAllConnections();
    });

    it("fetches a file, and follows a few redirects", async () => {
      handler = (path, response) => {
        const left = Number(path.slice(1));
        if (left === 0) response.end(TEXT);
        else response.writeHead(302, { location: `/${left - 1}` }).end();
      };
      const resolution = await resolveFile(`${base}/3`, local);
      expect(resolution).to.deep.include({ state: "resolved", file: FILE, mutable: true });
      expect(await problemOf(`${base}/4`, local)).to.equal("its server redirects more than 3 times.");
    });

    it("connects to the address that it checked, and resolves each host once", async () => {
      handler = (_, response) => response.end(TEXT);
      const asked: string[] = [];
      const resolve = (host: string) => {
        asked.push(host);
        return Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
      };
      const uri = base.replace("127.0.0.1", "agent.invalid");
      expect((await resolveFile(`${uri}/`, { ...local, resolve })).state).to.equal("resolved");
      expect(asked).to.deep.equal(["agent.invalid"]);
    });

    it("bounds size and time, and can be asked again", async () => {
      handler = (_, response) => response.end("x".repeat(5_000));
      expect(await problemOf(`${base}/`, { ...local, maxBytes: 1_000 })).to.equal("it is longer than 1000 bytes.");
      handler = (_, response) => response.write("{");
      expect(await problemOf(`${base}/`, { ...local, timeout: 50 })).to.equal(
        "its server did not deliver it in 50 ms.",
      );
      handler = (_, response) => response.writeHead(404).end();
      const resolution = await resolveFile(`${base}/`, local);
      expect(resolution).to.deep.equal({
        state: "failed",
        problem: "its server answered with HTTP status 404.",
        retry: true,
      });
    });

    it("ends where a server switches protocols instead of answering", async () => {
      handler = (_path, response) => {
        response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
      };
      const resolution = resolveFile(`${base}/a.json`, { ...local, timeout: 500 });
      const late = new Promise((resolve) =>
        setTimeout(() => {
          resolve("never");
        }, 1_500),
      );
      expect(await Promise.race([resolution, late])).to.deep.include({ state: "failed", retry: true });
    });

    it("fetches ipfs: through the gateway", async () => {
      const asked: string[] = [];
      handler = (path, response) => {
        asked.push(path);
        response.end(TEXT);
      };
      const cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
      for (const ipfsGateway of [base, `${base}/`, `${base}/ipfs/`]) {
        const resolution = await resolveFile(`ipfs://${cid}/agent.json`, { ...local, ipfsGateway });
        expect(resolution).to.deep.include({ state: "resolved", mutable: false });
      }
      expect(new Set(asked)).to.deep.equal(new Set([`/ipfs/${cid}/agent.json`]));
      expect(await problemOf(`ipfs://${cid}`)).to.include("for which this index has no gateway");
      expect(await problemOf("ipfs://../../etc")).to.include("names no content");
      // A URL's dots would lead to whatever else the gateway serves, as if it were the content that is named.
      for (const way of ["../../ipns/agent.example", "%2e%2E/%2e./api/v0/id", "a/./../.."]) {
        const resolution = await resolveFile(`ipfs://${cid}/${way}`, { ...local, ipfsGateway: base });
        expect(resolution).to.deep.include({ state: "failed", retry: false });
      }
      expect(asked).to.have.length(3);
    });
  });
});
