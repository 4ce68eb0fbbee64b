export { acquireLock } from "./lock.ts";
export { type Operation, type OperationsTable } from "./operations-table.ts";
export { diskError } from "./connection.ts";
export { type EventBounds, type EventLog } from "./event-log.ts";
export { openStore, type Store } from "./store.ts";
export { SessionGpus, type SessionRow } from "./sessions-table.ts";
export { mergeLabels, type StoredSettings } from "./settings-table.ts";
export { type TokensTable } from "./tokens-table.ts";
