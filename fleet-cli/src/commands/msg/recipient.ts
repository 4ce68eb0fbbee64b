import type { ArgSpec } from "../command.ts";

export const TO: ArgSpec = { name: "TO", help: "a session (node:id, node:name, id or name), @NODE for that node's people, @ for this machine's", required: true, offers: "targets" };
