// What a node says by itself: beats and numbered events, each signed with the node's key.
import { CONTRACT_VERSION, subjects, type Beat } from "@fleetwire/shared/bus";
import { BEAT_MS } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import { signDocument } from "@fleetwire/shared/keys";
import type { Connection } from "./connection.ts";
import type { FleetLinkDeps, NodeEvent } from "./types.ts";

/** Changes within this part of a period make one beat: 250 ms at the usual one. */
const COALESCE = 1 / 40;

export interface Publisher {
  /** @throws FleetError `nats-unreachable` while there is no connection: nothing is queued */
  event(event: NodeEvent): void;
  beat(): void;
  /** A beat soon, one for all changes until then. */
  beatSoon(): void;
  /** Beats once a period from now on, the first within one. @returns ends it */
  start(): () => void;
}

export function createPublisher(deps: Pick<FleetLinkDeps, "settings" | "nodeKey" | "instance" | "startedAt" | "node" | "numbering" | "audited">, connection: () => Connection | undefined, maxPayload: () => number, beatMs: () => number): Publisher {
  const { settings, nodeKey, instance, startedAt, node, numbering, audited } = deps;
  const self = nodeKey.publicKey as PublicKey;
  let soon: NodeJS.Timeout | undefined;
  /** One that is being ended takes nothing any more. */
  const usable = () => (connection()?.isDraining() === false ? connection() : undefined);

  function publish(subject: string, data: string): void {
    const open = usable();
    if (open === undefined) throw new FleetError("nats-unreachable", "not connected: nothing was published");
    open.publish(subject, data);
  }

  function beat(): void {
    clearTimeout(soon);
    soon = undefined;
    const { name, load, sessions, draining, resources } = node.record();
    const free = resources.memoryFreeBytes;
    const body: Beat = {
      v: CONTRACT_VERSION,
      name,
      pool: settings.pool,
      inst: instance,
      epoch: startedAt,
      seq: ++numbering.beats,
      rev: node.rev(),
      ...(node.lastEvent === undefined ? {} : { ev: node.lastEvent() }),
      load: Math.round(load * 100) / 100,
      run: sessions.running,
      total: sessions.total,
      ...(draining ? { drain: true } : {}),
      ...(free === undefined ? {} : { mem: Math.floor(free / 2 ** 20) }),
      ...(audited === undefined ? {} : { aud: audited() }),
      ...(beatMs() === BEAT_MS ? {} : { every: beatMs() }),
    };
    publish(subjects.beat(settings.fleet, self), JSON.stringify(signDocument("fleet.beat.1", body, nodeKey)));
  }

  return {
    beat,
    beatSoon() {
      soon ??= setTimeout(() => {
        soon = undefined;
        if (usable() !== undefined) beat();
      }, COALESCE * beatMs()).unref();
    },
    event(event) {
      const subject = subjects.event(settings.fleet, self, event.kind);
      // The number counts what happened, not what was sent: a gap tells listeners to ask.
      const body = { v: CONTRACT_VERSION, ...event, inst: instance, seq: ++numbering.events };
      const data = JSON.stringify(signDocument("fleet.event.1", body, nodeKey));
      // Too long for a message (a very long command line): the change is told, the record has to be asked for.
      publish(subject, Buffer.byteLength(data) <= maxPayload() ? data : JSON.stringify(signDocument("fleet.event.1", { ...body, session: undefined, record: undefined }, nodeKey)));
    },
    start() {
      // Each beat sets the next one: the period may be another by then. Thousands that came back together soon beat at different moments.
      let timer = setTimeout(again, beatMs() * (0.5 + Math.random() / 2));
      function again(): void {
        timer = setTimeout(again, beatMs());
        if (usable() !== undefined) beat();
      }
      return () => {
        clearTimeout(timer);
        clearTimeout(soon);
        soon = undefined;
      };
    },
  };
}
