// The other nodes of the fleet, for what this node itself asks of them: who has a name, whose name a key has, a verb, and
// whether one that was away beats again.
import { fleetNodes, subjects, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { NodeName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { Signed, verifyDocument } from "@fleetwire/shared/keys";
import { ask } from "./ask.ts";
import type { Connection } from "./connection.ts";
import { scatter } from "./ping.ts";
import type { FleetLinkDeps, Peer, Peers } from "./types.ts";

const REGISTRY_MS = 2_000;
const SCATTER_MS = 600;
const NAMED_MS = 60_000;
/** Short: whoever is made anew under an old name is another one. */
const FOUND_MS = 10_000;
/** Subscriptions are few; those that wait beyond them are tried now and then all the same. */
const MOST_WATCHED = 12;

export interface LinkedPeers extends Peers {
  /** On a fresh connection. @returns ends it */
  serve(connection: Connection): () => void;
}

export function createPeers({ settings, nodeKey, log }: Pick<FleetLinkDeps, "settings" | "nodeKey" | "log">, now: () => number = Date.now): LinkedPeers {
  const self = nodeKey.publicKey as PublicKey;
  const { fleet, pool, credentials } = settings;
  const jwt = credentials?.jwt;
  const names = new Map<string, { readonly name: string | undefined; readonly until: number }>();
  const found = new Map<string, { readonly peer: Peer; readonly until: number }>();
  const heard = new Map<string, () => void>();
  let watched: readonly string[] = [];
  let onAlive: (key: string) => void = () => {};
  let connection: Connection | undefined;

  function connected(): Connection {
    if (connection === undefined || connection.isClosed() || connection.isDraining()) throw new FleetError("nats-unreachable", "this node is not connected to its fleet");
    return connection;
  }

  /** By the registry, which grants names; where there is none, whoever answers to it. Undefined: nobody has it. */
  async function holder(name: string): Promise<Peer | undefined> {
    const granted = await registered(name);
    if (granted !== "no registry") return granted;
    const pongs = (await scatter(connected(), { fleet, key: nodeKey, jwt, name, waitMs: SCATTER_MS })).filter(({ node }) => node.name === name);
    // Two that say so are none: nobody here knows which of them it is.
    return pongs.length === 1 ? pongs[0]?.node : undefined;
  }

  async function registered(name: string): Promise<Peer | "no registry" | undefined> {
    try {
      const answer = await ask(connected(), { subject: subjects.query(fleet, fleetNodes.verb, self), target: "registry", verb: fleetNodes.verb, body: { name }, key: nodeKey, jwt, signers: credentials?.facts.registries ?? "any", timeoutMs: REGISTRY_MS });
      return parseOr(fleetNodes.output, answer, "the registry's answer").nodes[0];
    } catch (error) {
      const { code } = FleetError.from(error);
      if (code !== "node-unreachable" && code !== "timeout" && code !== "bad-signature") throw error;
      return "no registry";
    }
  }

  function listen(key: string): void {
    if (connection === undefined || connection.isClosed() || connection.isDraining() || heard.has(key)) return;
    const subscription = connection.subscribe(subjects.beat(fleet, key as PublicKey), {
      callback: (_error, message) => {
        if (message !== null && isBeatOf(message.string(), key)) onAlive(key);
      },
    });
    heard.set(key, () => subscription.unsubscribe());
  }

  return {
    serve(next) {
      connection = next;
      heard.clear();
      for (const key of watched) listen(key);
      return () => {
        if (connection === next) connection = undefined;
        heard.clear();
      };
    },
    async find(name: NodeName) {
      const known = found.get(name);
      if (known !== undefined && known.until > now()) return known.peer;
      const peer = await holder(name);
      if (peer === undefined) throw new FleetError("unknown-node", `there is no node '${name}' in this fleet, or it never answered`);
      const { key, pool: its } = peer;
      found.set(name, { peer: { name, key, pool: its }, until: now() + FOUND_MS });
      return { name, key, pool: its };
    },
    async nameOf(key, said) {
      const known = names.get(`${key} ${said}`);
      if (known !== undefined && known.until > now()) return known.name;
      // A node's own word, where nobody who grants names is there to ask, counts in a fleet without credentials only.
      const of = credentials === undefined ? await holder(said) : await registered(said);
      const name = of !== "no registry" && of?.key === key ? said : undefined;
      if (names.size > 1_000) names.clear();
      names.set(`${key} ${said}`, { name, until: now() + NAMED_MS });
      return name;
    },
    async ask(peer, contract, body, timeoutMs) {
      if (credentials !== undefined && peer.pool !== pool) throw new FleetError("denied", `node ${peer.name} is in the pool '${peer.pool}', this one in '${pool}': nodes reach each other within a pool`, { hint: "an operator's own 'fleet --remote msg send' reaches every pool" });
      const subject = subjects.request(fleet, peer.pool as PoolName, peer.key as PublicKey, contract.verb, self);
      const answer = await ask(connected(), { subject, target: peer.key, verb: contract.verb, body, key: nodeKey, jwt, signers: [peer.key], timeoutMs }).catch((error: unknown) => {
        throw named(error, peer);
      });
      return parseOr(contract.output, answer, `the answer of node ${peer.name}`, "version-skew") as OutputOf<typeof contract>;
    },
    watch(keys) {
      watched = keys.slice(0, MOST_WATCHED);
      for (const [key, end] of heard) {
        if (watched.includes(key)) continue;
        end();
        heard.delete(key);
      }
      for (const key of watched) listen(key);
      log.debug({ nodes: watched.length }, "waiting for nodes");
    },
    onAlive: (listener) => (onAlive = listener),
  };
}

function named(error: unknown, { name }: Peer): unknown {
  if (!(error instanceof FleetError)) return error;
  if (error.code === "node-unreachable") return new FleetError(error.code, `node ${name} is not connected`, { cause: error });
  return error.code === "timeout" ? new FleetError(error.code, `node ${name} did not answer in time`, { cause: error }) : error;
}

/** Anybody may publish on a plain NATS; only the node signs. */
function isBeatOf(text: string, key: string): boolean {
  try {
    return verifyDocument("fleet.beat.1", parseOr(Signed, parseJson(text, "the beat"), "the beat"), key);
  } catch {
    return false;
  }
}
