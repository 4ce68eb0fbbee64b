export { ConfigFile } from "./file.ts";
export { ServiceMarker } from "./service.ts";
export { expandTilde, pathsOf, type Paths } from "./paths.ts";
export type { NotifyRule } from "./notify-rule.ts";
