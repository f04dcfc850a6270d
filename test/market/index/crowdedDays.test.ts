import { expect } from "chai";

import { readOverview } from "../../../market/store/overview";
import { openStore } from "../../../market/store/open";
import { insertRows } from "../../../market/store/bulk";
import { overBothDatabases } from "./support";

const DAY = 1_700_006_400;
const HONEST = `0x${"1".repeat(40)}`;
const COLUMNS = { id: "text", grp: "text", key: "text", value: "text" } as const;

describe("market index: days that strangers' tokens crowd", () => {
  overBothDatabases((database) => {
    it("still tell what was paid in the tokens that are shown", async () => {
      const store = await openStore(await database());
      const rows: string[][] = [];
      const count = (grp: string, key: string, value: string) => rows.push([`${grp}|${key}`, grp, key, value]);
      count("jobs of token", HONEST, "50");
      count("day hired", String(DAY), "1");
      count("day paid", `${DAY}|${HONEST}`, "700");
      for (let i = 0; i < 7_400; ++i) {
        const token = `0x${i.toString(16).padStart(40, "0")}`;
        count("jobs of token", token, "1");
        count("day paid", `${DAY + 86_400}|${token}`, "1");
      }
      try {
        await insertRows(store.writer, store.dialect, "counters", COLUMNS, rows, "id");
        const [day] = (await readOverview(store.reader)).days;
        expect(day!.paid).to.deep.equal([{ token: HONEST, amount: "700" }]);
      } finally {
        await store.close();
      }
    });
  });
});
