export { attachTerminal } from "./attach-terminal.ts";
export type { AttachResult, TerminalOptions } from "./types.ts";
