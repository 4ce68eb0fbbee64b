// A node's name is a lease. The registry grants it; where there is none, the nodes that are there are asked.
import { setTimeout as sleep } from "node:timers/promises";
import { fleetClaim, subjects } from "@fleetwire/shared/bus";
import { BEAT_MS, beatPeriodWithin } from "@fleetwire/shared/domain";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import { ask } from "./ask.ts";
import type { Connection } from "./connection.ts";
import { scatter } from "./ping.ts";
import type { FleetLinkDeps } from "./types.ts";

const REGISTRY_MS = 2_000;
const SCATTER_MS = 400;
/** Questions to all others, when one of them came as another one asked. */
const SCATTERS = 3;
/** An own earlier instance that was killed is silent; one that still beats is a copy of this node's directory. */
const AGAIN_MS = 3_000;
const AGAIN_BEATS = 1.8;

/** In a fleet with a hub the registry is expected: after a restart of the hub it comes back within moments. */
const EXPECTED = { tries: 3, pauseMs: 1_000 };

/**
 * @param named how often others have asked for this name so far; undefined: this process held it before it lost its connection
 * @returns how often to beat, milliseconds
 * @throws FleetError `node-name-taken` with the holder; `nats-unreachable`
 */
export async function claimName(connection: Connection, deps: FleetLinkDeps, named: (() => number) | undefined): Promise<number> {
  const since = performance.now();
  for (;;) {
    const { refusal, beatMs } = await tryClaim(connection, deps, named);
    if (refusal === undefined) return beatMs;
    if (refusal.key !== deps.nodeKey.publicKey || performance.now() - since > AGAIN_BEATS * beatMs) {
      const { name } = deps.node.record();
      throw new FleetError("node-name-taken", `the name '${name}' is held by ${refusal.hostname} (key ${refusal.key.slice(0, 12)}…), heard ${Math.round(refusal.ageMs / 1000)} s ago`);
    }
    await sleep(AGAIN_MS);
  }
}

interface Holder {
  readonly key: string;
  readonly hostname: string;
  readonly ageMs: number;
}

interface Answer {
  /** Undefined: the name is this node's. */
  readonly refusal: Holder | undefined;
  readonly beatMs: number;
}

async function tryClaim(connection: Connection, deps: FleetLinkDeps, named: (() => number) | undefined): Promise<Answer> {
  const tries = deps.settings.credentials === undefined ? 1 : EXPECTED.tries;
  for (let attempt = 1; ; attempt++) {
    try {
      return await askRegistry(connection, deps);
    } catch (error) {
      const { code } = FleetError.from(error);
      if (code !== "node-unreachable" && code !== "timeout" && code !== "bad-signature") throw error;
    }
    if (attempt >= tries) break;
    await sleep(EXPECTED.pauseMs * (0.5 + Math.random()));
  }
  // When a server of thousands comes back without its registry, not each of them asks all the others.
  return { refusal: named === undefined ? undefined : await askNodes(connection, deps, named), beatMs: BEAT_MS };
}

/** One question, also for the renewal of a lease. @throws FleetError `node-unreachable` without a registry, `timeout` */
export async function askRegistry(connection: Connection, { settings, nodeKey, instance, node, onRelay, trust: known }: FleetLinkDeps): Promise<Answer> {
  const { name, hostname } = node.record();
  const answer = await ask(connection, {
    subject: subjects.query(settings.fleet, fleetClaim.verb, nodeKey.publicKey as PublicKey),
    target: "registry",
    verb: fleetClaim.verb,
    body: { name, instance, hostname, trustRevision: known?.current().revision },
    key: nodeKey,
    jwt: settings.credentials?.jwt,
    signers: settings.credentials?.facts.registries ?? "any",
    timeoutMs: REGISTRY_MS,
  });
  const { granted, holder, relay, trust, beatMs = BEAT_MS } = parseOr(fleetClaim.output, answer, "the registry's answer");
  if (trust !== undefined) known?.take(trust);
  if (granted) onRelay?.(relay);
  return { refusal: granted ? undefined : (holder ?? { key: "unknown", hostname: "unknown", ageMs: 0 }), beatMs: beatPeriodWithin(beatMs) };
}

/**
 * Of two that claim at the same time the one that started first wins, so that exactly one does. One that was asked meanwhile asks
 * again: the other may not have been listening yet when it asked first.
 */
async function askNodes(connection: Connection, deps: FleetLinkDeps, named: () => number): Promise<Holder | undefined> {
  for (let left = SCATTERS; ; left--) {
    const before = named();
    const rival = await rivalAmong(connection, deps);
    if (rival !== undefined || named() === before || left === 1) return rival;
  }
}

async function rivalAmong(connection: Connection, { settings, nodeKey, instance, startedAt, node }: FleetLinkDeps): Promise<Holder | undefined> {
  const { name } = node.record();
  const pongs = await scatter(connection, { fleet: settings.fleet, key: nodeKey, jwt: settings.credentials?.jwt, name, waitMs: SCATTER_MS });
  const rival = pongs.find((pong) => {
    if (pong.node.name !== name || pong.inst === instance) return false;
    if (pong.claiming !== true) return true;
    const since = Date.parse(pong.node.startedAt) - startedAt;
    return since === 0 ? pong.inst < instance : since < 0;
  });
  return rival === undefined ? undefined : { key: rival.node.key, hostname: rival.node.hostname, ageMs: 0 };
}
