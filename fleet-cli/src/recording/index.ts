export { CAST_VERSIONS, type CastVersion } from "./cast-format.ts";
export { readCast } from "./cast-reader.ts";
export { CastWriter } from "./cast-writer.ts";
export { recordSession, type Gap } from "./record-session.ts";
export type { RecordedEvent, Recording } from "./types.ts";
