/*
 * What the package publishes: all of the SDK that needs no file of this repository and no further library.
 */
export * from "./accountSignature";
export * from "./availableActions";
export * from "./boundedJson";
export * from "./caip";
export * from "./canonicalJson";
export * from "./catalogue";
export * from "./checksum";
export * from "./client";
export * from "./confidential";
export * from "./courtDisputes";
export * from "./courts";
export * from "./courtSeats";
export * from "./courtTiers";
export * from "./create2";
export * from "./deliverable";
export * from "./discovery/client";
export type {
  Agent,
  AgentRecord,
  Endpoint,
  Feedback,
  FileState,
  Job as IndexedJob,
  JobDetail,
  JobFilter,
  MarketReader,
  Measure,
  Overview,
  Page,
  Reason,
  SearchRequest,
  SearchResult,
  Service,
  Status,
  TimelineEntry,
  Weights,
} from "./discovery/model";
export { MEASURES } from "./discovery/model";
export * from "./disputes";
export * from "./eip712Names";
export * from "./enums";
export * from "./errors";
export * from "./errorSentences";
export * from "./forwarder";
export * from "./funding";
export * from "./gas";
export * from "./hiring";
export * from "./InvalidInputError";
export * from "./jobId";
export * from "./jobs";
export * from "./market";
export * from "./negotiation";
export * from "./networks";
export * from "./offers";
export * from "./records";
export * from "./registration";
export * from "./relay";
export * from "./safePattern";
export type { Schema } from "./safeSchema";
export { SCHEMA_BOUNDS, schemaProblems } from "./safeSchema";
export * from "./safeSchemaCheck";
export * from "./schemaValidator";
export * from "./seedProof";
export * from "./signedAcceptance";
export * from "./signedOffer";
export * from "./terms";
export * from "./tokenDomain";
export * from "./units";
export * from "./votes";
export * from "./walletIntents";
export * from "./walletPolicy";
export * from "./wallets";
export * from "./walletView";
