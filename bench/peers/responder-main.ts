// The bare other end of a NATS request: answers each message with as many bytes, in a process of its own as a node is.
import { connect } from "nats";
import { RESPONDER_SUBJECT } from "./responder.ts";

const connection = await connect({ servers: process.argv[2] });
connection.subscribe(RESPONDER_SUBJECT, { callback: (_error, message) => void message.respond(message.data) });
await connection.flush();
process.stdout.write("{}\n");
process.stdin.on("end", () => process.exit(0)).resume();
