export { Activity, SessionExit, Size, TerminalSignal } from "../domain/index.ts";
export { HostFile, LifeFile } from "./files.ts";
export { HOST_OPS, HOST_PATH, HOST_PROTOCOL, HOST_SUBPROTOCOL, HostAnswer, HostEvent, HostRequest, HostSession, type HostInput, type HostOp, type HostOutput } from "./host-protocol.ts";
