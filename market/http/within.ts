import { Problem } from "./Problem";

/** The promise's value, or a 503 if that takes longer. The work itself goes on: the database bounds it. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new Problem(503, "The index took too long to answer: try again later.", undefined, { "retry-after": "5" }),
      );
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
