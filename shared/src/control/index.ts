export { Activity, ActivityState, OutputGap, OutputStart, type ScreenColor, ScreenPage, ScreenPicture, type ScreenRow, type ScreenRun, type ScreenStyle, SessionExit, Size, TerminalSignal, Typed, TypingConditions, UNDERLINES } from "../domain/index.ts";
export { AgentRules, patternOf, type ScreenRule, type TextRule } from "./agent-rules.ts";
export { HostFile, LifeFile } from "./files.ts";
export { HOST_OPS, HOST_PATH, HOST_PROTOCOL, HOST_SUBPROTOCOL, HostAnswer, HostEvent, HostRequest, HostSession, type HostInput, type HostOp, type HostOutput } from "./host-protocol.ts";
