import type { Result } from "ethers";
import { ZeroAddress } from "ethers";

import { CourtPhase, DisputePhase, FundingMethod, JobStatus, nameOf } from "./enums";
import { formatJobId } from "./jobId";
import { quoted } from "./plainText";
import { formatDuration, formatTime } from "./units";

/** One sentence from an error's arguments: what is wrong and what to do. */
export type ErrorSentence = (args: Result) => string;

const time = (seconds: unknown) => formatTime(seconds as bigint);
const status = (value: unknown) => nameOf(JobStatus, value as bigint);
const units = (amount: unknown) => `${String(amount)} base units`;
const agent = (id: unknown) => `agent ${String(id)}`;
const job = (id: unknown) => `job ${formatJobId(id as bigint)}`;
const offer = (hash: unknown) => `the offer ${String(hash)}`;

const dispute = (id: unknown) => `dispute ${String(id)}`;
const slot = (id: unknown, panel: unknown, index: unknown) =>
  `slot ${String(index)} of panel ${String(panel)} of ${dispute(id)}`;
const money = (token: unknown) => (token === ZeroAddress ? "the chain's coin" : `the token ${String(token)}`);
const statuses = (bitmap: unknown) => membersIn(JobStatus, bitmap);

/** What stands on each of a wallet policy's lists, in the order of IAgentWallet.List. */
const LISTED = ["escrow", "evaluator", "hook"] as const;

/** The members whose bits are set, for example "Funded or Submitted". */
function membersIn(members: Readonly<Record<string, number>>, bitmap: unknown): string {
  return Object.entries(members)
    .filter(([, value]) => ((bitmap as bigint) & (1n << BigInt(value))) !== 0n)
    .map(([name]) => name)
    .join(" or ");
}

/**
 * What each custom error of the market's contracts, of the OpenZeppelin code in them, of the tokens that they call,
 * and of Permit2 means. Keyed by the error's name; the arguments are in the order of its declaration.
 */
