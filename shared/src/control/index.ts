export { Activity, OutputGap, OutputStart, ScreenPage, ScreenPicture, SessionExit, Size, TerminalSignal, UNDERLINES, type ScreenColor, type ScreenRow, type ScreenRun, type ScreenStyle } from "../domain/index.ts";
export { HostFile, LifeFile } from "./files.ts";
export { HOST_OPS, HOST_PATH, HOST_PROTOCOL, HOST_SUBPROTOCOL, HostAnswer, HostEvent, HostRequest, HostSession, type HostInput, type HostOp, type HostOutput } from "./host-protocol.ts";
