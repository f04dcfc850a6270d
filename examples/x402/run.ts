import type { SchemeNetworkClient } from "@x402/core/types";
import type { TransactionReceipt } from "ethers";
import { HDNodeWallet, JsonRpcProvider, Mnemonic, ZeroAddress, ZeroHash } from "ethers";
import type { HardhatNetworkHDAccountsConfig } from "hardhat/types";

import AgentMarketModule from "../../deploy/modules/AgentMarket";
import { placePermit2Double } from "../../scripts/lib/permit2Double";
import { toJson } from "../../scripts/lib/report";
import { table } from "../../scripts/lib/table";
import { startChain } from "../../scripts/market/chain";
import type { Check } from "../../scripts/market/check";
import { check } from "../../scripts/market/check";
import { explainError } from "../../sdk/errors";
import { readTokenDomain } from "../../sdk/tokenDomain";
import { formatAmount } from "../../sdk/units";
import type { Policy } from "../../sdk/wallets";
import { reserveSignature } from "../../sdk/wallets";
import { WalletExactScheme } from "../../sdk/x402Payer";
import { AgentWalletFactory__factory, AgentWallet__factory } from "../../sdk/bindings";
import { StableToken__factory } from "../../typechain-types/factories/contracts/mocks/tokens/StableToken__factory";
import { createBuyer } from "./client";
import { createFacilitator } from "./facilitator";
import { DATASETS, startServer } from "./server";

/*
 * `npm run x402`: on a local chain, an agent buys data profiles by x402 from its AgentWallet until the wallet's cap is
 * reached, and the next purchase is refused before any money moves. Exits with 0 if all adds up to the unit.
 */

const DECIMALS = 6;
const PRICE = 30_000n; // 0.03
const WINDOW = 86_400n;
const WINDOW_CAP = 100_000n; // 0.10: three profiles, and a rest that is no fourth
const DEPOSIT = 1_000_000n;
/** A run takes some ten seconds. */
const ROOM = 60n;

interface Row {
  readonly dataset: string;
  readonly price: bigint;
  readonly rows: number;
  readonly transaction: string;
  /** What the purchase cost the key in gas: the reserve. The facilitator pays for the transfer. */
  readonly reserveGas: bigint;
  /** Of the wallet, afterwards. */
  readonly balance: bigint;
  readonly leftInWindow: bigint;
}

