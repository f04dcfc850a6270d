import { ZeroAddress } from "ethers";

import type { ErrorSentence } from "./errorSentences";
import { formatJobId } from "./jobId";
import { formatDuration, formatTime } from "./units";

const time = (seconds: unknown) => formatTime(seconds as bigint);
const units = (amount: unknown) => `${String(amount)} base units`;
const money = (token: unknown) => (token === ZeroAddress ? "the chain's coin" : `the token ${String(token)}`);
const overCap = (amount: unknown, token: unknown, cap: string, left: unknown) =>
  `${units(amount)} of ${money(token)} are more than the ${units(left)} that ${cap}`;

/** The lists of a policy, in the order of `IAgentWallet.List`. */
const LISTS = ["escrows", "evaluators", "hooks"];

/** What each custom error of AgentWallet and its factory means; part of `ERROR_SENTENCES`. */
export const WALLET_ERROR_SENTENCES: Readonly<Record<string, ErrorSentence>> = {
  AgentWallet_Unauthorized: ([sender]) =>
    `${String(sender)} has no such right on this wallet: send this from its owner, its guardian or the key that it is about.`,
  AgentWallet_InvalidKey: ([key]) =>
    `${String(key)} cannot be given a policy: name an account that is neither zero, the wallet nor its owner.`,
  AgentWallet_IsFrozen: () => "the wallet is frozen: its owner has to thaw it first.",
  AgentWallet_NotGranted: ([key, hash]) =>
    `the key ${String(key)} has no policy with the hash ${String(hash)}: bring the one that it was granted last, or have its owner grant it (a freeze ends every grant).`,
  AgentWallet_Expired: ([key, expiresAt]) =>
    `the policy of the key ${String(key)} ended at ${time(expiresAt)}: have the wallet's owner grant another.`,
  AgentWallet_NotListed: ([list, account]) =>
    `the policy's ${LISTS[Number(list)] ?? "lists"} do not name ${String(account)}: choose a listed one, or have the wallet's owner grant it.`,
  AgentWallet_CounterpartyNotAllowed: ([account, agentId]) =>
    agentId === 0n
      ? `the policy's payees do not name ${String(account)}: pay a listed one, or name the agent that it works for.`
      : `${String(account)} as agent ${String(agentId)} is neither listed nor let in by its record: choose another, or have the wallet's owner grant it.`,
  AgentWallet_TokenNotAllowed: ([token]) =>
    `the policy has no limits for ${money(token)}, so nothing of it can be spent: pay in a listed token.`,
  AgentWallet_WindowCapExceeded: ([token, amount, left]) =>
    `${overCap(amount, token, "the key may still spend in this window", left)}: wait for the next window, or spend less.`,
  AgentWallet_LifetimeCapExceeded: ([token, amount, left]) =>
    `${overCap(amount, token, "the key may still spend at all", left)}: have the wallet's owner raise the lifetime cap.`,
  AgentWallet_JobCapExceeded: ([token, id, amount, left]) =>
    `${overCap(amount, token, `may still be spent on job ${formatJobId(id as bigint)}`, left)}: have the wallet's owner raise the cap per job.`,
  AgentWallet_AdmittedCapExceeded: ([token, amount, left]) =>
    `${overCap(amount, token, "agents let in by their record may still be paid in this window", left)}: wait for the next window, or have the wallet's owner list the agent.`,
  AgentWallet_CoSignatureRequired: ([token, sum, threshold]) =>
    `the window's sum of ${money(token)} would be ${units(sum)}, above ${units(threshold)}: have the wallet's owner sign the intent too.`,
  AgentWallet_Sanctioned: ([account]) =>
    `the policy's sanctions oracle names ${String(account)}, or does not answer: pay somebody else.`,
  AgentWallet_UnexpectedOutflow: ([token, amount, charged]) =>
    `the call would take ${units(amount)} of ${money(token)} where ${units(charged)} were charged: do not make it.`,
  AgentWallet_NotTheClient: ([client]) =>
    `the job's client is ${String(client)}, not this wallet: name the wallet as client.`,
  AgentWallet_WrongFunding: () =>
    "the acceptance is not paid in the way of this call: hire with an allowance, reserveHire with the offer's own authorization.",
  AgentWallet_DurationTooLong: ([duration, longest]) =>
    `the job may take ${formatDuration(duration as bigint)}, and the policy allows ${formatDuration(longest as bigint)}: ask for shorter periods.`,
  AgentWallet_TermsChanged: ([id, token, budget]) =>
    `job ${formatJobId(id as bigint)} costs ${units(budget)} of ${money(token)} now: agree to that, or leave it.`,
  AgentWallet_CallNotAllowed: ([target, selector]) =>
    `a key may not call ${String(selector)} of ${String(target)} through the wallet: use what its policy lists.`,
  AgentWallet_WrongRecipient: ([to]) =>
    `the money would go to ${String(to)}, and a key may withdraw to the wallet only: name the wallet.`,
  AgentWallet_IntentExpired: ([deadline]) =>
    `the intent could be sent until ${time(deadline)}: have its key sign a new one.`,
  AgentWallet_WrongEpoch: ([epoch, current]) =>
    `the intent is for freeze epoch ${String(epoch)}, and the wallet is in ${String(current)}: have its key sign a new one.`,
  AgentWallet_NonceUsed: ([key, nonce]) =>
    `the key ${String(key)} has used or cancelled the intent number ${String(nonce)}: nothing is left to do, or sign with another.`,
  AgentWallet_InvalidSignature: ([signer]) =>
    `${String(signer)} did not sign this intent, for this wallet and chain: have it signed again.`,
  AgentWallet_WrongDomain: ([token, separator]) =>
    `the token ${String(token)} signs in another EIP-712 domain (${String(separator)}) than name and version give: read the domain from the token.`,
  AgentWallet_ReserveTooLong: ([validBefore, latest]) =>
    `a reserve until ${time(validBefore)} would outlast the window or the policy: let it end at ${time(latest)}.`,
  AgentWallet_AlreadyReserved: ([digest]) =>
    `the wallet answers for ${String(digest)} already: use that reserve, or take another nonce.`,
  AgentWallet_NotReserved: ([digest]) => `the key has no reserve ${String(digest)}: check key and authorization.`,
  AgentWallet_NotReleasable: ([digest]) =>
    `the reserve ${String(digest)} was used or still can be: release it after it has run out unused.`,
  AgentWalletFactory_InvalidOwner: ([owner]) =>
    `${String(owner)} cannot own a wallet, which could never be emptied: name another owner.`,
  CloneArgumentsTooLong: () => "the wallet's code would be too long: please report this, with what was called.",
  Create2EmptyBytecode: () => "there was no code to deploy: please report this, with what was called.",
  FailedDeployment: () =>
    "the wallet could not be created, mostly because it exists already: look at its address, or take another salt.",
};
