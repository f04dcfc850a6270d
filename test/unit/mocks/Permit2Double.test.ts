import { readFileSync } from "node:fs";

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike, Signature as SignatureType } from "ethers";
import { ethers } from "hardhat";

import { Permit2Double__factory } from "../../../typechain-types";
import { loadFixture } from "../../fixtures/loadFixture";

const PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3";
const WITNESS_TYPE = "bytes32 witness)TokenPermissions(address token,uint256 amount)";
const UNIT = 1_000_000n;

/*
 * The double's claim is that it behaves as Permit2 does. PERMIT2_RUNTIME_FILE=<file with Permit2's runtime code in hex>
 * runs the same assertions against Permit2 itself.
 */
const runtimeFile = process.env.PERMIT2_RUNTIME_FILE;

interface Transfer {
  permit: { permitted: { token: string; amount: bigint }; nonce: bigint; deadline: bigint };
  details: { to: string; requestedAmount: bigint };
}

/** Permit2 at its own address, a key and a contract of that key's with 100 tokens each, all approved. */
async function deployPermit2() {
  const [holder, spender, stranger] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const double = await ethers.deployContract("Permit2Double");
  await setCode(
    PERMIT2,
    runtimeFile === undefined ? await ethers.provider.getCode(double) : readFileSync(runtimeFile, "utf8").trim(),
  );
  const permit2 = Permit2Double__factory.connect(PERMIT2, spender);
  const token = await ethers.deployContract("PlainToken", ["Plain", "PLN", 6]);
  const wallet = await ethers.deployContract("ERC1271Wallet", [holder.address]);
  await token.mint(holder, 100n * UNIT);
  await token.mint(wallet, 100n * UNIT);
  await token.connect(holder).approve(PERMIT2, ethers.MaxUint256);
  await wallet.execute(token, token.interface.encodeFunctionData("approve", [PERMIT2, ethers.MaxUint256]));

  const domain = { name: "Permit2", chainId: (await ethers.provider.getNetwork()).chainId, verifyingContract: PERMIT2 };
  const tokenAddress = await token.getAddress();
  const witness = ethers.id("what the owner agreed to");

  function transferOf(overrides: Partial<Transfer["permit"] & Transfer["details"]> = {}): Transfer {
    const { nonce = 0n, deadline = ethers.MaxUint256, to = spender.address, requestedAmount = 5n * UNIT } = overrides;
    const permitted = overrides.permitted ?? { token: tokenAddress, amount: 5n * UNIT };
    return { permit: { permitted, nonce, deadline }, details: { to, requestedAmount } };
  }

  async function sign(signer: HardhatEthersSigner, { permit }: Transfer, withWitness = true): Promise<SignatureType> {
    const fields = [
      { name: "permitted", type: "TokenPermissions" },
      { name: "spender", type: "address" },
      { name: "nonce", type: "uint256" },
      { name: "deadline", type: "uint256" },
    ];
    const types = {
      TokenPermissions: [
        { name: "token", type: "address" },
        { name: "amount", type: "uint256" },
      ],
      ...(withWitness
        ? { PermitWitnessTransferFrom: [...fields, { name: "witness", type: "bytes32" }] }
        : { PermitTransferFrom: fields }),
    };
    const message = { ...permit, spender: spender.address, ...(withWitness ? { witness } : {}) };
    return ethers.Signature.from(await signer.signTypedData(domain, types, message));
  }

  function send({ permit, details }: Transfer, owner: AddressLike, signature: string, caller = spender) {
    return permit2.connect(caller).permitWitnessTransferFrom(permit, details, owner, witness, WITNESS_TYPE, signature);
  }

  return { permit2, token, wallet, holder, spender, stranger, domain, witness, transferOf, sign, send };
}

