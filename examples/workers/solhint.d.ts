/** The part of solhint's library that the linter calls; the package ships no types. */
declare module "solhint" {
  export interface SolhintFinding {
    line: number;
    column: number;
    /** 2 for an error, 3 for a warning. */
    severity: number;
    message: string;
    ruleId?: string;
  }

  export interface SolhintConfig {
    extends?: string | string[];
    rules: Record<string, unknown>;
  }

  export function processStr(source: string, config: SolhintConfig): { reports: SolhintFinding[] };
}
