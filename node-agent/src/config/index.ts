export { ensureDirectories } from "./directories.ts";
export { defaultNodeName } from "./node-name.ts";
export { readSettings, type Environment } from "./read-settings.ts";
export { parseListen, type MetricsSettings, type Settings } from "./settings.ts";
export { expandTilde } from "@fleetwire/shared/config";
export { VERSION } from "./version.ts";
