/**
 * A gas limit that every call of the market keeps to, whatever hooks and recipients do: the escrow wants its capped
 * calls' whole caps in hand, and a verdict has two callbacks, four payouts and a record. An estimate is less: it is
 * what the call needs if they behave as they did for the estimate, and a hook or a recipient that waits for the real
 * call can make that fail. Verdicts, which have a deadline, should be sent with this. Only what is used is paid.
 */
export const SAFE_GAS_LIMIT = 3_000_000n;
