import { InvalidInputError } from "../sdk/InvalidInputError";
import { offerDomain, offerHash } from "../sdk/offers";
import { parseSignedOffer } from "../sdk/signedOffer";
import { runCommand } from "./lib/command";
import { readText } from "./lib/input";
import { Report } from "./lib/report";
import { SIGNER_OPTIONS, openSession, simulateAndSend, walletFrom } from "./lib/session";

void runCommand({
  name: "cancel-offer",
  summary: "Withdraw a signed offer as its provider: nobody can be hired by it any more. Jobs hired by it stay.",
  options: { offer: { value: "FILE", required: true, help: "The signed offer." }, ...SIGNER_OPTIONS },
  example: "--offer offer.json",
  run: async (values) => {
    const { chainId, escrow, offer } = parseSignedOffer(readText(values.offer, "--offer"), values.offer);
    const wallet = walletFrom(values["key-env"]);
    if (wallet.address !== offer.provider) {
      throw new InvalidInputError(
        `the offer is of ${offer.provider}, not of ${wallet.address}: use that account's key.`,
      );
    }
    const { chain, market, network } = await openSession(values);
    if (chainId !== network.chainId || escrow !== market.addresses.escrow) {
      throw new InvalidInputError(
        `the offer is for the escrow ${escrow} on chain ${chainId}: choose its --network and --escrow.`,
      );
    }
    const receipt = await simulateAndSend(market.escrow.connect(wallet.connect(chain)).cancelOffer, offer);
    return new Report()
      .add("offerHash", "Offer hash", offerHash(offerDomain(chainId, escrow), offer))
      .add("transaction", "Transaction", receipt.hash)
      .add("gasUsed", "Gas used", receipt.gasUsed);
  },
});
