/** Writes one line of JSON to stderr for each error: what a log collector reads. Nothing of it reaches the caller. */
export function logError(route: string, error: unknown): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  console.error(JSON.stringify({ level: "error", time: new Date().toISOString(), route, error: name, message, stack }));
}
