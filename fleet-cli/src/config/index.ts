export { checkPrivate, writePrivate } from "./private-file.ts";
export { addServer, findServer, readServers, removeServer, type SavedServer } from "./servers.ts";
export { readSettings, type GivenSettings, type NatsSettings, type Settings } from "./settings.ts";
