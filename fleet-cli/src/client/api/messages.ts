// Messages between sessions, programs and people, as a program sends and gets them.
import { messageSend, type MessageRecord, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetClient } from "../types.ts";
import { followInbox } from "../verbs/follow-inbox.ts";
import { mailboxOf, readInbox, type Mailbox } from "../verbs/mailbox.ts";
import { acknowledge, markRead } from "../verbs/mark-read.ts";
import { firstAnswer } from "../verbs/request.ts";
import { sendMessage } from "../verbs/send-message.ts";
import { cancelled, linked, orCancelled, type Waiting } from "./abort.ts";
import { nodeName } from "./given.ts";

export interface MessageOptions extends Waiting {
  /** A line about it, at most 200 characters. */
  readonly subject?: string;
  /** How long it may wait for a node that is away, milliseconds. Default: seven days. */
  readonly expiresMs?: number;
}

export interface RequestOptions extends MessageOptions {
  /** Longest wait for the answer, milliseconds. Default: five minutes. */
  readonly timeoutMs?: number;
}

/** Which mailbox. One's own is on this machine's node, inside a session the session's. */
export interface MailboxOptions extends Waiting {
  /** Name of a node to ask instead: where this machine is no node of the fleet, answers to what was sent to a session are on the session's node. */
  readonly node?: string;
}

export interface ListenOptions extends MailboxOptions {
  /** Only from this session, `@node` or node. */
  readonly from?: string;
}

export interface InboxOptions extends ListenOptions {
  /** Only what was not read yet. */
  readonly unread?: boolean;
  /** The oldest so many. Default: all. */
  readonly limit?: number;
}

/** What became of a message at first: `delivered`, or `queued` here because of `reason`. */
export type MessageSent = OutputOf<typeof messageSend>;

const REQUEST_MS = 5 * 60_000;

/**
 * What is left for others to read, and for this program: `fleet.messages`. A recipient is a session (`node:id`, `node:name`, a name), `@node` for a node's people, `@` for this machine's. Methods
 * may throw a `FleetError`: `bad-target`, `unknown-session`, `unknown-node`, `too-large`, `denied`, `needs-flag` where no node keeps this
 * program's messages, and those of transport.
 */
export class Messages {
  readonly #client: FleetClient;
  readonly #note: (text: string) => void;

  /** @internal use `fleet.messages` */
  constructor(client: FleetClient, note: (text: string) => void) {
    this.#client = client;
    this.#note = note;
  }

  /** Leaves a message of at most 64 KiB. Who sends it is found out by the node: this session, this machine's people, or the credential. */
  send(to: string, text: string, { subject, expiresMs, signal }: MessageOptions = {}): Promise<MessageSent> {
    return orCancelled(async () => (await sendMessage(this.#client, to, { text, subject, expiresMs })).answer, signal);
  }

  /** Answers a message of one's mailbox. @param id the message's @throws FleetError `unknown-message` */
  async reply(id: string, text: string, { subject, expiresMs, node, signal }: MessageOptions & MailboxOptions = {}): Promise<MessageSent> {
    const { place } = await this.#mailbox(node, signal);
    return this.#client.call(messageSend, { replyTo: id, text, subject, expiresMs }, place, { signal });
  }

  /** Sends, and waits for the first answer, which is marked as read. @throws FleetError `timeout`: a late answer will be in the inbox; `node-unreachable`: nobody will see the request */
  async request(to: string, text: string, { subject, expiresMs, timeoutMs = REQUEST_MS, signal }: RequestOptions = {}): Promise<MessageRecord> {
    const until = Date.now() + timeoutMs;
    const sent = await orCancelled(() => sendMessage(this.#client, to, { text, subject, expiresMs, wantsReply: true }), signal);
    const { stop, unlink } = linked(signal);
    try {
      const answer = await firstAnswer(this.#client, sent, { until, signal: stop.signal, onNote: this.#note });
      if (answer !== undefined) return answer;
    } finally {
      unlink();
    }
    if (signal?.aborted === true) throw cancelled();
    throw new FleetError("timeout", `no answer from ${sent.answer.to} within ${timeoutMs / 1000} s (request ${sent.answer.id})`, { hint: "a late answer will be in the inbox" });
  }

  /** What came, oldest first. Nothing is marked as read: see `acknowledge`. */
  async inbox({ unread, from, limit, node, signal }: InboxOptions = {}): Promise<readonly MessageRecord[]> {
    return readInbox(this.#client, await this.#mailbox(node, signal), { unread, from }, limit, { signal });
  }

  /**
   * Each message that was not read, then those that come, until its signal or `break`; over every interruption of the node. One is marked
   * as read when the next is asked for or the loop is left: what a program that died had in hand comes again.
   */
  async *listen({ from, node, signal }: ListenOptions = {}): AsyncGenerator<MessageRecord, void, undefined> {
    if (signal?.aborted === true) return;
    const mailbox = await this.#mailbox(node, undefined);
    const { stop, unlink } = linked(signal);
    try {
      for await (const message of followInbox(this.#client, mailbox, { filter: { from }, until: Number.POSITIVE_INFINITY, signal: stop.signal, onNote: this.#note })) {
        try {
          yield message;
        } finally {
          await markRead(this.#client, mailbox, [message]);
        }
      }
    } finally {
      unlink();
    }
  }

  /** Marks messages as read. @returns how many were unread until now */
  async acknowledge(ids: readonly string[], { node, signal }: MailboxOptions = {}): Promise<number> {
    const mailbox = await this.#mailbox(node, signal);
    return orCancelled(() => acknowledge(this.#client, mailbox, ids), signal);
  }

  #mailbox(node: string | undefined, signal: AbortSignal | undefined): Promise<Mailbox> {
    return orCancelled(async () => mailboxOf(this.#client, undefined, node === undefined ? undefined : nodeName(node)), signal);
  }
}
