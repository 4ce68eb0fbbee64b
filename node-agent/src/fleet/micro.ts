// Nodes as a NATS micro service (ADR-32), so that 'nats micro ls' and other tools see them. Hints for people: nothing here is
// signed, and nothing of ours believes it.
import { isInbox, MICRO_NAME, readMicroSubject, subjects } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import type { Msg } from "nats";
import type { Connection } from "./connection.ts";
import type { FleetLinkDeps, LinkCounters } from "./types.ts";

/** A question to all is answered at a random moment within this. Milliseconds; tools wait 300 and more between two answers. */
const SPREAD_MS = 150;
/** Questions answered in a second: one that may ask could have a whole fleet answer into somebody's inbox. */
const PER_SECOND = 20;

export interface MicroDeps extends Pick<FleetLinkDeps, "node" | "nodeKey" | "settings" | "startedAt" | "log"> {
  readonly counters: () => LinkCounters;
}

/** Answers PING, INFO and STATS on this connection until it ends. @returns forgets what is not yet answered */
export function answerMicro(connection: Connection, deps: MicroDeps): () => void {
  const self = deps.nodeKey.publicKey as PublicKey;
  const waiting = new Set<NodeJS.Timeout>();
  let second = 0;
  let answered = 0;

  function take(message: Msg): void {
    const asked = readMicroSubject(message.subject);
    if (asked === undefined || !isInbox(message.reply) || !allowed()) return;
    const body = answerOf(asked.verb, deps);
    if (body === undefined) return;
    const answer = () => {
      if (!connection.isClosed()) message.respond(JSON.stringify(body));
    };
    if (asked.alone) return answer();
    const timer = setTimeout(() => {
      waiting.delete(timer);
      answer();
    }, Math.random() * SPREAD_MS);
    waiting.add(timer);
  }

  function allowed(): boolean {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) [second, answered] = [now, 0];
    return ++answered <= PER_SECOND;
  }

  for (const subject of subjects.micro("*", self)) {
    connection.subscribe(subject, { callback: (error, message) => (error === null ? take(message) : deps.log.debug({ subject }, "this fleet's permissions are older than the micro protocol")) });
  }
  return () => waiting.forEach((timer) => clearTimeout(timer));
}

function answerOf(verb: string, { node, nodeKey, settings, startedAt, counters }: MicroDeps): object | undefined {
  const { name, version, labels, pool } = node.record();
  const metadata = { name, pool, ...Object.fromEntries(Object.entries(labels).map(([key, value]) => [`label.${key}`, value])) };
  const service = { name: MICRO_NAME, id: nodeKey.publicKey, version, metadata };
  const endpoint = { name: "requests", subject: subjects.request(settings.fleet, settings.pool, nodeKey.publicKey as PublicKey, "*", "*"), queue_group: "" };
  switch (verb) {
    case "PING":
      return { ...service, type: "io.nats.micro.v1.ping_response" };
    case "INFO":
      return { ...service, type: "io.nats.micro.v1.info_response", description: "a Fleetwire node; its requests are signed", endpoints: [{ ...endpoint, metadata: null }] };
    case "STATS": {
      const { served, refused, dropped, busyMs } = counters();
      const requests = served + refused + dropped;
      const nanoseconds = Math.round(busyMs * 1e6);
      const figures = { num_requests: requests, num_errors: refused + dropped, last_error: "", processing_time: nanoseconds, average_processing_time: requests === 0 ? 0 : Math.round(nanoseconds / requests) };
      return { ...service, type: "io.nats.micro.v1.stats_response", started: new Date(startedAt).toISOString(), endpoints: [{ ...endpoint, ...figures }] };
    }
    default:
      return undefined;
  }
}
