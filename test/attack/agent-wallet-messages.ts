import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { TypedDataDomain, TypedDataField } from "ethers";
import { MaxUint256, TypedDataEncoder, ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { PERMIT2_ADDRESS } from "../../sdk/create2";
import { readTokenDomain } from "../../sdk/tokenDomain";
import type { AgentWallet } from "../../typechain-types";
import { PRICE } from "../fixtures/jobs";
import type { WalletMarket } from "../fixtures/wallet";

/*
 * Messages of other protocols, which a wallet must not answer for.
 */

/** What somebody can be made to sign (EIP-712). */
export interface Message {
  domain: TypedDataDomain;
  types: Record<string, TypedDataField[]>;
  value: Record<string, unknown>;
}

/** Members of an EIP-712 type, as "type name". */
export function fields(...list: string[]): TypedDataField[] {
  return list.map((field) => {
    const [type, name] = field.split(" ") as [string, string];
    return { name, type };
  });
}

/** Messages by which whoever can sign for an account takes money out of it without a transaction of it. */
export async function foreignMessages(parts: WalletMarket): Promise<Record<string, Message>> {
  const { wallet, stable, stranger } = parts;
  const { chainId } = await ethers.provider.getNetwork();
  const [from, token, thief] = [await wallet.getAddress(), await stable.getAddress(), stranger.address];
  const domain = await readTokenDomain(token, ethers.provider);
  const transfer = { from, to: thief, value: PRICE, validAfter: 0n, validBefore: MaxUint256, nonce: ZeroHash };
  const transferFields = fields(
    "address from",
    "address to",
    "uint256 value",
    "uint256 validAfter",
    "uint256 validBefore",
    "bytes32 nonce",
  );
  const permit2 = { name: "Permit2", chainId, verifyingContract: PERMIT2_ADDRESS };
  const seaport = {
    name: "Seaport",
    version: "1.6",
    chainId,
    verifyingContract: "0x0000000000000068F116a894984e2DB1123eB395",
  };
  return {
    "ERC-2612 permit": {
      domain,
      types: {
        Permit: fields("address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"),
      },
      value: { owner: from, spender: thief, value: PRICE, nonce: 0n, deadline: MaxUint256 },
    },
    "ERC-3009 transfer": { domain, types: { TransferWithAuthorization: transferFields }, value: transfer },
    "ERC-3009 receive": { domain, types: { ReceiveWithAuthorization: transferFields }, value: transfer },
    "ERC-3009 cancel": {
      domain,
      types: { CancelAuthorization: fields("address authorizer", "bytes32 nonce") },
      value: { authorizer: from, nonce: ZeroHash },
    },
    "Permit2 transfer": {
      domain: permit2,
      types: {
        PermitTransferFrom: fields(
          "TokenPermissions permitted",
          "address spender",
          "uint256 nonce",
          "uint256 deadline",
        ),
        TokenPermissions: fields("address token", "uint256 amount"),
      },
      value: { permitted: { token, amount: PRICE }, spender: thief, nonce: 0n, deadline: MaxUint256 },
    },
    "Permit2 allowance": {
      domain: permit2,
      types: {
        PermitSingle: fields("PermitDetails details", "address spender", "uint256 sigDeadline"),
        PermitDetails: fields("address token", "uint160 amount", "uint48 expiration", "uint48 nonce"),
      },
      value: {
        details: { token, amount: PRICE, expiration: 2n ** 48n - 1n, nonce: 0n },
        spender: thief,
        sigDeadline: MaxUint256,
      },
    },
    "a Seaport order": {
      domain: seaport,
      types: {
        OrderComponents: fields(
          "address offerer",
          "address zone",
          "OfferItem[] offer",
          "uint8 orderType",
          "uint256 startTime",
          "uint256 endTime",
          "bytes32 zoneHash",
          "uint256 salt",
          "bytes32 conduitKey",
          "uint256 counter",
        ),
        OfferItem: fields(
          "uint8 itemType",
          "address token",
          "uint256 identifierOrCriteria",
          "uint256 startAmount",
          "uint256 endAmount",
        ),
      },
      value: {
        offerer: from,
        zone: ZeroAddress,
        offer: [{ itemType: 1, token, identifierOrCriteria: 0n, startAmount: PRICE, endAmount: PRICE }],
        orderType: 0,
        startTime: 0n,
        endTime: MaxUint256,
        zoneHash: ZeroHash,
        salt: 0n,
        conduitKey: ZeroHash,
        counter: 0n,
      },
    },
  };
}

/** ERC-7739's TypedDataSign: the message's fields beside the domain of the account that signs. */
export async function nested(signer: HardhatEthersSigner, wallet: AgentWallet, message: Message): Promise<string> {
  const { chainId } = await ethers.provider.getNetwork();
  const { domain, types, value } = message;
  const primary = TypedDataEncoder.getPrimaryType(types);
  const contents = TypedDataEncoder.from(types).encodeType(primary);
  const signature = await signer.signTypedData(
    domain,
    {
      ...types,
      TypedDataSign: fields(
        `${primary} contents`,
        "string name",
        "string version",
        "uint256 chainId",
        "address verifyingContract",
        "bytes32 salt",
      ),
    },
    {
      contents: value,
      name: "AgentMarketWallet",
      version: "1",
      chainId,
      verifyingContract: await wallet.getAddress(),
      salt: ZeroHash,
    },
  );
  return ethers.concat([
    signature,
    TypedDataEncoder.hashDomain(domain),
    TypedDataEncoder.from(types).hash(value),
    ethers.toUtf8Bytes(contents),
    ethers.toBeHex(ethers.toUtf8Bytes(contents).length, 2),
  ]);
}
