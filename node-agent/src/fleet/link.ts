// This node's link to its fleet: connected in the background for ever, the name claimed before anything is served, one
// subscription for all requests, beats and events. Nothing of it stands in the way of this machine's own socket.
import { subjects } from "@fleetwire/shared/bus";
import { BEAT_MS } from "@fleetwire/shared/domain";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import { Signed } from "@fleetwire/shared/keys";
import { claimName } from "./claim.ts";
import { connectOnce, flushed, type Connection, type ConnectSettings } from "./connection.ts";
import { keepConnected } from "./keep-connected.ts";
import { answerMicro } from "./micro.ts";
import { createPeers } from "./peers.ts";
import { answerPing } from "./ping.ts";
import { createPublisher } from "./publish.ts";
import { keepRenewed } from "./renewal.ts";
import { renewLease, type LeaseRenewal } from "./renew-lease.ts";
import { createRequestServer } from "./requests.ts";
import type { FleetLink, FleetLinkDeps, LinkSettings, LinkStatus, NodeEvent } from "./types.ts";

/** What a node may publish at most (the permission of its role), less room for the subject. Bytes. */
const MAX_PAYLOAD = 256 * 1024 - 512;

/** Soon after the start the hub has what comes up last: its gateway, its relay. Milliseconds. */
const FIRST_NEWS_MS = 15_000;

