/** A row of the gas table. */
export interface Budget {
  /** Upper bound in gas for one transaction; absent where only growth is watched. */
  readonly budget?: number;
  /** What the same step costs in the standards' reference implementations, where it was measured. */
  readonly reference?: number;
}

/*
 * What each step may cost, for an ordinary ERC-20 with its approval in place, both agents registered, escrow
 * and provider already holding that token. A new storage slot costs 22,100, an update 5,000, a transaction 21,000.
 */
export const BUDGETS = {
  "register(), an owner's second": { budget: 75_000, reference: 89_783 },
  "register(uri of 66 bytes), an owner's second": { budget: 160_000, reference: 183_552 },
  "hire, client named": { budget: 180_000 },
  "hire, open offer, first": { budget: 200_000 },
  "hire, open offer, later": { budget: 183_000 },
  submit: { budget: 42_000, reference: 62_300 },
  "complete, both new to the ledger": { budget: 180_000, reference: 254_900 },
  "complete, known agents, new pair": { budget: 118_000, reference: 254_900 },
  "complete, a pair that has met": { budget: 96_000, reference: 254_900 },
  // ERC-8183's own path, in four transactions.
  createJob: { reference: 201_500 },
  setBudget: { reference: 83_800 },
  approve: { reference: 46_300 },
  fund: { reference: 95_000 },
  // Other ways to hire.
  "hire by ERC-2612": {},
  "hire by ERC-3009, sent by a stranger": {},
  "hire by Permit2, sent by a stranger": {},
  // Other ways to end.
  completePartially: {},
  "reject after submission": {},
  decline: {},
  "claimRefund, undelivered": {},
  claimPayment: {},
  withdraw: {},
  giveJobFeedback: {},
  giveFeedback: {},
  // Fair settlement. The first is what it costs those who never disagree; the silent ones pay for `finalise` besides.
  "an undisputed job, over a plain account as evaluator": { budget: 15_000 },
  "hire, client named, optimistic evaluator": {},
  "accept, a pair that has met": {},
  "finalise, silence": {},
  dispute: {},
  contest: {},
  concede: {},
  "finalise, as ruled": {},
  // The court. The whole of a case counts its ten transactions, what `escalate` does outside the court included.
  "a case of three jurors, in the court": { budget: 950_000 },
  "escalate, with the court's createDispute": {},
  "createDispute by an account, in the token": {},
  seed: {},
  commit: {},
  reveal: {},
  deliverRuling: {},
  "execute, three coherent jurors": {},
  appeal: {},
  conclude: {},
  "execute, seven wrong jurors and an appellant": {},
  "execute, fifteen coherent jurors": {},
  "join, one seat": {},
  // Wallets with limits. What is "over" compares with a plain key that does the same in the same state.
  "createWallet, owner and guardian": { budget: 140_000 },
  "createWallet, with a key and its policy": {},
  grant: {},
  "hire through a wallet, over a plain key": { budget: 60_000 },
  "hire through a wallet": {},
  "pay, over a plain transfer": { budget: 70_000 },
  pay: {},
  "reserve, an ERC-3009 transfer": {},
  "execute, an intent to pay": {},
  freeze: { budget: 35_000 },
} as const satisfies Record<string, Budget>;

export type Step = keyof typeof BUDGETS;

/** The limit of EIP-170, in bytes. */
export const SIZE_LIMIT = 24_576;
