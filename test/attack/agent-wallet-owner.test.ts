import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy, reserveSignature } from "../../sdk/wallets";
import { FUNDING, PRICE } from "../fixtures/jobs";
import type { WalletMarket } from "../fixtures/wallet";
import { authorizationOf, intentOf, prepareWalletHire, regrant, signedBy, walletFixture } from "../fixtures/wallet";
import { MISBEHAVIOUR } from "../unit/mocks/modes";
import { payCall } from "./agent-wallet-support";

/** One call of every verb that a key has. */
async function keyVerbs(parts: WalletMarket): Promise<Record<string, string>> {
  const { wallet, escrow, stable, evaluator, policy } = parts;
  const call = wallet.interface;
  const encoded = encodePolicy(policy);
  const [address, token] = [await escrow.getAddress(), await stable.getAddress()];
  const { args, acceptance } = await prepareWalletHire(parts);
  const [, , offer, signature] = args;
  const authorization = await authorizationOf(parts);
  return {
    hire: call.encodeFunctionData("hire", [encoded, address, offer, signature, acceptance]),
    fund: call.encodeFunctionData("fund", [encoded, address, 1n, token, PRICE, "0x"]),
    pay: await payCall(parts, PRICE),
    dispute: call.encodeFunctionData("dispute", [encoded, evaluator.address, 1n, token, 1n]),
    contest: call.encodeFunctionData("contest", [encoded, evaluator.address, 1n, token, 1n]),
    appeal: call.encodeFunctionData("appeal", [encoded, evaluator.address, 1n, token, 1n]),
    act: call.encodeFunctionData("act", [encoded, address, "0x"]),
    call: call.encodeFunctionData("call", [encoded, address, "0x"]),
    reserve: call.encodeFunctionData("reserve", [encoded, authorization, 0n]),
    reserveHire: call.encodeFunctionData("reserveHire", [encoded, address, offer, acceptance, authorization]),
  };
}

