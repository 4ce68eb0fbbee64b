export { ATTACH_PATH, decodeFrame, encodeFrame, encodeHeader, FRAME, HEADER_BYTES, HELLO_MS, MAX_MESSAGE, MAX_PAYLOAD, PING_MS, RESUME_MS, SILENCE_MS, SUBPROTOCOL, type Frame, type FrameKind } from "./frames.ts";
export { ClientMessage, CLOSE, HostMessage, LogStart, TimeMark, Want } from "./messages.ts";
export { checkRelayProof, MAX_RELAY_TEXT, openRelayPass, proveRelay, RELAY_NODE_PATH, RELAY_PASS_MS, RELAY_SUBPROTOCOL, RELAY_TO_PATH, RELAY_WINDOW, RelayChallenge, RelayHello, RelayPass, RelayWelcome, relayUrlTo, sealRelayPass } from "./relay.ts";
export { checkAttachProof, createAttachKey, openTicket, proveAttach, sealTicket, Ticket, TICKET_MS, type Handshake } from "./ticket.ts";
export { httpUrlOf, isLoopback, normalizeNodeUrl } from "./url.ts";
export type { KeyPair } from "../keys/index.ts";
