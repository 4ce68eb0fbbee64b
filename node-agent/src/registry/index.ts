export { announceRelay, issuersOf, readJsonFile, readSigners, registryFiles, ServiceUsers, type Signers, writePrivateFile } from "./hub-files.ts";
export type { CredentialEvent, CredentialListener } from "./credential-event.ts";
export { defaultLifetimeS, issue } from "./issue.ts";
export { entitlementText, mintScopedUser } from "./mint.ts";
export { openRegister, type CredentialRecord, type Register, type TokenRecord, type UseRecord } from "./register.ts";
export { runRegistry } from "./run-registry.ts";
export { changeTrust, readTrustState, untilOf, watchedTrust, type TrustState } from "./trust-state.ts";
export { type RegistryOptions } from "./types.ts";