describe("Permit2Double", () => {
  it("has Permit2's domain separator at Permit2's address", async () => {
    const { permit2, domain } = await loadFixture(deployPermit2);
    expect(await permit2.DOMAIN_SEPARATOR()).to.equal(ethers.TypedDataEncoder.hashDomain(domain));
    // Permit2's code on Ethereum carries this value.
    expect(ethers.TypedDataEncoder.hashDomain({ ...domain, chainId: 1n })).to.equal(
      "0x866a5aba21966af95d6c7ab78eb2b2fc913915c28be3b9aa07cc04ff903e3f28",
    );
  });

  describe("permitWitnessTransferFrom", () => {
    it("moves a key's tokens, signed in 65 bytes", async () => {
      const { token, holder, spender, transferOf, sign, send } = await loadFixture(deployPermit2);
      const transfer = transferOf();
      const { serialized } = await sign(holder, transfer);
      await expect(send(transfer, holder, serialized)).to.changeTokenBalances(
        token,
        [holder, spender],
        [-5n * UNIT, 5n * UNIT],
      );
    });

    it("moves a key's tokens, signed in 64 bytes", async () => {
      const { token, holder, spender, transferOf, sign, send } = await loadFixture(deployPermit2);
      const transfer = transferOf();
      const { compactSerialized } = await sign(holder, transfer);
      await expect(send(transfer, holder, compactSerialized)).to.changeTokenBalance(token, spender, 5n * UNIT);
    });

    it("moves a contract's tokens if the contract says yes", async () => {
      const { permit2, token, wallet, holder, stranger, spender, transferOf, sign, send } =
        await loadFixture(deployPermit2);
      const transfer = transferOf();
      const wrong = await sign(stranger, transfer);
      await expect(send(transfer, wallet, wrong.serialized)).to.be.revertedWithCustomError(
        permit2,
        "InvalidContractSignature",
      );
      const { serialized } = await sign(holder, transfer);
      await expect(send(transfer, wallet, serialized)).to.changeTokenBalances(
        token,
        [wallet, spender],
        [-5n * UNIT, 5n * UNIT],
      );
    });

    it("moves less than permitted, to whomever the spender says", async () => {
      const { token, holder, stranger, transferOf, sign, send } = await loadFixture(deployPermit2);
      const transfer = transferOf({ to: stranger.address, requestedAmount: UNIT });
      const { serialized } = await sign(holder, transfer);
      await expect(send(transfer, holder, serialized)).to.changeTokenBalances(token, [holder, stranger], [-UNIT, UNIT]);
    });

    it("reverts if more is requested than was permitted", async () => {
      const { permit2, holder, transferOf, sign, send } = await loadFixture(deployPermit2);
      const transfer = transferOf({ requestedAmount: 5n * UNIT + 1n });
      const { serialized } = await sign(holder, transfer);
      await expect(send(transfer, holder, serialized))
        .to.be.revertedWithCustomError(permit2, "InvalidAmount")
        .withArgs(5n * UNIT);
    });

    it("reverts for another spender, another witness and another witness type", async () => {
      const { permit2, holder, stranger, witness, transferOf, sign, send } = await loadFixture(deployPermit2);
      const transfer = transferOf();
      const { permit, details } = transfer;
      const { serialized } = await sign(holder, transfer);
      for (const attempt of [
        () => send(transfer, holder, serialized, stranger),
        () => permit2.permitWitnessTransferFrom(permit, details, holder, ethers.id("other"), WITNESS_TYPE, serialized),
        () =>
          permit2.permitWitnessTransferFrom(
            permit,
            details,
            holder,
            witness,
            WITNESS_TYPE.replace("witness)", "jobId)"),
            serialized,
          ),
        () => permit2.permitTransferFrom(permit, details, holder, serialized),
      ]) {
        await expect(attempt()).to.be.revertedWithCustomError(permit2, "InvalidSigner");
      }
    });

    it("reverts for signatures that are none", async () => {
      const { permit2, holder, transferOf, send } = await loadFixture(deployPermit2);
      await expect(send(transferOf(), holder, ethers.hexlify(ethers.randomBytes(66)))).to.be.revertedWithCustomError(
        permit2,
        "InvalidSignatureLength",
      );
      await expect(send(transferOf(), holder, "0x" + "00".repeat(65))).to.be.revertedWithCustomError(
        permit2,
        "InvalidSignature",
      );
    });

    it("is valid until its deadline and no longer", async () => {
      const { permit2, holder, transferOf, sign, send } = await loadFixture(deployPermit2);
      const deadline = BigInt(await time.latest()) + 100n;
      const [first, second] = [transferOf({ deadline }), transferOf({ deadline, nonce: 1n })];
      const signatures = [await sign(holder, first), await sign(holder, second)] as const;
      await time.setNextBlockTimestamp(deadline);
      await send(first, holder, signatures[0].serialized);
      await time.setNextBlockTimestamp(deadline + 1n);
      await expect(send(second, holder, signatures[1].serialized))
        .to.be.revertedWithCustomError(permit2, "SignatureExpired")
        .withArgs(deadline);
    });

    it("loses the token's own error", async () => {
      const { holder, transferOf, sign, send } = await loadFixture(deployPermit2);
      const transfer = transferOf({ requestedAmount: 101n * UNIT });
      transfer.permit.permitted.amount = 101n * UNIT;
      const { serialized } = await sign(holder, transfer);
      await expect(send(transfer, holder, serialized)).to.be.revertedWith("TRANSFER_FROM_FAILED");
    });

    it("takes an address without code for a token that was paid", async () => {
      const { stranger, holder, transferOf, sign, send } = await loadFixture(deployPermit2);
      const transfer = transferOf({ permitted: { token: stranger.address, amount: 5n * UNIT } });
      const { serialized } = await sign(holder, transfer);
      await expect(send(transfer, holder, serialized)).not.to.be.reverted;
    });
  });

  describe("nonces", () => {
    it("are used once each, in any order, over all 256 bits", async () => {
      const { permit2, holder, transferOf, sign, send } = await loadFixture(deployPermit2);
      for (const nonce of [ethers.MaxUint256, 255n, 0n, 256n]) {
        const transfer = transferOf({ nonce });
        const { serialized } = await sign(holder, transfer);
        await send(transfer, holder, serialized);
        await expect(send(transfer, holder, serialized)).to.be.revertedWithCustomError(permit2, "InvalidNonce");
      }
      expect(await permit2.nonceBitmap(holder, 0n)).to.equal((1n << 255n) | 1n);
      expect(await permit2.nonceBitmap(holder, 1n)).to.equal(1n);
      expect(await permit2.nonceBitmap(holder, (1n << 248n) - 1n)).to.equal(1n << 255n);
    });

    it("can be used up by their owner", async () => {
      const { permit2, holder, transferOf, sign, send } = await loadFixture(deployPermit2);
      await expect(permit2.connect(holder).invalidateUnorderedNonces(0n, 0b10n))
        .to.emit(permit2, "UnorderedNonceInvalidation")
        .withArgs(holder.address, 0n, 0b10n);
      const transfer = transferOf({ nonce: 1n });
      const { serialized } = await sign(holder, transfer);
      await expect(send(transfer, holder, serialized)).to.be.revertedWithCustomError(permit2, "InvalidNonce");
    });
  });

  describe("permitTransferFrom", () => {
    it("moves tokens without a witness", async () => {
      const { permit2, token, holder, spender, transferOf, sign } = await loadFixture(deployPermit2);
      const transfer = transferOf();
      const { serialized } = await sign(holder, transfer, false);
      await expect(
        permit2.permitTransferFrom(transfer.permit, transfer.details, holder, serialized),
      ).to.changeTokenBalances(token, [holder, spender], [-5n * UNIT, 5n * UNIT]);
    });
  });
});
