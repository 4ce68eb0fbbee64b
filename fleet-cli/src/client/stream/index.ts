export { openStream } from "./open-stream.ts";
export type { Grant, SizePolicy, SnapshotHeader, StreamEvent, StreamOptions, StreamStatus, TerminalStream, Way } from "./types.ts";
