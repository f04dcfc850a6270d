// @ts-check
/*
 * Says so when the page's scripts do not arrive, which they themselves could not. A classic script, ahead of them.
 */
addEventListener(
  "error",
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement)) return;
    const says = document.querySelector("main .state");
    if (says !== null) says.textContent = "A part of this page did not arrive. Load it again in a moment.";
  },
  // Failures to load do not bubble.
  true,
);
