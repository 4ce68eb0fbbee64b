// Messages as this server's limits leave them: nobody outside of them is written to, and nothing that they sent is shown.
import { messageSend, type MessageRecord } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { parseAddress, printable, type NodeName } from "@fleetwire/shared/ids";
import { firstAnswer, followInbox, mailboxOf, markRead, readInbox, sendMessage, type FleetClient, type Mailbox, type MessageContent, type SentMessage } from "../client/index.ts";
import type { AllowedFleet } from "./allowed-fleet.ts";
import { seesNode, type Limits } from "./limits.ts";

export interface InboxQuery {
  readonly unread: boolean;
  readonly from?: string | undefined;
  /** Unread ones, at most. */
  readonly limit: number;
  /** Milliseconds to wait for something unread, when there is nothing. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

export class AllowedMail {
  readonly #client: FleetClient;
  readonly #limits: Limits;
  readonly #fleet: Pick<AllowedFleet, "home" | "session">;

  constructor(client: FleetClient, limits: Limits, fleet: Pick<AllowedFleet, "home" | "session">) {
    this.#client = client;
    this.#limits = limits;
    this.#fleet = fleet;
  }

  /** That of whoever this server acts as. @param node which one to ask, where this machine has none @throws FleetError `needs-flag` when it has to be said, `unknown-node` */
  async mailbox(node: NodeName | undefined): Promise<Mailbox> {
    if (node !== undefined && !seesNode(this.#limits, node)) throw unknownNode(node);
    return mailboxOf(this.#client, undefined, node);
  }

  /** @throws FleetError `unknown-node`, `unknown-session`, `denied` outside of the limits */
  async send(to: string, content: MessageContent): Promise<SentMessage> {
    return sendMessage(this.#client, await this.#recipient(to), content);
  }

  /** @throws FleetError `unknown-message` */
  async reply(mailbox: Mailbox, id: string, content: MessageContent, signal: AbortSignal): Promise<SentMessage> {
    if (this.#limited) {
      const message = (await readInbox(this.#client, mailbox, {}, undefined, { signal })).find((one) => one.id === id);
      if (message === undefined || !(await this.#seesSender(message))) throw new FleetError("unknown-message", `there is no message ${printable(id)}`);
    }
    return { answer: await this.#client.call(messageSend, { replyTo: id, ...content }, mailbox.place, { signal }), place: mailbox.place };
  }

  /** Undefined: none came in time. @throws FleetError `node-unreachable`, `cancelled` */
  async answerTo(sent: SentMessage, timeoutMs: number, signal: AbortSignal): Promise<MessageRecord | undefined> {
    const answer = await firstAnswer(this.#client, sent, { until: Date.now() + timeoutMs, signal, onNote: () => undefined });
    if (answer === undefined && signal.aborted) throw new FleetError("cancelled", "the client cancelled the call");
    return answer;
  }

  /** What nobody has read, oldest first, and then the rest, newest first. Nothing is marked as read. */
  async inbox(mailbox: Mailbox, query: InboxQuery): Promise<readonly MessageRecord[]> {
    const { from, limit, signal } = query;
    // Which of them may be seen is known only when all are here.
    const read = async (unread: boolean) => this.#visible(await readInbox(this.#client, mailbox, { unread, from }, unread && !this.#limited ? limit : undefined, { signal }));
    if (!query.unread) {
      const all = await read(false);
      return [...all.filter(({ readAt }) => readAt === null), ...all.filter(({ readAt }) => readAt !== null).toReversed()];
    }
    const found = await read(true);
    return found.length > 0 || query.waitMs === 0 || !(await this.#comes(mailbox, query)) ? found : read(true);
  }

  /** Something that may be seen, within the time. */
  async #comes(mailbox: Mailbox, { from, waitMs, signal }: InboxQuery): Promise<boolean> {
    for await (const message of followInbox(this.#client, mailbox, { filter: { from }, until: Date.now() + waitMs, signal, onNote: () => undefined })) if (await this.#seesSender(message)) return true;
    if (signal.aborted) throw new FleetError("cancelled", "the client cancelled the call");
    return false;
  }

  markRead(mailbox: Mailbox, messages: readonly Pick<MessageRecord, "id" | "readAt">[]): Promise<void> {
    return markRead(this.#client, mailbox, messages);
  }

  get #limited(): boolean {
    return this.#limits.nodes.length + this.#limits.tags.length > 0;
  }

  async #recipient(to: string): Promise<string> {
    const address = parseAddress(to);
    if (!this.#limited) return to;
    if (address.people === true) {
      if (this.#limits.tags.length > 0) throw new FleetError("denied", `only sessions with the tags ${this.#limits.tags.join(", ")} can be written to here, no people`, { hint: "whoever set up this server decides about others" });
      const seen = address.node === undefined ? (await this.#fleet.home()) !== undefined : seesNode(this.#limits, address.node);
      if (!seen) throw unknownNode(address.node);
      return to;
    }
    // What a session's tags are only its node can say.
    if (this.#limits.tags.length > 0 || address.node === undefined) return (await this.#fleet.session(to)).session.target;
    if (!seesNode(this.#limits, address.node)) throw unknownNode(address.node);
    return to;
  }

  async #visible(messages: readonly MessageRecord[]): Promise<readonly MessageRecord[]> {
    if (!this.#limited) return messages;
    const senders = new Map(messages.map((message) => [message.from.address, message]));
    const seen = new Set<string>();
    await Promise.all([...senders].map(async ([address, message]) => (await this.#seesSender(message)) && seen.add(address)));
    return messages.filter(({ from }) => seen.has(from.address));
  }

  /** As with events: people, and nodes themselves, have no tags. */
  async #seesSender({ from: { address, node, session } }: MessageRecord): Promise<boolean> {
    if (!this.#limited) return true;
    if (node === undefined || !seesNode(this.#limits, node)) return false;
    if (this.#limits.tags.length === 0) return true;
    return session !== undefined && this.#fleet.session(address).then(() => true, () => false);
  }
}

function unknownNode(name: NodeName | undefined): FleetError {
  return new FleetError("unknown-node", name === undefined ? "this machine's node is not among those that may be used here" : `there is no node '${printable(name)}' in this fleet`);
}
