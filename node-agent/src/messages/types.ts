// What the messages of a node are given, and who asks.
import type { InputOf, messageAck, messageDeliver, messageInbox, messageQueue, messageRm, messageSend, messageStatus, OutputOf, Role } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";
import type { PublicKey, SessionId } from "@fleetwire/shared/ids";
import type { Peers } from "../fleet/index.ts";
import type { Log } from "../log/index.ts";
import type { NodeService } from "../node/index.ts";
import type { Store } from "../store/index.ts";

/** Who asks, as the node found out. */
export interface Asker {
  /** Its own mailbox. */
  readonly mailbox: string;
  /** May look into others' mailboxes. */
  readonly operator: boolean;
  /** Has this node for its own: what can't be delivered waits here. */
  readonly local: boolean;
  /** A job: its reach ends at sessions that it launched. */
  readonly launchedBy?: string;
  /** Of a caller without a node: the key it proved, what it is called, its role (null: none was asked for). */
  readonly caller?: { readonly key?: PublicKey; readonly name: string; readonly role: Role | null };
}

/** Where a message goes: a mailbox here, or a session or the people of another node. */
export type Destination =
  | { readonly kind: "here"; readonly mailbox: string }
  | { readonly kind: "there"; readonly node: string; readonly recipient: string; readonly key?: string };

export interface Messages extends Disposable {
  /** @throws FleetError `inbox-full`, `outbox-full`, `unknown-session`, `not-running`, `unknown-node`, `unknown-message`, `denied`, `disk` */
  send(input: InputOf<typeof messageSend>, asker: Asker): Promise<OutputOf<typeof messageSend>>;
  /** @param key of the node that delivers; `named`: by its credential. @throws FleetError `inbox-full`, `unknown-session`, `not-running`, `replayed`, `disk` */
  deliver(input: InputOf<typeof messageDeliver>, node: { readonly key: PublicKey; readonly named?: string }): Promise<OutputOf<typeof messageDeliver>>;
  /** @throws FleetError `unknown-session`, `denied` */
  inbox(input: InputOf<typeof messageInbox>, asker: Asker): Promise<OutputOf<typeof messageInbox>>;
  /** @throws FleetError `unknown-session`, `denied`, `disk` */
  ack(input: InputOf<typeof messageAck>, asker: Asker): OutputOf<typeof messageAck>;
  /** @throws FleetError `unknown-message` */
  status(input: InputOf<typeof messageStatus>, asker: Asker): Promise<OutputOf<typeof messageStatus>>;
  queue(asker: Asker): OutputOf<typeof messageQueue>;
  /** @throws FleetError `unknown-message`, `denied`, `outcome-unknown`, `disk` */
  remove(input: InputOf<typeof messageRm>, asker: Asker): OutputOf<typeof messageRm>;
  /** The fleet can be reached (again): what waits is tried now. */
  connected(): void;
}

export interface MessagesDeps {
  readonly store: Store;
  readonly node: NodeService;
  /** As others see it; undefined when it was removed. */
  readonly sessionRecord: (id: SessionId) => SessionRecord | undefined;
  /** Undefined outside any fleet. */
  readonly peers: () => Peers | undefined;
  readonly log: Log;
  readonly now: () => number;
}

/** How much is kept: of a mailbox, and of what waits for other nodes. */
export interface Bounds {
  readonly inboxCount: number;
  readonly inboxBytes: number;
  readonly outboxCount: number;
  readonly outboxBytes: number;
}

export const BOUNDS: Bounds = { inboxCount: 1_000, inboxBytes: 8 * 2 ** 20, outboxCount: 2_000, outboxBytes: 16 * 2 ** 20 };
