export { announceRelay, issuersOf, readJsonFile, readSigners, registryFiles, watchedIssuers, writePrivateFile, type ServiceUsers, type Signers } from "./hub-files.ts";
export { entitlementText, mintScopedUser } from "./mint.ts";
export { runRegistry } from "./run-registry.ts";
export { type RegistryOptions } from "./types.ts";
