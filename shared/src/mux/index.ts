export { encodeMux, MAX_DATA, MAX_MUX_FRAME, type MuxFrame } from "./frames.ts";
export { Mux, type MuxCarrier, type MuxOptions } from "./mux.ts";
export type { MuxStream } from "./stream.ts";