async function main(json: boolean): Promise<boolean> {
  const tell = json ? console.error : console.log;
  const local = await startChain();
  const { hre, url: rpcUrl } = local;
  const id = hre.config.networks.hardhat.chainId;
  const chain = new JsonRpcProvider(rpcUrl, id, { staticNetwork: true, batchStallTime: 0, cacheTimeout: -1 });
  chain.pollingInterval = 50;
  const { mnemonic, path } = hre.config.networks.hardhat.accounts as HardhatNetworkHDAccountsConfig;
  const accounts = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic), path);
  const account = (index: number) => accounts.deriveChild(index).connect(chain);
  const [deployer, owner, key, seller, facilitatorAccount] = [
    account(0),
    account(1),
    account(2),
    account(3),
    account(4),
  ];
  await waitForRoom(tell);

  await placePermit2Double(chain, deployer);
  const { walletFactory } = await hre.ignition.deploy(AgentMarketModule, { strategy: "create2" });
  const token = await new StableToken__factory(deployer).deploy("Example Dollar", "USDX");
  const asset = await token.getAddress();

  // The owner makes a wallet from which the key may pay one account, a little a day.
  const policy: Policy = {
    expiresAt: BigInt(Math.floor(Date.now() / 1_000)) + 30n * WINDOW,
    maxJobDuration: 0,
    sanctionsOracle: ZeroAddress,
    reputation: { source: ZeroAddress, token: ZeroAddress, minCompleted: 0, minCounterparties: 0, minVolume: 0 },
    agents: [],
    payees: [seller.address],
    escrows: [],
    evaluators: [],
    hooks: [],
    limits: [
      {
        token: asset,
        window: WINDOW,
        windowCap: WINDOW_CAP,
        lifetimeCap: 10n * WINDOW_CAP,
        jobCap: 0,
        coSignAbove: WINDOW_CAP,
        admittedCap: 0,
      },
    ],
    calls: [],
  };
  const grants = [{ key: key.address, policy }];
  const factory = AgentWalletFactory__factory.connect(await walletFactory.getAddress(), owner);
  const address = await factory.walletOf(owner, ZeroAddress, grants, ZeroHash);
  await (await factory.createWallet(owner, ZeroAddress, grants, ZeroHash)).wait();
  await (await token.mint(address, DEPOSIT)).wait();
  const wallet = AgentWallet__factory.connect(address, chain);

  const network = `eip155:${id}` as const;
  const { name, version } = await readTokenDomain(asset, chain);
  if (name == null || version == null) throw new Error("the token's EIP-712 domain has no name or version.");
  const facilitator = createFacilitator({ id, network, rpcUrl }, facilitatorAccount.privateKey);
  const price = { network, asset, amount: PRICE, name, version, payTo: seller.address };
  const { url, server } = await startServer(facilitator, price);

  const reserves: TransactionReceipt[] = [];
  const onReserved = ({ receipt }: { receipt: TransactionReceipt }) => void reserves.push(receipt);
  const buy = createBuyer(new WalletExactScheme({ wallet: address, key, policy, onReserved }), { network, asset });
  const spent = async () => (await wallet.usageOf(key, asset)).usage.windowSpent;
  tell(`Wallet ${address}: its key ${key.address} may spend ${amount(WINDOW_CAP)} a day.`);
  tell(`Server ${url}: profiles at ${amount(PRICE)} each, paid to ${seller.address}.\n`);

  const rows: Row[] = [];
  for (const dataset of DATASETS) {
    const { body, transaction } = await buy(`${url}/profiles/${dataset}`);
    rows.push({
      dataset,
      price: PRICE,
      rows: (body as { rows: number }).rows,
      transaction,
      reserveGas: reserves.at(-1)?.gasUsed ?? 0n,
      balance: await token.balanceOf(address),
      leftInWindow: WINDOW_CAP - (await spent()),
    });
  }
  // The same once more is over the cap. A key that does not ask the wallet first fares no better.
  const before = await chain.getBlockNumber();
  const refusalOf = (purchase: Promise<unknown>) =>
    purchase.then(
      () => undefined,
      (error: unknown) => explainError(error),
    );
  const again = `${url}/profiles/${DATASETS[0]}`;
  const refusal = await refusalOf(buy(again));
  const forge = createBuyer(unreserved(address, key.address), { network, asset });
  const forgery = await refusalOf(forge(again));
  const sent = (await chain.getBlockNumber()) - before;

  const paid = PRICE * BigInt(DATASETS.length);
  const equal = (what: string, found: bigint, expected: bigint) =>
    found === expected ? [] : [`${what}: ${found}, not ${expected}`];
  const checks: Check[] = [
    check(
      "wallet",
      equal("it has", await token.balanceOf(address), DEPOSIT - paid),
      `paid ${amount(paid)}, to the unit`,
    ),
    check("seller", equal("it has", await token.balanceOf(seller), paid), `got ${amount(paid)}, to the unit`),
    check("facilitator", equal("it has", await token.balanceOf(facilitatorAccount), 0n), "kept nothing"),
    check("caps", equal("charged", await spent(), paid), "charged what was paid, and nothing for the refusal"),
    check("refusal", refusal === undefined ? ["the fourth was sold"] : [], "the fourth was refused by the wallet"),
    check(
      "forgery",
      forgery === undefined ? ["it was sold for"] : [],
      "a payment not reserved was refused by the facilitator",
    ),
    check("silence", equal("transactions", BigInt(sent), 0n), "neither of the two sent anything"),
  ];
  server.close();
  server.closeAllConnections();
  if (json)
    console.log(
      toJson({ wallet: address, key: key.address, seller: seller.address, purchases: rows, refusal, forgery, checks }),
    );
  else console.log(toText(rows, [refusal, forgery], checks));
  await local.stop();
  return checks.every(({ passed }) => passed);
}

/** Windows are fixed: one that begins in the middle of the run would let it buy more. */
async function waitForRoom(tell: (line: string) => void): Promise<void> {
  const left = WINDOW - (BigInt(Math.floor(Date.now() / 1_000)) % WINDOW);
  if (left > ROOM) return;
  tell(`Waiting ${left} seconds for the day's next window.`);
  await new Promise((resolve) => setTimeout(resolve, (Number(left) + 1) * 1_000));
}

function amount(units: bigint): string {
  return formatAmount(units, DECIMALS, "USDX");
}

function toText(rows: readonly Row[], refusals: readonly (string | undefined)[], checks: readonly Check[]): string {
  const purchases = table(
    ["profile", "rows", "price", "transaction", "gas of the reserve", "wallet's balance", "left in the window"],
    rows.map((row) => [
      row.dataset,
      row.rows.toString(),
      formatAmount(row.price, DECIMALS),
      row.transaction,
      row.reserveGas.toLocaleString("en"),
      formatAmount(row.balance, DECIMALS),
      formatAmount(row.leftInWindow, DECIMALS),
    ]),
  );
  return [
    ...purchases,
    "",
    ...refusals.map((refusal) => `Refused: ${refusal ?? "nothing"}`),
    "",
    ...checks.map(({ name, passed, detail }) => `${passed ? "ok    " : "FAILED"} ${name}: ${detail}`),
  ].join("\n");
}

/** What a thief of the key could try: to promise in the wallet's name what the wallet has not reserved. */
function unreserved(wallet: string, key: string): SchemeNetworkClient {
  return {
    scheme: "exact",
    createPaymentPayload: (x402Version, { payTo, amount: value, maxTimeoutSeconds }) => {
      const validBefore = (Math.floor(Date.now() / 1_000) + maxTimeoutSeconds).toString();
      const authorization = { from: wallet, to: payTo, value, validAfter: "0", validBefore, nonce: ZeroHash };
      return Promise.resolve({ x402Version, payload: { authorization, signature: reserveSignature(key) } });
    },
  };
}

main(process.argv.includes("--json")).then(
  (passed) => {
    process.exit(passed ? 0 : 1); // Hardhat keeps handles open that would hold the process
  },
  (error: unknown) => {
    console.error(`x402: ${explainError(error)}`);
    process.exit(1);
  },
);
