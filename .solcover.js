module.exports = {
  skipFiles: ["mocks", "interfaces"],
  // Instrumented sources are too deep for the legacy pipeline; of viaIR, the minimum is the fastest that compiles them.
  irMinimum: true,
  // Formatted code has a statement to a line: counting both makes compiling and measuring slower, and tells nothing.
  measureStatementCoverage: false,
  istanbulReporter: ["text", "html", "json-summary"],
};
