import { expect } from "chai";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { RelayRequest } from "../../../sdk/relay";
import { coSignRelay, describeRelay, formatRelayRequest, parseRelayRequest, relayDigest } from "../../../sdk/relay";
import { formatSignedIntent } from "../../../sdk/walletIntents";
import { encodePolicy } from "../../../sdk/wallets";
import { payRelay, registerRelay } from "../../fixtures/relay";
import type { WalletMarket } from "../../fixtures/wallet";
import { walletFixture } from "../../fixtures/wallet";

describe("sdk", () => {
  describe("relay requests", () => {
    let parts: WalletMarket;

    before(async () => {
      parts = await walletFixture();
    });

    function refusal(text: string): string {
      try {
        parseRelayRequest(text, "request.json");
      } catch (error) {
        expect(error).to.be.instanceOf(InvalidInputError);
        return (error as Error).message;
      }
      throw new Error("nothing was refused");
    }

    const changed = (relay: RelayRequest, change: (file: Record<string, unknown>) => void) => {
      const file = JSON.parse(formatRelayRequest(relay)) as Record<string, unknown>;
      change(file);
      return JSON.stringify(file);
    };

    it("survive the way through a file, with and without the owner's signature", async () => {
      const pay = await payRelay(parts, { nonce: (1n << 256n) - 1n });
      for (const relay of [pay, await coSignRelay(parts.owner, pay), await registerRelay(parts)]) {
        expect(parseRelayRequest(formatRelayRequest(relay))).to.deep.equal(relay);
      }
    });

    it("are, of an intent, what the wallet's own scripts write", async () => {
      const pay = await coSignRelay(parts.owner, await payRelay(parts));
      expect(formatRelayRequest(pay)).to.equal(formatSignedIntent(pay));
    });

    it("are named by what the contracts verify", async () => {
      const pay = await payRelay(parts);
      expect(relayDigest(pay)).to.equal(await parts.wallet.intentHash(pay.intent));
      expect(relayDigest(await coSignRelay(parts.owner, pay))).to.equal(relayDigest(pay));
      const { request, signature } = await registerRelay(parts);
      expect(await parts.forwarder.verify({ ...request, signature })).to.equal(true);
    });

    it("tell what they do", async () => {
      const { wallet, key, stranger, registry, escrow, policy } = parts;
      const pay = await payRelay(parts);
      expect(describeRelay(pay)).to.equal(`${key.address} has the wallet ${await wallet.getAddress()} pay`);
      const target = await escrow.getAddress();
      const submit = escrow.interface.encodeFunctionData("submit", [1n, pay.keySignature.slice(0, 66), "0x"]);
      const call = wallet.interface.encodeFunctionData("act", [encodePolicy(policy), target, submit]);
      expect(describeRelay({ ...pay, intent: { ...pay.intent, call } })).to.equal(
        `${key.address} has the wallet ${await wallet.getAddress()} act: submit of ${target}`,
      );
      expect(describeRelay({ ...pay, intent: { ...pay.intent, call: "0x" } })).to.contain("nothing");
      expect(describeRelay(await registerRelay(parts))).to.equal(
        `${stranger.address} calls register of ${await registry.getAddress()}`,
      );
    });

    it("are refused in one sentence when changed, incomplete or mixed up", async () => {
      const pay = await payRelay(parts);
      const wrong = changed(pay, (file) => (file.intent = { ...pay.intent, nonce: "2", deadline: "1", epoch: "1" }));
      expect(refusal(wrong)).to.match(
        /^request\.json was changed: its intent hashes to 0x\w{64}, but it says 0x\w{64}\.$/,
      );
      expect(refusal(changed(pay, (file) => delete file.keySignature))).to.equal(
        "request.json is not a valid wallet intent: /keySignature is missing.",
      );
      expect(refusal(changed(pay, (file) => (file.note = "hello")))).to.match(/\/note is not a known field\.$/);
      expect(
        refusal(changed(pay, (file) => (file.wallet = String(file.wallet).replace(/[a-f]/, (c) => c.toUpperCase())))),
      ).to.equal("request.json: /wallet has a wrong checksum: copy the address again.");
      const tooLarge = (1n << 256n).toString();
      const large = changed(pay, (file) => ((file.intent as Record<string, string>).nonce = tooLarge));
      expect(refusal(large)).to.equal("request.json: /intent/nonce is too large.");
      const forward = await registerRelay(parts);
      expect(refusal(changed(forward, (file) => delete file.signature))).to.equal(
        "request.json is not a valid relay request: /signature is missing.",
      );
      expect(refusal(changed(forward, (file) => (file.kind = "transfer")))).to.equal(
        'request.json is not a valid relay request: /kind must be "forward".',
      );
      expect(refusal(changed(forward, (file) => (file.note = "hello")))).to.match(/\/note is not a known field\.$/);
      const late = changed(forward, (file) => ((file.request as Record<string, string>).deadline = "1"));
      expect(refusal(late)).to.match(/^request\.json was changed: it hashes to 0x\w{64}, but it says 0x\w{64}\.$/);
      const lower = changed(forward, (file) => {
        file.forwarder = String(file.forwarder).replace(/[a-f]/, (c) => c.toUpperCase());
      });
      expect(refusal(lower)).to.equal("request.json: /forwarder has a wrong checksum: copy the address again.");
      const gas = changed(forward, (file) => ((file.request as Record<string, string>).gas = tooLarge));
      expect(refusal(gas)).to.equal("request.json has a number that is too large for its type: copy it again.");
      const paying = changed(forward, (file) => ((file.request as Record<string, string>).value = "1"));
      expect(refusal(paying)).to.match(/\/request\/value must be "0"/);
      for (const text of ["null", "7", '"intent"']) expect(refusal(text)).to.match(/\/ must be object/);
      expect(refusal("{")).to.match(/^request\.json is not valid JSON: /);
    });
  });
});
