export { attachTerminal } from "./attach-terminal.ts";
export { Listeners, withResolvers } from "./listeners.ts";
export { OuterTerminal } from "./outer-terminal.ts";
export { Playback, SPEED } from "./playback.ts";
export { replayTerminal } from "./replay-terminal.ts";
export type { AttachResult, Passing, TerminalOptions } from "./types.ts";
