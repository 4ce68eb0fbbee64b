// The mailboxes of this node. A message is in one once, however often it is delivered, and an unread one is never dropped.
import type { MessageRecord } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { sessionOf, type MessageRow } from "../store/index.ts";
import { recordOf } from "./record.ts";
import type { Bounds, MessagesDeps } from "./types.ts";

/** What a message counts for beside its text. */
const OVERHEAD = 200;
/** A page as JSON within JSON has to fit into a message of NATS. */
const PAGE_BYTES = 180_000;
const PAGE = 200;
const CHUNK = 50;
/** An id is remembered longer than any message may wait for its node. */
const KNOWN_MS = 40 * 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;

export type Accepted = Omit<MessageRow, "place" | "read_at" | "received_at" | "bytes">;

export interface PageRequest {
  readonly unread: boolean;
  readonly after: number;
  readonly limit?: number;
  readonly replyTo?: string;
  readonly matches?: (record: MessageRecord) => boolean;
}

export interface Inbox {
  /** @returns false when it was here before. @throws FleetError `inbox-full`, `replayed` for another sender's id, `disk` */
  accept(message: Accepted): boolean;
  page(mailbox: string, request: PageRequest): { messages: MessageRecord[]; next: number; more: boolean };
  /** Resolves when something came into that mailbox, after the time, or when this is closed. */
  news(mailbox: string, waitMs: number): Promise<void>;
  /** @returns how many were unread. @throws FleetError `disk` */
  markRead(mailbox: string, ids: readonly string[]): number;
  /** @returns whether it was there. @throws FleetError `disk` */
  remove(mailbox: string, id: string): boolean;
  close(): void;
  readonly closed: boolean;
}

export function createInbox({ store, node, sessionRecord, now, bounds }: MessagesDeps & { readonly bounds: Bounds }): Inbox {
  const waiting = new Set<{ readonly mailbox: string; readonly wake: () => void }>();
  let closed = false;
  let pruneAt = 0;

  function makeRoom(mailbox: string, bytes: number): void {
    for (;;) {
      const used = store.messages.usage(mailbox);
      if (used.count < bounds.inboxCount && used.bytes + bytes <= bounds.inboxBytes) return;
      if (!store.messages.removeOldestRead(mailbox)) throw new FleetError("inbox-full", `the inbox is full: ${used.count} messages that nobody has read`);
    }
  }

  /** Its count of unread messages is part of a session's record. */
  function told(mailbox: string): void {
    const id = sessionOf(mailbox);
    const session = id === undefined ? undefined : sessionRecord(id);
    if (session !== undefined) node.tell({ kind: "session-changed", session });
  }

  function announce(row: MessageRow): void {
    const { id, from, to, subject } = recordOf(row, node.name());
    const of = sessionOf(row.mailbox);
    const session = of === undefined ? undefined : sessionRecord(of);
    node.tell({ kind: "message-received", message: { id, from: from.address, to, subject }, ...(session === undefined ? {} : { session }) });
  }

  return {
    accept(message) {
      const known = store.messages.known(message.id);
      if (known !== undefined) {
        if (known.from_key === message.from_key && known.from_box === message.from_box) return false;
        throw new FleetError("replayed", "another sender's message has this id");
      }
      store.ensureWritable();
      const bytes = Buffer.byteLength(message.text) + Buffer.byteLength(message.subject ?? "") + OVERHEAD;
      // Once the sender's node has heard of it, it forgets the text.
      store.durably(() => {
        makeRoom(message.mailbox, bytes);
        store.messages.insert({ ...message, received_at: now(), bytes });
        if (now() < pruneAt) return;
        pruneAt = now() + PRUNE_EVERY_MS;
        store.messages.pruneKnown(now() - KNOWN_MS);
      });
      const row = store.messages.get(message.id);
      if (row !== undefined) announce(row);
      for (const one of waiting) if (one.mailbox === message.mailbox) one.wake();
      return true;
    },

    page(mailbox, { unread, after, limit = PAGE, replyTo, matches }) {
      const read = replyTo !== undefined ? (place: number) => store.messages.repliesTo(mailbox, replyTo).filter((row) => row.place > place) : unread ? (place: number) => store.messages.unreadAfter(mailbox, place, CHUNK) : (place: number) => store.messages.after(mailbox, place, CHUNK);
      const messages: MessageRecord[] = [];
      let next = after;
      let bytes = 0;
      for (;;) {
        const rows = read(next);
        for (const row of rows) {
          const record = recordOf(row, node.name());
          if (matches?.(record) === false || (unread && row.read_at !== null)) {
            next = row.place;
            continue;
          }
          bytes += JSON.stringify(JSON.stringify(record)).length;
          if (messages.length > 0 && (messages.length >= limit || bytes > PAGE_BYTES)) return { messages, next, more: true };
          messages.push(record);
          next = row.place;
        }
        if (rows.length === 0) return { messages, next, more: false };
      }
    },

    news(mailbox, waitMs) {
      return new Promise((resolve) => {
        const one = { mailbox, wake: done };
        const timer = setTimeout(done, waitMs);
        waiting.add(one);
        function done(): void {
          clearTimeout(timer);
          waiting.delete(one);
          resolve();
        }
      });
    },

    markRead(mailbox, ids) {
      store.ensureWritable();
      const read = store.transaction(() => ids.filter((id) => store.messages.get(id)?.mailbox === mailbox && store.messages.markRead(id, now())).length);
      if (read > 0) told(mailbox);
      return read;
    },

    remove(mailbox, id) {
      const row = store.messages.get(id);
      if (row?.mailbox !== mailbox) return false;
      store.ensureWritable();
      store.messages.remove(id);
      if (row.read_at === null) told(mailbox);
      return true;
    },

    get closed() {
      return closed;
    },
    close() {
      closed = true;
      for (const { wake } of waiting) wake();
    },
  };
}
