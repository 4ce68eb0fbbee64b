export { DEFAULT_MAX_CHARS, type Limits } from "./limits.ts";
export { serveMcp } from "./serve.ts";
export { TOOLS, type ToolName } from "./tools/table.ts";
