import { expect } from "chai";

import type { Mutant } from "../../../scripts/mutation/mutants";
import type { Result } from "../../../scripts/mutation/results";
import type { Score } from "../../../scripts/mutation/summary";
import { summaryOf, withScores } from "../../../scripts/mutation/summary";

const TALLY = "contracts/libraries/Tally.sol";
const FACTS = "contracts/libraries/Facts.sol";

const mutant = (id: string, file = TALLY): Mutant => ({
  id,
  file,
  number: 1,
  line: 7,
  functionName: "count",
  operator: "test",
  form: "statement",
  original: "a ||\n b",
  text: "",
  start: 0,
  end: 0,
});
const results = (statuses: Record<string, Result["status"]>) =>
  new Map(Object.entries(statuses).map(([id, status]) => [id, { id, status }]));
const old: Score = { digest: "old", command: "earlier", mutants: 9, tried: 8, survivors: [] };

describe("the summary of mutation testing", () => {
  const [first, second, third] = [mutant("01"), mutant("02"), mutant("03")];

  it("takes all results of the chosen mutants' sources, and leaves the other sources' scores", () => {
    const known = results({ "01": "killed", "02": "survived", "04": "survived" });
    const elsewhere = mutant("04", FACTS);
    const scores = withScores({ [FACTS]: old }, [first, second, third, elsewhere], [first], known, "now");
    expect(scores[FACTS]).to.equal(old);
    const { digest, ...score } = scores[TALLY]!;
    expect(digest).to.match(/^[0-9a-f]{12}$/);
    expect(score).to.deep.equal({
      command: "now",
      mutants: 3,
      tried: 2,
      survivors: [{ id: "02", line: 7, functionName: "count", original: "a ||\n b", text: "" }],
    });
  });

  it("counts a time-out as noticed, and forgets what was noticed since", () => {
    const before = withScores({}, [first, second], [first], results({ "01": "survived" }), "then");
    const after = withScores(before, [first, second], [first], results({ "01": "killed", "02": "timed out" }), "now");
    expect(before[TALLY]!.survivors).to.have.length(1);
    expect([after[TALLY]!.tried, after[TALLY]!.survivors.length]).to.deep.equal([2, 0]);
  });

  it("keeps an older score where the time was over before a mutant was tried", () => {
    expect(withScores({ [TALLY]: old }, [first], [first], results({}), "now")).to.deep.equal({ [TALLY]: old });
  });

  it("tells the score, the commands, what was measured before a change, and each survivor's reason", () => {
    const scores = withScores(
      { [FACTS]: old },
      [first, second],
      [first, second],
      results({ "01": "killed", "02": "survived" }),
      "now",
    );
    const page = summaryOf(scores, {}).split("\n");
    expect(page).to.include.members([
      "earlier",
      "now",
      `| \`${TALLY}\` | 2 | 2 | 1 | 50.0% |`,
      `| \`${FACTS}\` \\* | 8 | 9 | 8 | 100.0% |`,
      "| **all** | 10 | 11 | 9 | 90.0% |",
      "\\* before the last change to this source",
      `| \`02\` | \`${TALLY}:7\` count | \`a \\|\\| b\` → nothing | not looked into yet |`,
    ]);
    expect(summaryOf(scores, { "02": "No matter." })).to.include("→ nothing | No matter. |");
    const { [TALLY]: current } = scores;
    expect(summaryOf({ [TALLY]: current! }, {})).not.to.include("\\*");
  });
});
