// Messages between sessions and people. The recipient's node has them; what can't be delivered waits at the sender's node.
import { randomInt } from "node:crypto";
import type { InputOf, MessageRecord, messageSend, OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionRef } from "@fleetwire/shared/ids";
import { PEOPLE, sessionMailbox, sessionOf, type OutboxRow } from "../store/index.ts";
import { addressOf, recipientOf } from "./address.ts";
import { createInbox } from "./inbox.ts";
import { createOutbox } from "./outbox.ts";
import { mailboxFor, recipientMailbox, sessionRow } from "./own.ts";
import { peerOf } from "./peer-of.ts";
import { isFrom } from "./record.ts";
import { replyAddress } from "./reply-address.ts";
import { queueOf, statusOf } from "./status.ts";
import { BOUNDS, type Asker, type Destination, type Messages, type MessagesDeps } from "./types.ts";

type SendInput = InputOf<typeof messageSend>;

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const newId = () => Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");

export function createMessages(given: MessagesDeps): Messages {
  const deps = { ...given, bounds: BOUNDS };
  const { store, node, log, now } = deps;
  const inbox = createInbox(deps);
  const outbox = createOutbox({ ...deps, undelivered: (row, why) => notice(row, why) });

  /** Its sender was told that it is queued: that it never arrived is said in the sender's own mailbox. */
  function notice(row: OutboxRow, why: string): void {
    const session = sessionOf(row.from_box);
    if (session !== undefined && store.sessions.get(session) === undefined) return;
    const about = row.subject === null ? "" : ` (${row.subject})`;
    try {
      inbox.accept({ id: newId(), kind: "notice", mailbox: row.from_box, from_key: null, from_node: null, from_box: PEOPLE, from_name: null, from_role: null, subject: `not delivered: ${row.id}`, text: `Your message ${row.id} to ${recipientOf(row)}${about} was not delivered: ${why}`, reply_to: row.id, wants_reply: false, sent_at: now() });
    } catch (error) {
      log.warn({ id: row.id, code: FleetError.from(error).code }, "the sender could not be told of a message that was not delivered");
    }
  }

  function destination(input: SendInput, asker: Asker): Destination {
    const { session, people, replyTo, node: name } = input;
    if (session !== undefined && people !== undefined) throw new FleetError("bad-input", "a message is for a session or for people, not for both");
    if (session === undefined && people === undefined) {
      if (replyTo === undefined) throw new FleetError("bad-input", "a message is for a session, for people, or answers another one");
      return replyAddress(deps, replyTo, asker);
    }
    if (name !== undefined && name !== node.name()) {
      if (!asker.local) throw new FleetError("denied", `only programs on ${node.name()} send through it`, { hint: `ask node ${name} itself, or send from a machine whose node is in the fleet` });
      return { kind: "there", node: name, recipient: recipientText(session) };
    }
    return { kind: "here", mailbox: recipientMailbox(deps, session) };
  }

  /** @throws FleetError `denied` */
  function mayReach(to: Destination, asker: Asker): void {
    if (asker.launchedBy === undefined) return;
    const session = to.kind === "here" ? sessionOf(to.mailbox) : undefined;
    if (session === undefined || sessionRow(deps, { id: session }).launched_by !== asker.launchedBy) throw new FleetError("denied", "a job sends to sessions that it launched");
  }

  async function send(input: SendInput, asker: Asker): Promise<OutputOf<typeof messageSend>> {
    const to = destination(input, asker);
    mayReach(to, asker);
    const id = newId();
    const own = sessionOf(asker.mailbox);
    const name = own === undefined ? (asker.caller?.name ?? null) : sessionRow(deps, { id: own }).name;
    const message = { id, from_box: asker.mailbox, from_name: name, subject: input.subject ?? null, text: input.text, reply_to: input.replyTo ?? null, wants_reply: input.wantsReply ?? false };
    if (to.kind === "here") {
      inbox.accept({ ...message, kind: "message", mailbox: to.mailbox, from_key: asker.caller?.key ?? null, from_node: null, from_role: asker.caller?.role ?? null, sent_at: now() });
      return { id, state: "delivered", to: addressOf(to.mailbox, node.name()) };
    }
    const peer = await peerOf(deps, to);
    const { state, error, expiresAt } = await outbox.send({ ...message, node: to.node, peer, recipient: to.recipient, expiresMs: input.expiresMs });
    if (state === "refused") throw error ?? new FleetError("internal", "refused without a reason");
    const address = recipientOf(to);
    if (state === "delivered") return { id, state, to: address };
    return { id, state, to: address, reason: error?.message ?? `node ${to.node} did not take it yet`, expiresAt: new Date(expiresAt).toISOString() };
  }

  return {
    send,

    async deliver({ id, senderNode, senderSession, session, text, subject, replyTo, wantsReply, sentAt }, { key, named }) {
      const known = store.messages.known(id);
      // Whom it was for may be gone by now: that it came is all that was asked.
      const mailbox = known?.mailbox ?? recipientMailbox(deps, session);
      const name = known !== undefined || named === senderNode ? senderNode : await deps.peers()?.nameOf(key, senderNode);
      const fresh = inbox.accept({
        id, kind: "message", mailbox, from_key: key,
        // Nobody vouches for the name: then it is known by its key.
        from_node: name ?? key.slice(0, 12),
        from_box: senderSession === undefined ? PEOPLE : sessionMailbox(senderSession.id),
        from_name: senderSession?.name ?? null,
        from_role: null, subject: subject ?? null, text, reply_to: replyTo ?? null, wants_reply: wantsReply, sent_at: sentAt,
      });
      return { again: !fresh };
    },

    async inbox({ session, people, unread = false, from, replyTo, after = 0, limit, waitMs = 0 }, asker) {
      const mailbox = mailboxFor(deps, { session, people }, asker);
      const matches = from === undefined ? undefined : (record: MessageRecord) => isFrom(record.from, from);
      const until = Date.now() + waitMs;
      for (;;) {
        const page = inbox.page(mailbox, { unread, after, limit, replyTo, matches });
        const left = until - Date.now();
        if (page.messages.length > 0 || left <= 0 || inbox.closed) return { mailbox: addressOf(mailbox, node.name()), ...page, unread: store.unread(mailbox) };
        await inbox.news(mailbox, left);
      }
    },

    ack: ({ ids, ...whose }, asker) => ({ read: inbox.markRead(mailboxFor(deps, whose, asker), ids) }),
    status: ({ id }, asker) => statusOf(deps, id, asker),
    queue: (asker) => queueOf(deps, asker),

    remove({ id, ...whose }, asker) {
      if (inbox.remove(mailboxFor(deps, whose, asker), id)) return { removed: "inbox" };
      const sent = store.outbox.get(id);
      if (sent === undefined || !(asker.operator || sent.from_box === asker.mailbox)) throw new FleetError("unknown-message", `there is no message ${id} of yours here`);
      if (outbox.takeBack(sent)) return { removed: "queue" };
      throw new FleetError("unknown-message", `message ${id} doesn't wait here any more (${sent.state})`, { hint: `'fleet msg status ${id}' shows what became of it` });
    },

    connected: () => outbox.kickAll(),
    [Symbol.dispose]() {
      inbox.close();
      outbox[Symbol.dispose]();
    },
  };
}

function recipientText(ref: SessionRef | undefined): string {
  return ref === undefined ? "" : String("id" in ref ? ref.id : ref.name);
}