export const ERROR_SENTENCES: Readonly<Record<string, ErrorSentence>> = {
  // JobEscrow
  JobEscrow_JobNotFound: ([id]) => `there is no ${job(id)} in this escrow: check the id, the network and the escrow.`,
  JobEscrow_JobExists: ([id]) =>
    `the offer was accepted in exactly this way already, as ${job(id)}: use that job, or accept with another salt.`,
  JobEscrow_UnexpectedStatus: ([id, current, allowed]) =>
    `${job(id)} is ${status(current)}, but this needs it to be ${statuses(allowed)}: show the job to see what can be done now.`,
  JobEscrow_Unauthorized: ([id, sender]) =>
    `${String(sender)} has no such right on ${job(id)}: send this from the account that the job names for it.`,
  JobEscrow_InvalidProvider: ([provider]) =>
    `${String(provider)} cannot be the provider: name an account that is neither zero, the client, the evaluator nor the escrow.`,
  JobEscrow_InvalidEvaluator: ([evaluator]) =>
    `${String(evaluator)} cannot be the evaluator: name an account that is neither zero nor the escrow.`,
  JobEscrow_InvalidReferrer: ([referrer]) =>
    `${String(referrer)} cannot be the referrer: name an account other than the escrow, or leave referrer and its fee out.`,
  JobEscrow_InvalidHook: ([hook]) => `there is no contract at the hook's address ${String(hook)}: name one, or none.`,
  JobEscrow_InvalidToken: ([token]) => `${String(token)} is not a token: name the token that the job is paid in.`,
  JobEscrow_ExpiryOutOfRange: ([expiredAt, earliest, latest]) =>
    `the time ${time(expiredAt)} is out of range: choose one from ${time(earliest)} to ${time(latest)}.`,
  JobEscrow_EvaluationPeriodOutOfRange: ([period, shortest, longest]) =>
    (shortest as bigint) > (longest as bigint)
      ? `this evaluator says that it may need ${formatDuration(shortest as bigint)}, more than the escrow's ${formatDuration(longest as bigint)}: choose another evaluator.`
      : `the evaluation period of ${formatDuration(period as bigint)} must be from ${formatDuration(shortest as bigint)} to ${formatDuration(longest as bigint)} with this evaluator: ask for an offer with another.`,
  JobEscrow_DeadlinePassed: ([id, deadline]) =>
    `the time for this on ${job(id)} ended at ${time(deadline)}: what is left is to claim what silence gives.`,
  JobEscrow_DeadlineNotReached: ([id, deadline]) =>
    `${job(id)} can be claimed from ${time(deadline)} on: try again then.`,
  JobEscrow_ProviderAlreadySet: ([id, provider]) =>
    `${job(id)} has the provider ${String(provider)} already: create another job to hire somebody else.`,
  JobEscrow_ProviderNotSet: ([id]) => `${job(id)} has no provider yet: the client sets one first (setProvider).`,
  JobEscrow_TokenLocked: ([id, token]) =>
    `${job(id)} is priced in ${String(token)}, and only the client may change the token: price it in that one.`,
  JobEscrow_BudgetMismatch: ([id, budget, expected]) =>
    `${job(id)} costs ${units(budget)}, not the ${units(expected)} that were expected: check the price and agree to it as it is now.`,
  JobEscrow_AmountIsZero: ([id]) =>
    `${job(id)} has a price of 0, and nothing can be deposited: set a price, or submit the work without funding.`,
  JobEscrow_IncorrectDeposit: ([token, expected, received]) =>
    `of ${units(expected)}, the escrow received ${units(received)}, so the token ${String(token)} takes a fee or moved nothing: pay in another token.`,
  JobEscrow_AgentNotAuthorised: ([id, account]) =>
    `${String(account)} is neither owner, approved account, operator nor verified wallet of ${agent(id)}: use its own account, or agent 0 for none.`,
  JobEscrow_SameAgent: ([id]) => `${agent(id)} cannot hire itself: hire as another agent, or as none (0).`,
  JobEscrow_FeeTooHigh: ([fee, maximum]) =>
    `a fee of ${String(fee)} basis points is above the maximum of ${String(maximum)}: ask for an offer with a lower one.`,
  JobEscrow_InvalidOfferSignature: ([hash, provider]) =>
    `${offer(hash)} was not signed by ${String(provider)} for this escrow and chain: get it from its provider again.`,
  JobEscrow_OfferExpired: ([hash, validUntil]) =>
    `${offer(hash)} was valid until ${time(validUntil)}: ask the provider for a new one.`,
  JobEscrow_OfferIsCancelled: ([hash]) => `${offer(hash)} was withdrawn by its provider: ask it for a new one.`,
  JobEscrow_NotOffersProvider: ([hash, sender]) =>
    `${offer(hash)} is another provider's, not ${String(sender)}'s: only its own provider can cancel it.`,
  JobEscrow_OfferExhausted: ([hash, capacity]) =>
    `${offer(hash)} allows ${String(capacity)} job(s), and as many were hired: ask the provider for a new one.`,
  JobEscrow_InvalidCapacity: ([capacity]) =>
    `the offer's capacity cannot be ${String(capacity)}: it must be exactly 1, because the client is named.`,
  JobEscrow_AcceptanceMismatch: ([hash, client, clientAgentId, salt]) =>
    `${offer(hash)} cannot be accepted by ${String(client)} as ${agent(clientAgentId)} with salt ${String(salt)}: be the client and agent that it names, with salt 0.`,
  JobEscrow_FundingNotAuthorised: ([client, sender, method]) =>
    `${String(sender)} cannot pay from the ${nameOf(FundingMethod, method as bigint)} of ${String(client)}: send it as the client, or let the client sign with ERC-3009 or Permit2.`,
  JobEscrow_InvalidFundingSignature: ([id, client]) =>
    `${String(client)} did not sign the payment of ${job(id)}: sign an ERC-3009 authorization for the escrow, the exact amount, and the job's id as nonce.`,
  JobEscrow_AmountExceedsDeposit: ([id, amount, deposit]) =>
    `${job(id)} holds ${units(deposit)}, less than the ${units(amount)} to divide: give the provider at most that.`,
  JobEscrow_SilenceRefunds: ([id]) => `silence refunds the client of ${job(id)}: claim the refund (claimRefund).`,
  JobEscrow_SilencePays: ([id]) => `silence pays the provider of ${job(id)}: claim the payment (claimPayment).`,
  JobEscrow_HookReverted: ([id, hook, selector]) =>
    `the hook ${String(hook)} of ${job(id)} refused the call ${String(selector)}: ask whoever runs the hook what it demands.`,
  JobEscrow_NothingToWithdraw: ([token, account]) =>
    `${String(account)} has no credit in the token ${String(token)}: check the account and the token.`,
  JobEscrow_InvalidRecipient: ([to]) =>
    `${String(to)} cannot receive a withdrawal: name an account other than zero and the escrow.`,
  JobEscrow_TransferFailed: ([token, to, amount]) =>
    `the token ${String(token)} refused to move ${units(amount)} to ${String(to)}: try another recipient, or later.`,
  JobEscrow_OnlySelf: ([sender]) =>
    `only the escrow itself calls this function, not ${String(sender)}: use withdraw to get money out.`,
  JobEscrow_RecordNotPending: ([id, hash]) =>
    `no record with hash ${String(hash)} of ${job(id)} is waiting: give exactly the bytes of its RecordPostponed event.`,
  BoundedCall_InsufficientGas: ([available, required]) =>
    `the transaction had ${String(available)} gas left where ${String(required)} are set aside for an inner call: send it with a higher gas limit.`,

  // OptimisticEvaluator
  OptimisticEvaluator_InvalidPeriods: ([total, longest]) =>
    `the evaluator's periods add up to ${formatDuration(total as bigint)} with a day for carrying out: make none zero, and all of them at most the escrow's ${formatDuration(longest as bigint)}.`,
  OptimisticEvaluator_ArbitrationTooShort: ([period, longest]) =>
    `the arbitrator would get ${formatDuration(period as bigint)}, but says that it can take ${formatDuration(longest as bigint)}: give it as long.`,
  OptimisticEvaluator_InvalidBond: ([bond, penaltyBps]) =>
    `a bond of ${units(bond)} with a penalty of ${String(penaltyBps)} basis points is impossible: choose a bond above 0 and below 2^96 - 1, and a penalty of at most 10000.`,
  OptimisticEvaluator_InvalidMinimum: ([minimum, least]) =>
    `the least deposit worth a dispute cannot be ${units(minimum)}: choose at least ${units(least)}, so that nobody locks more than the job is worth.`,
  OptimisticEvaluator_InvalidShare: ([share]) =>
    `a share of ${String(share)} percent is impossible: give a whole percentage from 0 to 100.`,
  OptimisticEvaluator_NotUnderReview: ([id]) =>
    `${job(id)} is not submitted work that this evaluator is to judge: show the job to see how it stands and who judges it.`,
  OptimisticEvaluator_Unauthorized: ([id, sender]) =>
    `${String(sender)} is not the party of ${job(id)} that may do this: send it from the account that the job names.`,
  OptimisticEvaluator_UnexpectedPhase: ([id, phase]) =>
    `the review of ${job(id)} is in the phase ${nameOf(DisputePhase, phase as bigint)}, which does not allow this: show the job to see what can be done now.`,
  OptimisticEvaluator_DeadlinePassed: ([id, deadline]) =>
    `the time for this on ${job(id)} ended at ${time(deadline)}: what is left is to have it carried out (finalise).`,
  OptimisticEvaluator_DeadlineNotReached: ([id, deadline]) =>
    `${job(id)} can be finalised from ${time(deadline)} on: try again then.`,
  OptimisticEvaluator_NotDisputable: ([id, token, amount]) =>
    `${job(id)} over ${units(amount)} of ${String(token)} cannot be disputed before this evaluator, by its terms: settle it with the provider.`,
  OptimisticEvaluator_IncorrectBond: ([expected, received]) =>
    `the bond is ${units(expected)}, but ${units(received)} arrived: send exactly as much, in a token that takes no fee.`,
  OptimisticEvaluator_FeeAboveBond: ([fee, bond]) =>
    `the arbitrator asks for ${units(fee)}, more than the bond of ${units(bond)} covers: try again when it is cheaper.`,
  OptimisticEvaluator_DisputeExists: ([id]) =>
    `the arbitrator gave the number ${String(id)} a second time, which no honest one does: agree on a division instead.`,
  OptimisticEvaluator_OnlyArbitrator: ([sender]) =>
    `${String(sender)} is not the arbitrator, who alone rules: have the arbitrator deliver its ruling.`,
  OptimisticEvaluator_NoSuchOffer: ([id, share]) =>
    `the other side of ${job(id)} does not offer ${String(share)} percent to the provider, or no longer: show the job to see what it offers.`,
  OptimisticEvaluator_TooMuchEvidence: ([id, party]) =>
    `${String(party)} has put forward all that it may on ${job(id)}: publish the rest under a URI that it gave before.`,
  OptimisticEvaluator_JobNotEnded: ([id]) =>
    `${job(id)} has not ended, so its bonds stay: finalise it, or claim it once it has expired.`,
  OptimisticEvaluator_NothingToWithdraw: ([token, account]) =>
    `the evaluator holds nothing of ${money(token)} that is due to ${String(account)} now: check the account and the token.`,
  OptimisticEvaluator_InvalidRecipient: ([to]) =>
    `${String(to)} cannot be paid: name an account other than zero and the evaluator.`,
  OptimisticEvaluator_TransferFailed: ([token, to, amount]) =>
    `${units(amount)} of ${money(token)} could not be sent to ${String(to)}: name another recipient, or try again later.`,

  // SeatCourt
  SeatCourt_InvalidTerms: ([reason]) =>
    `the court's terms do not fit together at ${quoted(String(reason))}: change that one and deploy again.`,
  SeatCourt_NoSeats: () => "no seats were asked for: ask for at least one.",
  SeatCourt_NotSeatsOwner: ([id, sender]) =>
    `seat ${String(id)} does not belong to ${String(sender)}: send this from its owner's account.`,
  SeatCourt_SeatHasLeft: ([id]) => `seat ${String(id)} has left the pool already: leave it out.`,
  SeatCourt_SeatIsLiable: ([id, releasableAt]) =>
    releasableAt === 0n
      ? `seat ${String(id)} is in the pool: leave the court with it first.`
      : `seat ${String(id)} still answers for its votes: take its stake home from ${time(releasableAt)} on.`,
  SeatCourt_IncorrectPayment: ([token, expected, received]) =>
    `the court is due ${units(expected)} of ${money(token)}, but ${units(received)} arrived: pay exactly as much, in a token that takes no fee.`,
  SeatCourt_UnknownToken: ([token]) =>
    `this court takes and pays nothing in ${money(token)}: use the token that it names.`,
  SeatCourt_InvalidChoices: ([choices]) =>
    `this court chooses among 5 shares, not among ${String(choices)}: ask it with 5 choices.`,
  SeatCourt_TooFewSeats: ([seats, minimum]) =>
    `the court has ${String(seats)} seats that could be drawn, less than the ${String(minimum)} it needs to take a case: try again when jurors have joined.`,
  SeatCourt_TooManyOpenSlots: ([open, maximum]) =>
    `the court is full, as ${String(open)} of at most ${String(maximum)} slots would be open: try again when other disputes have ended.`,
  SeatCourt_UnexpectedPhase: ([id, phase, allowed]) =>
    `${dispute(id)} is in the phase ${nameOf(CourtPhase, phase as bigint)}, but this needs ${membersIn(CourtPhase, allowed)}: look at its status to see what can be done now.`,
  SeatCourt_NoSuchSlot: ([id, panel, index]) =>
    `there is no ${slot(id, panel, index)}, or it is not drawn yet: look at the dispute's status for panels and slots.`,
  SeatCourt_NotDrawn: ([id, panel, index, juror]) =>
    `${String(juror)} was not drawn for ${slot(id, panel, index)}: vote in the slots that the dispute's status names.`,
  SeatCourt_AlreadyVoted: ([id, panel, index]) =>
    `the vote in ${slot(id, panel, index)} is committed and cannot be changed: reveal it when its time comes.`,
  SeatCourt_InvalidCommitment: ([commitment]) =>
    `${String(commitment)} is no hash: commit to a vote with a salt of 32 random bytes.`,
  SeatCourt_InvalidVote: ([vote]) =>
    `a vote of ${String(vote)} is impossible: vote 0 to 4, for 0, 25, 50, 75 and 100 percent to the provider.`,
  SeatCourt_CommitmentMismatch: ([id, panel, index]) =>
    `vote and salt are not what was committed in ${slot(id, panel, index)}: use the saved ballot, as the account that committed it.`,
  SeatCourt_SlotsReleased: ([id, panel]) =>
    `the slots of panel ${String(panel)} of ${dispute(id)} are not open any more: there is nothing left to do.`,
  SeatCourt_AlreadyExecuted: ([id, panel]) =>
    `panel ${String(panel)} of ${dispute(id)} is settled already: there is nothing left to do.`,
  SeatCourt_NothingToWithdraw: ([token, account]) =>
    `the court owes ${String(account)} nothing in ${money(token)}: check the account, and execute the panels that are due.`,
  SeatCourt_InvalidRecipient: ([to]) => `${String(to)} cannot be paid: name an account other than zero and the court.`,
  SeatCourt_TransferFailed: ([to, amount]) =>
    `${units(amount)} of the chain's coin could not be sent to ${String(to)}: name a recipient that takes it.`,

  // HeaderRandomness
  HeaderRandomness_UnknownBlock: ([number, hash]) =>
    `block ${String(number)} with the hash ${String(hash)} is none that this chain can prove now: build the proof again, once there is a block after it and before there are 8191.`,
  HeaderRandomness_NotTheParent: ([hash, parentHash]) =>
    `the second header hashes to ${String(hash)}, but the block's parent is ${String(parentHash)}: build the proof again.`,
  HeaderRandomness_NotTheFirstBlock: ([moment, blockTime, parentTime]) =>
    `the block of ${time(blockTime)} after one of ${time(parentTime)} is not the first from ${time(moment)} on: build the proof again, for the panel's own moment.`,
  FieldNotPresentInBlockHeader: ([field]) =>
    `the block's header lacks field ${String(field)}: this chain's headers have another shape, so its courts need another source of randomness.`,
  RLPInvalidEncoding: () => "the header in the proof is not encoded as RLP: build the proof again.",

  // AgentWallet
  AgentWallet_Unauthorized: ([sender]) =>
    `${String(sender)} has no such right on this wallet: send this from the owner's account, to freeze from the guardian's too, to cancel an intent from its key's.`,
  AgentWallet_InvalidKey: ([key]) =>
    `${String(key)} cannot be given a policy: name an account of the agent's own, neither zero, the owner nor the wallet.`,
  AgentWallet_IsFrozen: () => "the wallet is frozen, and grants nothing: let its owner thaw it first.",
  AgentWallet_NotGranted: ([key, hash]) =>
    `${String(key)} has no policy with the hash ${String(hash)}, or has it no more (revoked, replaced, or ended by a freeze): bring the policy that was granted last, or ask the owner for a new one.`,
  AgentWallet_Expired: ([key, expiresAt]) =>
    `the policy of ${String(key)} ended at ${time(expiresAt)}: ask the owner for a new one.`,
  AgentWallet_NotListed: ([list, account]) =>
    `the policy does not list the ${LISTED[Number(list)] ?? "account"} ${String(account)}: use one that it lists, or ask the owner to list it.`,
  AgentWallet_CounterpartyNotAllowed: ([account, id]) =>
    id === 0n
      ? `the policy does not list ${String(account)} as a payee: name the agent that it speaks for, or ask the owner to list it.`
      : `the policy does not let ${String(account)} be paid as ${agent(id)}: it must speak for that agent, and the agent be listed in its present ownership epoch or have the record that the policy asks for.`,
  AgentWallet_TokenNotAllowed: ([token]) =>
    `the policy has no limits for ${money(token)}, so nothing of it can be spent: pay in another, or ask the owner to add it.`,
  AgentWallet_WindowCapExceeded: ([token, amount, left]) =>
    `${units(amount)} of ${money(token)} are more than the ${units(left)} left in this window: spend less, or wait for the next window.`,
  AgentWallet_LifetimeCapExceeded: ([token, amount, left]) =>
    `${units(amount)} of ${money(token)} are more than the ${units(left)} that the key may still spend in all: spend less, or ask the owner for a higher cap.`,
  AgentWallet_JobCapExceeded: ([token, id, amount, left]) =>
    `${units(amount)} of ${money(token)} are more than the ${units(left)} left for ${job(id)} with its bonds and appeals: take a cheaper job, or ask the owner for a higher cap.`,
  AgentWallet_AdmittedCapExceeded: ([token, amount, left]) =>
    `${units(amount)} of ${money(token)} are more than the ${units(left)} left in this window for all who are not listed by name: spend less, wait, or ask the owner to list the agent.`,
  AgentWallet_CoSignatureRequired: ([token, sum, threshold]) =>
    `with this, ${units(sum)} of ${money(token)} would be spent in this window, above the ${units(threshold)} that need no second signature: write an intent and let the owner sign it too.`,
  AgentWallet_Sanctioned: ([account]) =>
    `the policy's sanctions oracle names ${String(account)}, or did not answer: pay somebody else, or ask the owner.`,
  AgentWallet_UnexpectedOutflow: ([token, amount, charged]) =>
    `${units(amount)} of ${money(token)} would leave the wallet where ${units(charged)} were charged: leave this token or contract alone.`,
  AgentWallet_NotTheClient: ([client]) =>
    `the client is ${String(client)}, not this wallet: name the wallet as the client.`,
  AgentWallet_WrongFunding: () =>
    "the acceptance does not pay as this function does: use Allowance to hire, and an authorization of exactly the price for the job's escrow to reserve.",
  AgentWallet_DurationTooLong: ([duration, longest]) =>
    `the job may take ${formatDuration(duration as bigint)}, longer than the policy's ${formatDuration(longest as bigint)}: ask for an offer with shorter periods.`,
  AgentWallet_TermsChanged: ([id, token, budget]) =>
    `${job(id)} now costs ${units(budget)} of ${money(token)}, not what was expected: check it, and agree to it as it is.`,
  AgentWallet_CallNotAllowed: ([target, selector]) =>
    `the policy does not allow the function ${String(selector)} of ${String(target)}, or no policy can: have it listed if it moves no money, or let the owner call it.`,
  AgentWallet_WrongRecipient: ([to]) =>
    `the money would go to ${String(to)}, not to this wallet: name the wallet as the recipient.`,
  AgentWallet_IntentExpired: ([deadline]) =>
    `the intent was valid until ${time(deadline)}: let the key sign a new one.`,
  AgentWallet_WrongEpoch: ([epoch, current]) =>
    `the intent was signed for freeze epoch ${String(epoch)}, but the wallet is in ${String(current)}, as freezing ends all intents: let the key sign a new one.`,
  AgentWallet_NonceUsed: ([key, nonce]) =>
    `number ${String(nonce)} of ${String(key)} was used or cancelled: let the key sign with another.`,
  AgentWallet_InvalidSignature: ([signer]) =>
    `${String(signer)} did not sign this intent for this wallet and chain: let it sign exactly what is sent.`,
  AgentWallet_WrongDomain: ([token, separator]) =>
    `the signing domain of ${String(token)} is ${String(separator)}, which its name, version and address do not give: read them from the token.`,
  AgentWallet_ReserveTooLong: ([validBefore, latest]) =>
    `the authorization would be valid until ${time(validBefore)}, but may be until ${time(latest)} at most, the end of window or policy: make it shorter.`,
  AgentWallet_AlreadyReserved: ([digest]) =>
    `the authorization ${String(digest)} is reserved already: use it, or choose another nonce.`,
  AgentWallet_NotReserved: ([digest]) =>
    `the key has not reserved ${String(digest)}, or it was released: check key and authorization.`,
  AgentWallet_NotReleasable: ([digest]) =>
    `the reserve ${String(digest)} was used, or still can be: release it once it has run out unused.`,

  // AgentWalletFactory
  AgentWalletFactory_InvalidOwner: ([owner]) =>
    `${String(owner)} cannot own a wallet, which could then never be emptied: name the account that is to own it.`,
  FailedDeployment: () =>
    "a contract stands at this address already, or its creation failed: look whether it exists, and choose another salt for another one.",
  CloneArgumentsTooLong: () =>
    "the wallet's owner would not fit behind its code, which should be impossible: please report this.",
  Create2EmptyBytecode: () => "a wallet would get no code, which should be impossible: please report this.",

  // AgentRegistry
  AgentRegistry_ReservedMetadataKey: ([key]) =>
    `the metadata key ${quoted(String(key))} is reserved: use setAgentWallet, which asks for the wallet's consent.`,
  AgentRegistry_ZeroWallet: ([id]) =>
    `the zero address cannot be the wallet of ${agent(id)}: use unsetAgentWallet to remove a wallet.`,
  AgentRegistry_SignatureExpired: ([deadline, now]) =>
    `the wallet's consent was valid until ${time(deadline)}, and it is ${time(now)}: let the wallet sign again.`,
  AgentRegistry_DeadlineTooFar: ([deadline, latest]) =>
    `the wallet's consent may be valid until ${time(latest)} at most, not ${time(deadline)}: let it sign a shorter one.`,
  AgentRegistry_InvalidWalletSignature: ([id, wallet]) =>
    `${String(wallet)} did not consent to be the wallet of ${agent(id)}: let it sign for this agent, owner, registry and chain.`,
  AgentRegistry_EpochsExhausted: ([id]) => `${agent(id)} was transferred too often to be sold again: register another.`,
  ERC721NonexistentToken: ([id]) => `there is no ${agent(id)}: check the id and the network.`,
  ERC721InsufficientApproval: ([operator, id]) =>
    `${String(operator)} may not act for ${agent(id)}: send this from its owner, or let the owner approve the account.`,
  ERC721IncorrectOwner: ([, id, owner]) => `${agent(id)} belongs to ${String(owner)}: transfer it from there.`,
  ERC721InvalidOwner: ([owner]) => `${String(owner)} cannot own an agent: name another account.`,
  ERC721InvalidSender: ([sender]) => `an agent cannot come from ${String(sender)}: name its owner.`,
  ERC721InvalidReceiver: ([receiver]) =>
    `${String(receiver)} cannot receive an agent: name an account, or a contract that accepts ERC-721 tokens.`,
  ERC721InvalidApprover: ([approver]) =>
    `${String(approver)} may not approve for this agent: send this from its owner or an operator of it.`,
  ERC721InvalidOperator: ([operator]) => `${String(operator)} cannot be an operator: name another account.`,

  // ReputationLedger
  FeedbackRegistry_NoRegistry: ([registry]) =>
    `there is no contract at the agent registry's address ${String(registry)}: deploy the registry first.`,
  FeedbackRegistry_TooManyDecimals: ([decimals, maximum]) =>
    `${String(decimals)} decimals are more than the ${String(maximum)} that feedback can have: round the value.`,
  FeedbackRegistry_ValueOutOfRange: ([value, maximum]) =>
    `the value ${String(value)} must lie between -${String(maximum)} and ${String(maximum)}: give a smaller one.`,
  FeedbackRegistry_SelfFeedback: ([id, client]) =>
    `${String(client)} speaks for ${agent(id)} and cannot rate it: leave feedback from another account.`,
  FeedbackRegistry_UnknownFeedback: ([id, client, index, last]) =>
    `${String(client)} gave ${agent(id)} no feedback number ${String(index)}: its numbers run from 1 to ${String(last)}.`,
  FeedbackRegistry_AlreadyRevoked: ([id, client, index]) =>
    `feedback number ${String(index)} of ${String(client)} on ${agent(id)} is revoked already: there is nothing left to do.`,
  FeedbackRegistry_EmptyResponseURI: ([id]) =>
    `a response to feedback on ${agent(id)} needs a URI that says what is responded: give one.`,
  FeedbackRegistry_NoClients: ([id]) =>
    `a summary of feedback on ${agent(id)} needs to know whose feedback counts: name the clients that you trust.`,
  ReputationLedger_JobNotEligible: ([source, id]) =>
    `${job(id)} of ${String(source)} gives no right to feedback: it must have had a deposit and a submission, and be over.`,
  ReputationLedger_NotAParty: ([source, id, caller]) =>
    `${String(caller)} is neither client nor provider of ${job(id)} of ${String(source)}: send this from one of them.`,
  ReputationLedger_CounterpartyHasNoAgent: ([source, id]) =>
    `the other side of ${job(id)} of ${String(source)} took part without an agent: there is nothing to rate.`,
  ReputationLedger_FeedbackAlreadyGiven: ([source, id, caller]) =>
    `${String(caller)} used its one feedback on ${job(id)} of ${String(source)} already: revoke it or respond to it instead.`,
  ReputationLedger_ValueOutOfRange: ([value]) =>
    `job feedback is a whole number from 0 to 100, not ${String(value)}: give one in that range.`,

  // Forwarder
  ERC2771ForwarderExpiredRequest: ([deadline]) =>
    `the signed request was valid until ${time(deadline)}: let its signer sign a new one.`,
  ERC2771ForwarderInvalidSigner: ([signer, from]) =>
    `the request says it is from ${String(from)}, but ${String(signer)} signed (or it was sent before): sign it again with the right key and nonce.`,
  ERC2771ForwarderMismatchedValue: ([requested, sent]) =>
    `the request carries ${String(requested)} wei, but ${String(sent)} were sent along: send exactly as much.`,
  ERC2771ForwarderNoRefundReceiver: () =>
    "a batch that may skip requests needs a refund receiver: name an account, or send an atomic batch.",
  ERC2771UntrustfulTarget: ([target, forwarder]) =>
    `the contract ${String(target)} does not accept calls of the forwarder ${String(forwarder)}: call the market's contracts only.`,
  InvalidAccountNonce: ([account, nonce]) =>
    `the signature's nonce is not the current one of ${String(account)}, which is ${String(nonce)}: sign again with that.`,

  // OpenZeppelin's utilities
  AddressEmptyCode: ([target]) => `there is no contract at ${String(target)}: check the address and the network.`,
  FailedCall: () =>
    "an inner call failed without saying why: simulate the call by itself, and send it with enough gas.",
  InsufficientBalance: ([balance, needed]) =>
    `the contract holds ${String(balance)} wei where ${String(needed)} are needed: send more along.`,
  InvalidShortString: () => "the contract's name is stored wrongly, which should be impossible: please report this.",
  StringTooLong: ([text]) => `the text "${String(text)}" is too long for where it goes: give at most 31 bytes.`,
  CheckpointUnorderedInsertion: () =>
    "the court would write its history out of order, which should be impossible: please report this.",
  ReentrancyGuardReentrantCall: () =>
    "the contract was called back in the middle of a call, which it refuses: no token, hook or wallet may do that.",
  SafeCastOverflowedUintDowncast: ([bits, value]) =>
    `the number ${String(value)} does not fit into ${String(bits)} bits: give a smaller one.`,
  SafeERC20FailedOperation: ([token]) =>
    `the token ${String(token)} refused the transfer: check balance, allowance, and that the address is a token's.`,

  // Tokens
  ERC20InsufficientBalance: ([sender, balance, needed]) =>
    `${String(sender)} has ${units(balance)} of the token, less than the ${units(needed)} needed: get more first.`,
  ERC20InsufficientAllowance: ([spender, allowance, needed]) =>
    `${String(spender)} may take ${units(allowance)} of the token, less than the ${units(needed)} needed: approve more first.`,
  ERC20InvalidSender: ([sender]) => `the token takes nothing from ${String(sender)}: name another account.`,
  ERC20InvalidReceiver: ([receiver]) => `the token sends nothing to ${String(receiver)}: name another account.`,
  ERC20InvalidApprover: ([approver]) => `the token takes no approval of ${String(approver)}: name another account.`,
  ERC20InvalidSpender: ([spender]) => `the token lets ${String(spender)} spend nothing: name another account.`,
  ERC2612ExpiredSignature: ([deadline]) =>
    `the permit was valid until ${time(deadline)}: let its owner sign a new one.`,
  ERC2612InvalidSigner: ([signer, owner]) =>
    `the permit of ${String(owner)} was signed by ${String(signer)} or in another domain: let the owner sign again.`,
  ERC3009InvalidSignature: () =>
    "the ERC-3009 authorization is not signed by its payer, or in another domain: let the payer sign again.",
  ERC3009InvalidAuthorizationTime: ([after, before]) =>
    `the ERC-3009 authorization is valid after ${time(after)} and before ${time(before)}: wait, or let the payer sign again.`,
  ERC3009UsedAuthorization: ([authorizer, nonce]) =>
    `the ERC-3009 authorization ${String(nonce)} of ${String(authorizer)} was used or cancelled: let it sign a new one.`,
  EnforcedPause: () => "the token's issuer has paused it: try again later, or pay in another token.",

  // Permit2
  SignatureExpired: ([deadline]) =>
    `the Permit2 signature was valid until ${time(deadline)}: let the client sign again.`,
  InvalidAmount: ([maximum]) =>
    `the Permit2 signature allows at most ${units(maximum)}: let the client sign for the offer's amount.`,
  InvalidNonce: () => "the nonce of the Permit2 signature was used or cancelled: let the client sign with another.",
  InvalidSignatureLength: () => "the Permit2 signature has neither 64 nor 65 bytes: let the client sign again.",
  InvalidSignature: () => "the Permit2 signature is not a signature: let the client sign again.",
  InvalidSigner: () =>
    "the Permit2 signature is not the client's for this token, amount, job and escrow: let the client sign again.",
  InvalidContractSignature: () => "the client's wallet contract does not confirm the Permit2 signature: ask its owner.",
};
