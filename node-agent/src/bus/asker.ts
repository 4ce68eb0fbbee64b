// Whose messages a caller may see and send, from how it came: nothing of it is in the request.
import { OPERATE } from "@fleetwire/shared/bus";
import type { Asker } from "../messages/index.ts";
import { callerMailbox, PEOPLE, sessionMailbox } from "../store/index.ts";
import { onlyOwn } from "./authorize.ts";
import { callerId, type Caller } from "./caller.ts";

export function askerOf(caller: Caller): Asker {
  switch (caller.kind) {
    case "socket":
      return { mailbox: PEOPLE, operator: true, local: true };
    case "session":
      return { mailbox: sessionMailbox(caller.session), operator: false, local: true };
    case "direct":
      return { mailbox: callerMailbox(callerId(caller)), operator: OPERATE.includes(caller.role), local: false, ...onlyOwn(caller), caller: { name: caller.name, role: caller.role } };
    case "bus":
      // On an open node whoever asks may do anything, also see what is read.
      return { mailbox: callerMailbox(callerId(caller)), operator: caller.role === null || OPERATE.includes(caller.role), local: false, ...onlyOwn(caller), caller: { key: caller.key, name: caller.name ?? caller.key.slice(0, 12), role: caller.role } };
  }
}
