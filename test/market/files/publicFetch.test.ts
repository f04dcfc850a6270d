import { once } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { publicFetch } from "../../../market/files/publicFetch";

describe("publicFetch", () => {
  let server: Server;
  let port: number;
  let asked: number;

  before(async () => {
    server = createServer((_request, response) => {
      asked += 1;
      response.end("secret");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });

  after(() => server.close());

  beforeEach(() => (asked = 0));

  async function refusal(url: string, resolve?: () => Promise<{ address: string; family: number }[]>): Promise<string> {
    try {
      await publicFetch(resolve === undefined ? {} : { resolve })(url, { method: "POST", body: "{}" });
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("It was fetched.");
  }

  it("connects to no address that is not public, however it is named", async () => {
    const loopback = () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
    const mixed = () =>
      Promise.resolve([
        { address: "93.184.216.34", family: 4 },
        { address: "10.0.0.1", family: 4 },
      ]);
    for (const [url, resolve] of [
      [`http://127.0.0.1:${port}/`],
      [`http://[::1]:${port}/`],
      [`http://[::ffff:127.0.0.1]:${port}/`],
      [`http://2130706433:${port}/`],
      [`https://agent.example:${port}/`, loopback],
      ["https://agent.example/", mixed],
    ] as const) {
      expect(await refusal(url, resolve), url).to.match(/not public/);
    }
    expect(asked).to.equal(0);
  });
});
