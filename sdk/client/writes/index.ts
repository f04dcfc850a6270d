import { agentWrites } from "./agents";
import { disputeWrites } from "./disputes";
import { feedbackWrites } from "./feedback";
import { hiringWrites } from "./hiring";
import { jobWrites } from "./jobs";
import { moneyWrites } from "./money";
import { verdictWrites } from "./verdicts";

/** Every write of the market: a verb of the client and of its `simulate` twin each. */
export const WRITES = /* @__PURE__ */ allWrites();

// A bundler cannot know of a spread that it does nothing but copy; of an annotated call it can.
function allWrites() {
  return {
    ...agentWrites,
    ...hiringWrites,
    ...jobWrites,
    ...verdictWrites,
    ...disputeWrites,
    ...feedbackWrites,
    ...moneyWrites,
  };
}
