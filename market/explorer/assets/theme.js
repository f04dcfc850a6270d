// @ts-check
/*
 * Runs before the first paint, so that the page never flashes in the other theme: a classic script for that reason.
 */
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; the system's preference counts then.
}
