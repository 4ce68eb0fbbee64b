// The registry's mind: what is heard goes into rows, what is asked is answered from them. No connection and no clock of its own.
import { Beat, FleetEvent, type InputOf, isBeatSubject, type OutputOf, readNodeOfSubject, REGISTRY_CONTRACTS, type RegistryView, type RelayAnnouncement } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { PublicKey } from "@fleetwire/shared/ids";
import { Signed, verifyDocument, type UserClaims } from "@fleetwire/shared/keys";
import type { BusCaller, Log } from "../fleet/index.ts";
import type { AuditViews } from "./audit-views.ts";
import { createClaims } from "./claims.ts";
import { placeView } from "./place-view.ts";
import { hearBeat, hearEvent, isLive, type Row } from "./row.ts";
import { rowFor, type Table } from "./table.ts";
import { createViews } from "./views.ts";
import type { History } from "./history/history.ts";

/**
 * An event of a newer release may carry a record that can't be read here: then it tells that something changed, and the node
 * is asked.
 * @throws FleetError `bad-input`
 */
function readEvent(body: unknown): FleetEvent {
  const whole = FleetEvent.safeParse(body);
  return whole.success ? whole.data : parseOr(FleetEvent, { ...(body as object), session: undefined, record: undefined, signal: undefined }, "the event");
}

export interface RegistryDeps {
  readonly table: Table;
  readonly now: () => number;
  /** The node has to be asked. */
  readonly onStale: (row: Row) => void;
  /** For a listing that is under way. */
  readonly onEvent: (row: Row, event: FleetEvent) => void;
  readonly onChanged: (row: Row) => void;
  readonly onForgotten: (key: string) => void;
  /** Where the hub's relay is reached, for nodes that nobody can dial; undefined without one. */
  readonly relay: () => RelayAnnouncement | undefined;
  /** How far a node's audit record goes. */
  readonly onAudited: (row: Row, seq: number) => void;
  readonly audit: AuditViews;
  readonly history: Pick<History, "heard" | "beat" | "forgotten" | "page">;
  readonly enroll: (request: { id: string; claims: UserClaims | undefined; input: InputOf<typeof REGISTRY_CONTRACTS.enroll> }) => Promise<unknown>;
  readonly renew: (claims: UserClaims) => Promise<unknown>;
  /** Whom the fleet believes now, signed; undefined outside a fleet with credentials. */
  readonly trust: () => { readonly revision: number; readonly statement: Signed } | undefined;
  readonly log: Log;
}

export interface Asked {
  readonly view: RegistryView;
  readonly id: string;
  readonly body: unknown;
  /** Undefined for `enroll`, whose caller has no role yet. */
  readonly caller: BusCaller | undefined;
  readonly claims: UserClaims | undefined;
  /** How much JSON text the answer may have. */
  readonly bytes: number;
}

export interface Registry {
  /** A beat or an event as it came; what isn't signed by the key in its subject is dropped and counted. */
  hear(subject: string, data: string): void;
  answer(asked: Asked): Promise<unknown>;
  gone(key: string): void;
  /** Beats and events that were taken in. */
  heard(): { readonly beats: number; readonly events: number };
  /** Messages that were not believed. */
  rejected(): number;
}

