import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { Signature } from "ethers";
import { ethers } from "hardhat";

import type { ERC1271Wallet, StableToken } from "../../../typechain-types";
import { loadFixture } from "../../fixtures/loadFixture";
import type { Authorization, PrimaryType } from "./signing";
import { authorization, signForToken, unpack } from "./signing";

const UNIT = 1_000_000n;

const TRANSFER_VRS = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
const TRANSFER_BYTES = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)";
const RECEIVE_VRS = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
const RECEIVE_BYTES = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)";
const CANCEL_VRS = "cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)";
const CANCEL_BYTES = "cancelAuthorization(address,bytes32,bytes)";
const PERMIT_VRS = "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)";
const PERMIT_BYTES = "permit(address,address,uint256,uint256,bytes)";

/** A key with 100 tokens and a contract with 100 tokens whose owner is that key. */
async function deployStableToken() {
  const [holder, payee, relayer] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const token = await ethers.deployContract("StableToken", ["Test Dollar", "TUSD"]);
  const wallet = await ethers.deployContract("ERC1271Wallet", [holder.address]);
  await token.mint(holder, 100n * UNIT);
  await token.mint(wallet, 100n * UNIT);
  return { token, wallet, holder, payee, relayer };
}

describe("StableToken", () => {
  it("has 6 decimals and the domain of its name and version 1", async () => {
    const { token } = await loadFixture(deployStableToken);
    expect(await token.decimals()).to.equal(6);
    const { name, version, chainId, verifyingContract } = await token.eip712Domain();
    expect(await token.DOMAIN_SEPARATOR()).to.equal(
      ethers.TypedDataEncoder.hashDomain({ name, version, chainId, verifyingContract }),
    );
    expect([name, version]).to.deep.equal([await token.name(), await token.version()]);
  });

  const payers: [string, (set: { holder: HardhatEthersSigner; wallet: ERC1271Wallet }) => Promise<string>][] = [
    ["a key", ({ holder }) => Promise.resolve(holder.address)],
    ["an ERC-1271 contract", ({ wallet }) => wallet.getAddress()],
  ];

  for (const [kind, payerOf] of payers) {
    describe(`permit by ${kind}`, () => {
      const forms: [string, (token: StableToken, signature: Signature, args: PermitArguments) => Promise<unknown>][] = [
        ["v, r, s", (token, { v, r, s }, args) => token[PERMIT_VRS](...args, v, r, s)],
        ["bytes", (token, { serialized }, args) => token[PERMIT_BYTES](...args, serialized)],
      ];
      type PermitArguments = [string, string, bigint, bigint];

      for (const [form, permit] of forms) {
        it(`sets the allowance once (${form})`, async () => {
          const set = await loadFixture(deployStableToken);
          const owner = await payerOf(set);
          const { token, holder, payee } = set;
          const deadline = BigInt(await time.latest()) + 100n;
          const message = { owner, spender: payee.address, value: 5n * UNIT, nonce: 0n, deadline };
          const signature = await signForToken(holder, token, "Permit", message);
          const args: PermitArguments = [owner, payee.address, 5n * UNIT, deadline];

          await permit(token, signature, args);
          expect(await token.allowance(owner, payee)).to.equal(5n * UNIT);
          expect(await token.nonces(owner)).to.equal(1);
          await expect(permit(token, signature, args))
            .to.be.revertedWithCustomError(token, "AuthorizationToken_InvalidPermit")
            .withArgs(owner);
        });
      }

      it("holds until its deadline and no longer", async () => {
        const set = await loadFixture(deployStableToken);
        const owner = await payerOf(set);
        const { token, holder, payee } = set;
        const deadline = BigInt(await time.latest()) + 100n;
        const message = { owner, spender: payee.address, value: 1n, nonce: 0n, deadline };
        const { serialized } = await signForToken(holder, token, "Permit", message);

        await time.setNextBlockTimestamp(deadline + 1n);
        await expect(token[PERMIT_BYTES](owner, payee, 1n, deadline, serialized))
          .to.be.revertedWithCustomError(token, "ERC2612ExpiredSignature")
          .withArgs(deadline);
        const later = deadline + 50n;
        const second = await signForToken(holder, token, "Permit", { ...message, deadline: later });
        await time.setNextBlockTimestamp(later);
        await token[PERMIT_BYTES](owner, payee, 1n, later, second.serialized);
        expect(await token.allowance(owner, payee)).to.equal(1n);
      });
    });

    describe(`authorizations by ${kind}`, () => {
      const forms: [
        string,
        PrimaryType,
        (token: StableToken, signature: Signature, message: Authorization) => Promise<unknown>,
      ][] = [
        [
          "transferWithAuthorization, v, r, s",
          "TransferWithAuthorization",
          (token, { v, r, s }, message) => token[TRANSFER_VRS](...unpack(message), v, r, s),
        ],
        [
          "transferWithAuthorization, bytes",
          "TransferWithAuthorization",
          (token, { serialized }, message) => token[TRANSFER_BYTES](...unpack(message), serialized),
        ],
        [
          "receiveWithAuthorization, v, r, s",
          "ReceiveWithAuthorization",
          (token, { v, r, s }, message) => token[RECEIVE_VRS](...unpack(message), v, r, s),
        ],
        [
          "receiveWithAuthorization, bytes",
          "ReceiveWithAuthorization",
          (token, { serialized }, message) => token[RECEIVE_BYTES](...unpack(message), serialized),
        ],
      ];

      for (const [name, primaryType, send] of forms) {
        it(`moves the tokens once, under any nonce (${name})`, async () => {
          const set = await loadFixture(deployStableToken);
          const from = await payerOf(set);
          const { token, holder, payee } = set;
          const message = await authorization(from, payee, 7n * UNIT);
          const signature = await signForToken(holder, token, primaryType, { ...message });

          await expect(send(token.connect(payee), signature, message))
            .to.emit(token, "AuthorizationUsed")
            .withArgs(from, message.nonce);
          expect(await token.balanceOf(from)).to.equal(93n * UNIT);
          expect(await token.balanceOf(payee)).to.equal(7n * UNIT);
          expect(await token.authorizationState(from, message.nonce)).to.equal(true);
          await expect(send(token.connect(payee), signature, message))
            .to.be.revertedWithCustomError(token, "ERC3009UsedAuthorization")
            .withArgs(from, message.nonce);
        });

        it(`reverts for another amount than was signed (${name})`, async () => {
          const set = await loadFixture(deployStableToken);
          const from = await payerOf(set);
          const { token, holder, payee } = set;
          const message = await authorization(from, payee, 7n * UNIT);
          const signature = await signForToken(holder, token, primaryType, { ...message });
          await expect(
            send(token.connect(payee), signature, { ...message, value: 8n * UNIT }),
          ).to.be.revertedWithCustomError(token, "ERC3009InvalidSignature");
        });

        it(`reverts for another signer (${name})`, async () => {
          const set = await loadFixture(deployStableToken);
          const from = await payerOf(set);
          const { token, payee } = set;
          const message = await authorization(from, payee, 7n * UNIT);
          const signature = await signForToken(payee, token, primaryType, { ...message });
          await expect(send(token.connect(payee), signature, message)).to.be.revertedWithCustomError(
            token,
            "ERC3009InvalidSignature",
          );
        });
      }

      for (const form of ["v, r, s", "bytes"]) {
        it(`are cancelled by the authorizer's signature (${form})`, async () => {
          const set = await loadFixture(deployStableToken);
          const from = await payerOf(set);
          const { token, holder, payee } = set;
          const message = await authorization(from, payee, UNIT);
          const { serialized } = await signForToken(holder, token, "TransferWithAuthorization", { ...message });
          const cancel = await signForToken(holder, token, "CancelAuthorization", {
            authorizer: from,
            nonce: message.nonce,
          });

          await expect(
            form === "bytes"
              ? token[CANCEL_BYTES](from, message.nonce, cancel.serialized)
              : token[CANCEL_VRS](from, message.nonce, cancel.v, cancel.r, cancel.s),
          )
            .to.emit(token, "AuthorizationCanceled")
            .withArgs(from, message.nonce);
          await expect(token[TRANSFER_BYTES](...unpack(message), serialized))
            .to.be.revertedWithCustomError(token, "ERC3009UsedAuthorization")
            .withArgs(from, message.nonce);
        });
      }
    });
  }

  describe("receiveWithAuthorization", () => {
    it("can be sent by the payee only, so that nobody can take the payment out of its context", async () => {
      const { token, holder, payee, relayer } = await loadFixture(deployStableToken);
      const message = await authorization(holder, payee, UNIT);
      const { serialized, v, r, s } = await signForToken(holder, token, "ReceiveWithAuthorization", { ...message });
      await expect(token.connect(relayer)[RECEIVE_BYTES](...unpack(message), serialized))
        .to.be.revertedWithCustomError(token, "ERC20InvalidReceiver")
        .withArgs(payee.address);
      await expect(token.connect(relayer)[RECEIVE_VRS](...unpack(message), v, r, s))
        .to.be.revertedWithCustomError(token, "ERC20InvalidReceiver")
        .withArgs(payee.address);
    });

    it("takes no signature that was made for transferWithAuthorization", async () => {
      const { token, holder, payee } = await loadFixture(deployStableToken);
      const message = await authorization(holder, payee, UNIT);
      const { serialized } = await signForToken(holder, token, "TransferWithAuthorization", { ...message });
      await expect(token.connect(payee)[RECEIVE_BYTES](...unpack(message), serialized)).to.be.revertedWithCustomError(
        token,
        "ERC3009InvalidSignature",
      );
    });

    it("is valid strictly between its two times", async () => {
      const { token, holder, payee } = await loadFixture(deployStableToken);
      const start = BigInt(await time.latest()) + 1_000n;
      const bounds = { validAfter: start, validBefore: start + 100n };
      const early = await authorization(holder, payee, UNIT, bounds);
      const sign = (message: Authorization) => signForToken(holder, token, "ReceiveWithAuthorization", { ...message });

      for (const [timestamp, valid] of [
        [start, false],
        [start + 1n, true],
        [start + 99n, true],
        [start + 100n, false],
      ] as const) {
        const message = { ...early, nonce: ethers.toBeHex(timestamp, 32) };
        const { serialized } = await sign(message);
        await time.setNextBlockTimestamp(timestamp);
        const sent = token.connect(payee)[RECEIVE_BYTES](...unpack(message), serialized);
        if (valid) {
          await expect(sent).to.emit(token, "AuthorizationUsed");
        } else {
          await expect(sent)
            .to.be.revertedWithCustomError(token, "ERC3009InvalidAuthorizationTime")
            .withArgs(start, start + 100n);
        }
      }
    });

    it("never reads its times as block numbers", async () => {
      const { token, holder, payee } = await loadFixture(deployStableToken);
      const blockFlag = 1n << 47n;
      const message = await authorization(holder, payee, UNIT, {
        validAfter: blockFlag,
        validBefore: blockFlag * 2n - 1n,
      });
      const { serialized } = await signForToken(holder, token, "ReceiveWithAuthorization", { ...message });
      await expect(token.connect(payee)[RECEIVE_BYTES](...unpack(message), serialized))
        .to.be.revertedWithCustomError(token, "ERC3009InvalidAuthorizationTime")
        .withArgs(message.validAfter, message.validBefore);
    });
  });

  describe("blacklist", () => {
    it("stops transfers to, from and by a blacklisted account, and its approvals", async () => {
      const { token, holder, payee, relayer } = await loadFixture(deployStableToken);
      await token.approve(relayer, ethers.MaxUint256);
      await token.mint(relayer, UNIT);
      await expect(token.blacklist(relayer)).to.emit(token, "Blacklisted").withArgs(relayer.address);

      for (const attempt of [
        () => token.transfer(relayer, 1n),
        () => token.connect(relayer).transfer(payee, 1n),
        () => token.connect(relayer).transferFrom(holder, payee, 1n),
        () => token.approve(relayer, 1n),
        () => token.connect(relayer).approve(payee, 1n),
        () => token.mint(relayer, 1n),
      ]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(token, "StableToken_Blacklisted")
          .withArgs(relayer.address);
      }

      await expect(token.unBlacklist(relayer)).to.emit(token, "UnBlacklisted").withArgs(relayer.address);
      await token.connect(relayer).transferFrom(holder, payee, 1n);
      expect(await token.balanceOf(payee)).to.equal(1n);
    });

    it("stops an authorized transfer to a blacklisted account and leaves its nonce unused", async () => {
      const { token, holder, payee } = await loadFixture(deployStableToken);
      const message = await authorization(holder, payee, UNIT);
      const { serialized } = await signForToken(holder, token, "TransferWithAuthorization", { ...message });
      await token.blacklist(payee);
      await expect(token[TRANSFER_BYTES](...unpack(message), serialized))
        .to.be.revertedWithCustomError(token, "StableToken_Blacklisted")
        .withArgs(payee.address);
      expect(await token.authorizationState(holder, message.nonce)).to.equal(false);
    });
  });

  describe("pause", () => {
    it("stops transfers, approvals, permits, authorizations and mints until it ends", async () => {
      const { token, holder, payee } = await loadFixture(deployStableToken);
      await token.connect(payee).approve(holder, 1n);
      const message = await authorization(holder, payee, UNIT);
      const { serialized } = await signForToken(holder, token, "TransferWithAuthorization", { ...message });
      const cancel = await signForToken(holder, token, "CancelAuthorization", {
        authorizer: holder.address,
        nonce: message.nonce,
      });
      const permitted = await signForToken(holder, token, "Permit", {
        owner: holder.address,
        spender: payee.address,
        value: 1n,
        nonce: 0n,
        deadline: ethers.MaxUint256,
      });
      const attempts = [
        () => token.transfer(payee, 1n),
        () => token.connect(payee).transferFrom(holder, payee, 0n),
        () => token.approve(payee, 1n),
        () => token[PERMIT_BYTES](holder, payee, 1n, ethers.MaxUint256, permitted.serialized),
        () => token[TRANSFER_BYTES](...unpack(message), serialized),
        () => token[CANCEL_BYTES](holder, message.nonce, cancel.serialized),
        () => token.mint(payee, 1n),
      ];

      await token.pause();
      for (const attempt of attempts) {
        await expect(attempt()).to.be.revertedWithCustomError(token, "EnforcedPause");
      }
      await token.unpause();
      await token[TRANSFER_BYTES](...unpack(message), serialized);
      expect(await token.balanceOf(payee)).to.equal(UNIT);
    });
  });
});
