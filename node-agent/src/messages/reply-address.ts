// Where an answer goes: back to the mailbox and the key that a message came from.
import { FleetError } from "@fleetwire/shared/errors";
import { PEOPLE, sessionOf } from "../store/index.ts";
import { addressOf } from "./address.ts";
import { recipientMailbox } from "./own.ts";
import type { Asker, Destination, MessagesDeps } from "./types.ts";

/** @throws FleetError `unknown-message`, `not-running`, `unknown-session` */
export function replyAddress(deps: MessagesDeps, id: string, asker: Asker): Destination {
  const { store, node } = deps;
  const message = store.messages.get(id);
  if (message === undefined || (message.mailbox !== asker.mailbox && !(asker.local && asker.operator))) throw new FleetError("unknown-message", `there is no message ${id} in your mailbox on ${node.name()}`);
  if (message.kind === "notice") throw new FleetError("bad-input", `message ${id} is the node's own word about another one`);
  const session = sessionOf(message.from_box);
  if (message.from_node === null) {
    // A caller without a node looks for answers here.
    if (session === undefined) return { kind: "here", mailbox: message.from_box };
    return { kind: "here", mailbox: recipientMailbox(deps, { id: session }) };
  }
  if (!asker.local) throw new FleetError("denied", `${addressOf(message.from_box, message.from_node)} is on another node: only programs on ${node.name()} send through it`, { hint: "answer from that machine, or from one of its sessions" });
  return { kind: "there", node: message.from_node, recipient: message.from_box === PEOPLE ? "" : String(session), ...(message.from_key === null ? {} : { key: message.from_key }) };
}