export function createRegistry(deps: RegistryDeps): Registry {
  const { table, now, onStale, onChanged, log } = deps;
  let rejected = 0;
  const heardCounts = { beats: 0, events: 0 };
  const remove = (row: Row) => {
    table.remove(row.key);
    deps.history.forgotten(row);
    deps.onForgotten(row.key);
  };
  const views = createViews(table);
  const claims = createClaims(table, remove);

  function hear(subject: string, data: string): void {
    try {
      const key = parseOr(PublicKey, readNodeOfSubject(subject), "the subject");
      const isBeat = isBeatSubject(subject);
      const signed = parseOr(Signed, parseJson(data, "the message"), "the message");
      if (!verifyDocument(isBeat ? "fleet.beat.1" : "fleet.event.1", signed, key)) throw new FleetError("bad-signature", "not signed by the node it speaks of");
      if (isBeat) takeBeat(key, parseOr(Beat, parseJson(signed.p, "the beat"), "the beat"));
      else takeEvent(key, readEvent(parseJson(signed.p, "the event")));
    } catch (error) {
      rejected++;
      log.warn({ subject, code: FleetError.from(error).code }, "a message was not believed");
    }
  }

  function takeBeat(key: PublicKey, beat: Beat): void {
    const holder = table.byName(beat.name);
    // Under a name that a living node of another key has, nobody is listed.
    if (holder !== undefined && holder.key !== key && isLive(holder, now())) throw new FleetError("node-name-taken", `'${beat.name}' is another node's`);
    const row = rowFor(table, key, beat.name, beat.pool);
    const before = { name: row.name, inst: row.inst, gone: row.gone };
    const heard = hearBeat(row, beat, now());
    if (heard === "doubted") onStale(row);
    if (heard === "ignored" || heard === "doubted") throw new FleetError("replayed", "an old beat");
    heardCounts.beats++;
    table.named(row, before.name);
    if (before.inst !== row.inst || before.gone) onChanged(row);
    if (heard === "stale") onStale(row);
    if (beat.aud !== undefined) deps.onAudited(row, beat.aud);
    deps.history.beat(row, beat.ev);
  }

  function takeEvent(key: PublicKey, event: FleetEvent): void {
    const row = table.get(key);
    // The first beat follows at once, and says what an event doesn't.
    if (row === undefined || event.key !== key) return;
    const heard = hearEvent(row, event, now());
    heardCounts.events++;
    deps.onEvent(row, event);
    deps.history.heard(row, event);
    // Not worth a write: a registry that starts again asks the nodes.
    if (heard !== "ignored" && event.kind !== "terminal-signal") onChanged(row);
    if (heard === "stale") onStale(row);
  }

  async function answer({ view, id, body, caller, claims: userClaims, bytes }: Asked): Promise<unknown> {
    const contract = REGISTRY_CONTRACTS[view];
    if (view !== "enroll" && (caller === undefined || (caller.role !== null && !(contract.roles as readonly string[]).includes(caller.role)))) {
      throw new FleetError("denied", `the role '${caller?.role ?? "none"}' may not ask for '${view}'`);
    }
    switch (view) {
      case "nodes":
        return views.nodes(parseOr(REGISTRY_CONTRACTS.nodes.input, body, view), now(), bytes);
      case "sessions":
        return views.sessions(parseOr(REGISTRY_CONTRACTS.sessions.input, body, view), now(), bytes);
      case "claim":
        return claim(caller as BusCaller, parseOr(REGISTRY_CONTRACTS.claim.input, body, view));
      case "forget":
        return forget(parseOr(REGISTRY_CONTRACTS.forget.input, body, view));
      case "renew":
        if (userClaims === undefined) throw new FleetError("denied", "there is no credential to renew");
        return deps.renew(userClaims);
      case "place":
        return placeView(table, parseOr(REGISTRY_CONTRACTS.place.input, body, view), { now: now(), pool: (caller as BusCaller).pool, bytes, random: Math.random });
      case "audit":
        return deps.audit.audit(parseOr(REGISTRY_CONTRACTS.audit.input, body, view), bytes);
      case "audit-copy":
        return deps.audit.copy(parseOr(REGISTRY_CONTRACTS["audit-copy"].input, body, view), bytes);
      case "events":
        return deps.history.page(parseOr(REGISTRY_CONTRACTS.events.input, body, view), bytes);
      case "enroll":
        return deps.enroll({ id, claims: userClaims, input: parseOr(REGISTRY_CONTRACTS.enroll.input, body, view) });
    }
  }

  /** A node that was away learns with its name what was said meanwhile, and where the relay is now. */
  function claim({ key }: BusCaller, input: InputOf<typeof REGISTRY_CONTRACTS.claim>): OutputOf<typeof REGISTRY_CONTRACTS.claim> {
    const answered = claims.claim(key, input, now());
    const trust = deps.trust();
    const isNews = trust !== undefined && trust.revision > (input.trustRevision ?? 0);
    const relay = answered.granted ? deps.relay() : undefined;
    return { ...answered, ...(isNews ? { trust: trust.statement } : {}), ...(relay === undefined ? {} : { relay }) };
  }

  function forget({ name, force }: InputOf<typeof REGISTRY_CONTRACTS.forget>): { forgotten: boolean } {
    const row = table.byName(name);
    if (row === undefined) return { forgotten: false };
    if (force !== true && isLive(row, now())) throw new FleetError("still-running", `the node '${name}' is alive`, { hint: "end it there with 'fleet down', or use --force" });
    remove(row);
    return { forgotten: true };
  }

  return {
    hear,
    answer,
    heard: () => heardCounts,
    rejected: () => rejected,
    gone(key) {
      const row = table.get(key);
      if (row === undefined) return;
      row.gone = true;
      onChanged(row);
    },
  };
}
