import { openIndex } from "../../../market/openIndex";
import type { IndexOptions } from "../../../market/openIndex";

/* Follows a chain until it is killed, and prints each block that it has written. Its options are its argument, as JSON. */

const options = JSON.parse(process.argv[2] ?? "{}") as IndexOptions;

void openIndex(options).then(async (index) => {
  index.onBlock(({ number }) => {
    console.log(number);
  });
  await index.follow();
});
