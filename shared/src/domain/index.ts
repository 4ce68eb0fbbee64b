export {
  Activity, ACTIVITY_STATES, ActivityState, BLOCK_REASONS, DEFAULT_SIZE, ENDED_STATES, exitCodeOf, hasEnded, nextState, RestartPolicy,
  SESSION_STATES, SessionExit, SessionRecord, SessionState, Size, type SessionEvent,
} from "./session.ts";
export { SessionSignal, SIGNAL_KINDS, TerminalSignal, withSignal } from "./terminal-signal.ts";
export { BEAT_MS, beatPeriodFor, beatPeriodWithin } from "./beat-period.ts";
export { chooseGpus, Gpu, GpuVendor, GpuWish, LeasedGpu, matchesWish } from "./gpu.ts";
export { Drain, Labels, liveMs, NodeRecord, NodeState, nodeStateOf } from "./node.ts";
export { type ScreenColor, ScreenCursor, ScreenModes, ScreenPage, ScreenPicture, ScreenRow, ScreenRun, type ScreenStyle, UNDERLINES } from "./screen.ts";
export { OutputGap, OutputStart } from "./output.ts";
export { LONGEST_TYPING_WAIT_MS, Receipt, Typed, TypingConditions } from "./typing.ts";