export function openFleetLink(deps: FleetLinkDeps): FleetLink {
  const { settings, nodeKey, node, log } = deps;
  const self = nodeKey.publicKey as PublicKey;
  let state: LinkStatus["state"] = "connecting";
  let problem: FleetError | undefined;
  let claiming = true;
  let named = 0;
  /** Why this process may not come back: another has its name. */
  let lost: FleetError | undefined;
  let beatMs = BEAT_MS;
  /** The server let nobody in without a credential. */
  let asked = false;
  let waiting: (() => void)[] = [];

  /** Only a fleet with credentials has somebody who may say whom to believe. */
  const trust = settings.credentials === undefined ? undefined : deps.trust;
  const maxPayload = () => Math.min(MAX_PAYLOAD, (keeper.current()?.info?.max_payload ?? MAX_PAYLOAD + 512) - 512);
  const requests = createRequestServer({ ...deps, version: node.record().version, maxPayload });
  const keeper = keepConnected({ connect, serve, onState, ends: (error) => error.code === "node-name-taken", pace: () => beatMs / BEAT_MS, log });
  const publisher = createPublisher(deps, () => keeper.current(), maxPayload, () => beatMs);
  const peers = createPeers(deps);
  const unlisten = node.onEvent(tell);

  async function serve(connection: Connection): Promise<() => void> {
    asked = connection.info?.auth_required === true;
    connection.subscribe(subjects.ping(settings.fleet, "*"), { callback: (_error, message) => void (message && answerPing(message, { ...deps, claiming: () => claiming, onNamed: () => named++ })) });
    // Before any request is judged: what was said while this node was away comes with its name, and may be about the sender.
    if (trust !== undefined) connection.subscribe(subjects.trust(settings.fleet, "*"), { callback: (_error, message) => message && hearTrust(message.string()) });
    const again = !claiming;
    if (claiming) beatMs = await claimName(connection, { ...deps, trust }, () => named);
    const lease = renewing(connection, again);
    const caughtUp = again && trust !== undefined ? lease.first : Promise.resolve();
    claiming = false;
    try {
      // No queue group: with two agents on one key both would hear a request, and the lease keeps the second one out.
      connection.subscribe(subjects.request(settings.fleet, settings.pool, self, "*", "*"), { callback: (_error, message) => void (message && caughtUp.then(() => requests.handle(message))) });
      await flushed(connection);
    } catch (error) {
      lease.stop();
      throw error;
    }
    const credential = trust === undefined ? undefined : keepRenewed(connection, { settings, nodeKey, log, trust, onRenewed: deps.onRenewed ?? (() => undefined), now: Date.now });
    const stops = [publisher.start(), peers.serve(connection), lease.stop, answerMicro(connection, { ...deps, counters: () => requests.counters() }), () => credential?.[Symbol.dispose]()];
    return () => {
      for (const stop of stops) stop();
    };
  }

  function hearTrust(data: string): void {
    try {
      trust?.take(parseOr(Signed, parseJson(data, "the statement"), "the statement"));
    } catch (error) {
      log.warn({ code: FleetError.from(error).code }, "a statement about the fleet's keys was not believed");
    }
  }

  function renewing(connection: Connection, again: boolean): LeaseRenewal {
    return renewLease(connection, { ...deps, trust }, {
      // After a loss somebody else may have the name by now, or a credential may have been taken back: that is soon known.
      firstWithinMs: again ? beatMs / 4 : FIRST_NEWS_MS * (beatMs / BEAT_MS),
      onPeriod: (period) => (beatMs = period),
      onLost(error) {
        lost = error;
        void connection.close();
      },
    });
  }

  async function connect(): Promise<Connection> {
    if (lost !== undefined) throw lost;
    return connectOnce(connectSettings(deps));
  }

  function onState(next: "connecting" | "connected", error?: FleetError): void {
    const end = error === undefined ? undefined : endStateOf(error);
    state = end ?? next;
    problem = error;
    if (error !== undefined) log.warn({ code: error.code, reason: error.message }, end === undefined ? "not connected to the fleet; trying again" : "not in the fleet");
    if (state === "connected") {
      deps.onConnected?.();
      log.info({ fleet: settings.fleet, urls: settings.urls }, "connected to the fleet");
      const record = node.record();
      // The beat says which life of the agent this is; events count within it.
      publisher.beat();
      tell({ kind: "node-changed", node: record.name, key: self, rev: node.rev(), at: new Date().toISOString(), record });
    }
    if (state !== "connecting") for (const wake of waiting.splice(0)) wake();
  }

  function tell(event: NodeEvent): void {
    try {
      publisher.event(event);
      // A beat tells the revision, and a signal has none.
      if (event.kind !== "terminal-signal") publisher.beatSoon();
    } catch (error) {
      // A listener sees the gap in the numbers once we are back, and asks.
      log.debug({ kind: event.kind, code: FleetError.from(error).code }, "event not published");
    }
  }

  return {
    peers,
    counters: () => requests.counters(),
    status: () => ({ state, fleet: settings.fleet, urls: [...settings.urls], unprotected: settings.credentials === undefined && settings.credsFile === undefined && !asked, ...(problem === undefined ? {} : { detail: problem.message }) }),
    async ready(timeoutMs) {
      if (state === "connecting") {
        const { promise, resolve } = newWait();
        waiting.push(resolve);
        const timer = setTimeout(resolve, timeoutMs);
        await promise;
        clearTimeout(timer);
        waiting = waiting.filter((one) => one !== resolve);
      }
      if (state !== "connected") throw problem ?? new FleetError("nats-unreachable", `${settings.urls.join(", ")}: not connected yet`);
    },
    async [Symbol.asyncDispose]() {
      unlisten();
      const { name } = node.record();
      tell({ kind: "node-leaving", node: name, key: self, rev: node.rev(), at: new Date().toISOString() });
      await keeper[Symbol.asyncDispose]();
      state = "none";
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

function connectSettings({ settings, nodeKey, node }: FleetLinkDeps): ConnectSettings {
  return { urls: settings.urls, name: `fleet-node ${node.record().name}`, login: loginOf(settings, nodeKey), inboxOf: nodeKey.publicKey as PublicKey, ca: settings.ca ?? settings.credentials?.facts.ca };
}

function loginOf({ credentials, credsFile, token }: LinkSettings, key: FleetLinkDeps["nodeKey"]): ConnectSettings["login"] {
  if (credentials !== undefined) return { kind: "jwt", jwt: credentials.jwt, key };
  if (credsFile !== undefined) return { kind: "creds", file: credsFile, key };
  return token === undefined ? { kind: "none", key } : { kind: "token", token };
}

/** The state that an error leads to; undefined: still connecting. */
function endStateOf(error: FleetError): "refused" | "conflict" | undefined {
  if (error.code === "node-name-taken") return "conflict";
  return error.code === "nats-denied" ? "refused" : undefined;
}

function newWait(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
