module.exports = {
  skipFiles: ["mocks", "interfaces"],
  // Instrumented sources are too deep for the legacy pipeline; of viaIR, the minimum is the fastest that compiles them.
  irMinimum: true,
  istanbulReporter: ["text", "html", "json-summary"],
};
