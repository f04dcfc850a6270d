/** The enum Misbehaviour of contracts/mocks/Misbehaviour.sol. */
export const MISBEHAVIOUR = {
  None: 0,
  Revert: 1,
  RevertBomb: 2,
  ReturnBomb: 3,
  BurnGas: 4,
  BurnGasAndSucceed: 5,
} as const;

/** The enum CallbackToken.Moment. */
export const MOMENT = { BeforeTransfer: 0, AfterTransfer: 1, Permit: 2, Authorization: 3, BalanceOf: 4 } as const;

/** The enum HookBase.Phase. */
export const PHASE = { Before: 0, After: 1 } as const;

/** The enum ScriptedOracle.Conduct. */
export const ORACLE = { Honest: 0, Silent: 1, Short: 2, Reverting: 3, BurningGas: 4 } as const;
