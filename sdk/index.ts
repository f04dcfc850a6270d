export * from "./public";
// Reads the deployments that are committed here.
export * from "./addresses";
// Takes part in x402's own library.
export * from "./x402Payer";