describe("Attacks on what is an agent wallet's owner's alone", () => {
  describe("by its key, its guardian or a stranger", () => {
    it("changes no policy, guardian, owner or code, and takes nothing", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key, guardian, stranger, provider, owner, policy } = parts;
      const code = await ethers.provider.getCode(wallet);
      for (const sender of [key, guardian, stranger, provider]) {
        const as = wallet.connect(sender);
        const attempts = [
          () => as.grant(sender, policy),
          () => as.revoke(key),
          () => as.thaw(),
          () => as.setGuardian(sender),
          () => as.withdraw(stable, sender, 1n),
          () => as.withdraw(ZeroAddress, sender, 1n),
          () => as.callAsOwner(stable, 0n, stable.interface.encodeFunctionData("transfer", [sender.address, 1n])),
          () => as.initialize(sender, [sender.address], [encodePolicy(policy)]),
          () => as.cancelIntent(parts.key2, 0n),
        ];
        if (sender !== guardian) attempts.push(() => as.freeze());
        for (const attempt of attempts) {
          await expect(attempt())
            .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
            .withArgs(sender.address);
        }
      }
      await expect(owner.sendTransaction({ to: wallet, data: "0xdeadbeef" })).to.be.revertedWithoutReason();
      expect(await wallet.owner()).to.equal(owner.address);
      expect(await wallet.guardian()).to.equal(guardian.address);
      expect(await ethers.provider.getCode(wallet)).to.equal(code);
      expect(await stable.allowance(wallet, escrow)).to.equal(0n);
    });

    it("cannot be the owner, the wallet or nobody in a key's place", async () => {
      const { wallet, factory, owner, guardian, policy } = await walletFixture();
      for (const key of [owner.address, await wallet.getAddress(), ZeroAddress]) {
        await expect(wallet.connect(owner).grant(key, policy))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidKey")
          .withArgs(key);
      }
      const grants = [{ key: owner.address, policy }];
      await expect(factory.createWallet(owner, guardian, grants, ZeroHash))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidKey")
        .withArgs(owner.address);
    });
  });

  describe("by initialising again, or first", () => {
    it("leaves clones and the code that they share alone", async () => {
      const parts = await walletFixture();
      const { wallet, factory, owner, stranger, policy } = parts;
      const code = wallet.attach(await factory.IMPLEMENTATION()) as typeof wallet;
      for (const target of [wallet, code]) {
        for (const sender of [owner, stranger]) {
          await expect(target.connect(sender).initialize(sender, [stranger.address], [encodePolicy(policy)]))
            .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
            .withArgs(sender.address);
        }
      }
      expect(await code.owner()).to.equal(ZeroAddress);
      for (const attempt of [() => code.connect(owner).freeze(), () => code.connect(owner).grant(stranger, policy)]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(owner.address);
      }
    });

    it("makes a wallet that waits for its owner what the owner has computed, whoever creates it", async () => {
      const { factory, wallet, stable, owner, guardian, key, stranger, policy } = await walletFixture();
      const salt = ethers.id("to be");
      const grants = [{ key: key.address, policy }];
      const address = await factory.walletOf(owner, guardian, grants, salt);
      await stable.mint(address, PRICE);
      const variants = [
        [stranger.address, guardian.address, grants, salt],
        [owner.address, stranger.address, grants, salt],
        [owner.address, guardian.address, [{ key: stranger.address, policy }], salt],
        [
          owner.address,
          guardian.address,
          [{ key: key.address, policy: { ...policy, expiresAt: 2n ** 40n - 1n } }],
          salt,
        ],
        [owner.address, guardian.address, [...grants, { key: stranger.address, policy }], salt],
        [owner.address, guardian.address, [], salt],
        [owner.address, guardian.address, grants, ZeroHash],
      ] as const;
      for (const [by, guard, granted, salted] of variants) {
        expect(await factory.walletOf(by, guard, [...granted], salted)).to.not.equal(address);
      }
      await factory.connect(stranger).createWallet(owner, guardian, grants, salt);
      await expect(factory.createWallet(owner, guardian, grants, salt)).to.be.revertedWithCustomError(
        factory,
        "FailedDeployment",
      );
      const made = wallet.attach(address) as typeof wallet;
      expect(await made.owner()).to.equal(owner.address);
      expect(await made.isGranted(key, encodePolicy(policy))).to.equal(true);
      await expect(made.connect(owner).withdraw(stable, owner, PRICE)).to.changeTokenBalance(stable, owner, PRICE);
    });
  });

  describe("by spending in spite of a freeze", () => {
    for (const who of ["owner", "guardian"] as const) {
      it(`fails in every verb, directly and relayed, once the ${who} has frozen it`, async () => {
        const parts = await walletFixture();
        const { wallet, stable, key, owner, relayer, policy } = parts;
        const verbs = await keyVerbs(parts);
        const hash = ethers.keccak256(encodePolicy(policy));
        await wallet.connect(parts[who]).freeze();
        const everything = async () => {
          for (const [name, data] of Object.entries(verbs)) {
            await expect(key.sendTransaction({ to: wallet, data }), name)
              .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
              .withArgs(key.address, hash);
            const intent = await intentOf(parts, data); // signed after the freeze, in its epoch
            await expect(wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x"), name)
              .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
              .withArgs(key.address, hash);
          }
        };
        await everything();
        await expect(wallet.connect(owner).grant(key, policy)).to.be.revertedWithCustomError(
          wallet,
          "AgentWallet_IsFrozen",
        );
        await wallet.connect(owner).thaw();
        await everything(); // thawing gives nothing back
        await wallet.connect(owner).grant(key, policy);
        await expect(key.sendTransaction({ to: wallet, data: verbs.pay! })).to.changeTokenBalance(
          stable,
          wallet,
          -PRICE,
        );
      });
    }

    it("fails with what was reserved before, for payments and for hiring, also after the same grant", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key, owner, guardian, relayer, policy } = parts;
      const authorization = await authorizationOf(parts);
      await wallet.connect(key).reserve(encodePolicy(policy), authorization, 0n);
      const { offer, signature, acceptance, jobId } = await prepareWalletHire(parts, {
        acceptance: { funding: FUNDING.Authorization },
      });
      const hiring = { ...authorization, to: await escrow.getAddress(), nonce: ethers.toBeHex(jobId, 32) };
      await wallet.connect(key).reserveHire(encodePolicy(policy), escrow, offer, acceptance, hiring);
      const fundingData = ethers.AbiCoder.defaultAbiCoder().encode(
        ["uint256", "uint256", "bytes"],
        [hiring.validAfter, hiring.validBefore, reserveSignature(key.address)],
      );
      const { to, value, validAfter, validBefore, nonce } = authorization;
      const collect = async () => {
        await expect(
          stable["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
            wallet,
            to,
            value,
            validAfter,
            validBefore,
            nonce,
            reserveSignature(key.address),
          ),
        ).to.be.revertedWithCustomError(stable, "ERC3009InvalidSignature");
        await expect(escrow.connect(relayer).hire(offer, signature, { ...acceptance, fundingData }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
          .withArgs(jobId, await wallet.getAddress());
      };
      await wallet.connect(guardian).freeze();
      await collect();
      await wallet.connect(owner).thaw();
      await wallet.connect(owner).grant(key, policy);
      await collect();
      expect((await wallet.usageOf(key, stable)).usage.lifetimeSpent).to.equal(2n * PRICE); // what was charged stays so
    });
  });

  describe("by standing in the owner's way", () => {
    it("stops no withdrawal: frozen again and again, with an oracle that fails", async () => {
      const parts = await walletFixture();
      const { wallet, stable, owner, guardian } = parts;
      const oracle = await ethers.deployContract("ScriptedActor");
      await oracle.setDefaultMode(MISBEHAVIOUR.Revert);
      await regrant(parts, { sanctionsOracle: await oracle.getAddress() });
      for (let i = 0; i < 3; ++i) {
        await wallet.connect(guardian).freeze();
        await expect(wallet.connect(owner).withdraw(stable, owner, PRICE)).to.changeTokenBalance(stable, owner, PRICE);
        await expect(wallet.connect(owner).withdraw(ZeroAddress, owner, 1n)).to.changeEtherBalance(owner, 1n);
      }
      // And the guardian goes when the owner says so.
      await wallet.connect(owner).setGuardian(ZeroAddress);
      await expect(wallet.connect(guardian).freeze())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
        .withArgs(guardian.address);
      await wallet.connect(owner).thaw();
      expect(await wallet.frozen()).to.equal(false);
    });

    it("stops no withdrawal that pays another account, where the token will not pay the owner", async () => {
      const { wallet, stable, owner, stranger } = await walletFixture();
      await stable.blacklist(owner);
      const all = await stable.balanceOf(wallet);
      await expect(wallet.connect(owner).withdraw(stable, stranger, all)).to.changeTokenBalance(stable, stranger, all);
      const refusing = await ethers.deployContract("RevertingReceiver");
      await expect(wallet.connect(owner).withdraw(ZeroAddress, refusing, 1n))
        .to.be.revertedWithCustomError(refusing, "RevertingReceiver_Refused")
        .withArgs("0x00000000");
      const coins = await ethers.provider.getBalance(wallet);
      await expect(wallet.connect(owner).withdraw(ZeroAddress, stranger, coins)).to.changeEtherBalance(stranger, coins);
    });
  });
});
