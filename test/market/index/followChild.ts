import { openIndex } from "../../../market/openIndex";
import type { IndexOptions } from "../../../market/openIndex";

/* Follows a chain until it is killed, and prints each block that it has written. Its options are its argument, as JSON. */

async function main(): Promise<void> {
  const index = await openIndex(JSON.parse(process.argv[2] ?? "{}") as IndexOptions);
  index.onBlock(({ number }) => {
    console.log(number);
  });
  await index.follow();
}

// Whoever runs all tests loads this file too.
if (require.main === module) void main();
