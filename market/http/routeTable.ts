import type { Route } from "./Route";
import { READ_ROUTES } from "./readRoutes";
import { SERVICE_ROUTES } from "./serviceRoutes";

/** Everything that the service answers, the explorer's files apart. */
export const ROUTES: readonly Route[] = [...READ_ROUTES, ...SERVICE_ROUTES];

export interface Match {
  readonly route: Route;
  readonly pathTexts: Record<string, string>;
}

const PATTERNS = ROUTES.map((route) => ({ route, parts: route.path.split("/") }));

/** The routes of a path, one for each method that it has, with what stood in the path's braces. */
export function matchRoutes(path: string): Match[] {
  const texts = path.split("/");
  return PATTERNS.flatMap(({ route, parts }) => {
    if (parts.length !== texts.length) {
      return [];
    }
    const pathTexts: Record<string, string> = {};
    for (const [i, part] of parts.entries()) {
      const text = texts[i] ?? "";
      if (part.startsWith("{")) {
        pathTexts[part.slice(1, -1)] = text;
      } else if (part !== text) {
        return [];
      }
    }
    return [{ route, pathTexts }];
  });
}
