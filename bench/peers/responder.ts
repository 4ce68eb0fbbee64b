/** Where the bare responder of the NATS comparison listens. */
export const RESPONDER_SUBJECT = "bench.bare";
