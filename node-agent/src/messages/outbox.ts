// What was sent from this node to others waits here until its recipient's node has taken it. That node knows each message by its
// id, so that handing one over again after a crash or a lost answer changes nothing.
import { messageDeliver, USUAL_EXPIRY_MS } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, parseSessionRef, SessionName } from "@fleetwire/shared/ids";
import type { Peer } from "../fleet/index.ts";
import { sessionOf, type OutboxRow } from "../store/index.ts";
import { Lane, type Attempt, type Waiters } from "./lane.ts";
import type { Bounds, MessagesDeps } from "./types.ts";

const DELIVER_MS = 4_000;
/** How long a sender waits to hear whether it was delivered. */
const PATIENCE_MS = 6_000;
/** What became of a message is known for so long. */
const KEPT_MS = 40 * 86_400_000;
const OVERHEAD = 200;
const LOOK_MS = 60_000;

export interface Outgoing {
  readonly id: string;
  readonly node: string;
  /** Undefined: the name could not be looked up yet. */
  readonly peer: Peer | undefined;
  /** A session's id or name; empty: the people there. */
  readonly recipient: string;
  readonly from_box: string;
  readonly from_name: string | null;
  readonly subject: string | null;
  readonly text: string;
  readonly reply_to: string | null;
  readonly wants_reply: boolean;
  readonly expiresMs?: number;
}

export interface Outbox extends Disposable {
  /** Kept before anything is tried. @throws FleetError `outbox-full`, `disk` */
  send(message: Outgoing): Promise<Attempt & { readonly expiresAt: number }>;
  /** @returns whether it waited. @throws FleetError `outcome-unknown` while it is being handed over; `disk` */
  takeBack(row: OutboxRow): boolean;
  /** Everything that waits is tried now. */
  kickAll(): void;
}

export interface OutboxDeps extends MessagesDeps {
  readonly bounds: Bounds;
  /** Will not be delivered, and its sender was told that it is queued. */
  readonly undelivered: (row: OutboxRow, why: string) => void;
}

export function createOutbox(deps: OutboxDeps): Outbox {
  const { store, node, log, now, bounds } = deps;
  const table = store.outbox;
  const lanes = new Map<string, Lane>();
  const waiters: Waiters = new Map();

  function laneOf(key: string): Lane {
    let lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, (lane = newLane(key)));
    return lane;
  }

  function newLane(key: string): Lane {
    return new Lane({
      queued: (place, limit) => table.queued(key, place, limit),
      waits: (id) => table.get(id)?.state === "queued",
      deliver,
      delivered: (row) => table.finish(row.id, "delivered", now(), null),
      refused(row, error, known) {
        if (known) return table.remove(row.id);
        table.finish(row.id, "refused", now(), error.message);
        deps.undelivered(row, error.message);
      },
      expire,
      stays: (row, error) => row.reason === error.message || table.note(row.id, error.message),
      empty: watch,
      onFault: (error) => log.warn({ err: error }, "messages that wait could not be looked at"),
    }, waiters);
  }

  function expire(): void {
    for (const row of table.due(now())) {
      table.finish(row.id, "expired", now(), row.reason);
      deps.undelivered(row, `it waited too long${row.reason === null ? "" : `: ${row.reason}`}`);
    }
  }

  async function deliver(row: OutboxRow): Promise<"taken" | "moved"> {
    const peers = deps.peers();
    if (peers === undefined) throw new FleetError("nats-unreachable", "this node is in no fleet now");
    if (row.key === null) {
      const { key, pool } = await peers.find(NodeName.parse(row.node));
      table.pin(row.node, key, pool);
      laneOf(key).kick();
      return "moved";
    }
    const peer = { name: row.node, key: row.key, pool: row.pool ?? "default" };
    const sender = sessionOf(row.from_box);
    await peers.ask(
      peer,
      messageDeliver,
      {
        id: row.id,
        senderNode: node.name(),
        ...(sender === undefined ? {} : { senderSession: { id: sender, name: SessionName.safeParse(row.from_name).data ?? null } }),
        ...(row.recipient === "" ? {} : { session: parseSessionRef(row.recipient) }),
        text: row.text ?? "",
        ...(row.subject === null ? {} : { subject: row.subject }),
        ...(row.reply_to === null ? {} : { replyTo: row.reply_to }),
        wantsReply: row.wants_reply,
        sentAt: row.created_at,
      },
      DELIVER_MS,
    );
    return "taken";
  }

  /** Those that something waits for are listened for. */
  function watch(): void {
    deps.peers()?.watch(table.lanes().flatMap(({ key }) => key ?? []));
  }

  function kickAll(): void {
    const peers = deps.peers();
    peers?.onAlive((key) => lanes.get(key)?.kick(true));
    for (const { lane } of table.lanes()) laneOf(lane).kick(true);
    watch();
  }

  /** Also where nothing is ever sent again: what has expired is said, what is done is forgotten. */
  const looking = setInterval(() => {
    try {
      table.prune(now() - KEPT_MS);
      expire();
      for (const { lane } of table.lanes()) if (!lanes.has(lane)) laneOf(lane).kick();
    } catch (error) {
      log.debug({ err: error }, "the outbox could not be looked at");
    }
  }, LOOK_MS).unref();

  return {
    async send({ peer, expiresMs = USUAL_EXPIRY_MS, ...message }) {
      store.ensureWritable();
      const bytes = Buffer.byteLength(message.text) + Buffer.byteLength(message.subject ?? "") + OVERHEAD;
      const used = table.usage();
      if (used.count >= bounds.outboxCount || used.bytes + bytes > bounds.outboxBytes) throw new FleetError("outbox-full", `${used.count} messages wait here for nodes that can't be reached`);
      const expiresAt = now() + expiresMs;
      // What was sent before its key was known goes before it.
      if (peer !== undefined) table.pin(message.node, peer.key, peer.pool);
      store.durably(() => table.insert({ ...message, key: peer?.key ?? null, pool: peer?.pool ?? null, created_at: now(), expires_at: expiresAt, bytes }));
      const lane = laneOf(peer?.key ?? message.node);
      const outcome = lane.outcome(message.id, PATIENCE_MS);
      watch();
      lane.kick();
      return { ...(await outcome), expiresAt };
    },
    takeBack(row) {
      if (row.state !== "queued") return false;
      if (lanes.get(row.key ?? row.node)?.current === row.id) throw new FleetError("outcome-unknown", "it is being handed over at this moment", { hint: `'fleet msg status ${row.id}' says what becomes of it` });
      store.ensureWritable();
      table.remove(row.id);
      return true;
    },
    kickAll,
    [Symbol.dispose]() {
      clearInterval(looking);
      for (const lane of lanes.values()) lane.stop();
    },
  };
}
