// A node without terminals: its own nkey and its own NATS connection, and on the bus all that a real one says: it claims its
// name, beats, tells events, and answers what the registry asks, every message signed. Connects for ever.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Msg, type NatsConnection } from "nats";
import { CONTRACT_VERSION, fleetClaim, openReply, openRequest, readRequestSubject, sealReply, sealRequest, subjects, type Beat, type FleetEvent, type Pong } from "@fleetwire/shared/bus";
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetName, OperationId, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, signDocument, type KeyPair } from "@fleetwire/shared/keys";
import { nodeRecord, sessionRecords } from "./records.ts";

export const BEAT_MS = 10_000;
const CLAIM_MS = 5_000;
/** The next attempt comes at a random moment within this, so that a thousand nodes don't come back at once. */
const RETRY_MS = 2_000;

export interface SimulatedNodeOptions {
  readonly name: string;
  readonly urls: readonly string[];
  readonly fleet: FleetName;
  readonly pool: PoolName;
  readonly sessions: number;
  /** Told about every attempt, and every request. */
  readonly count: (what: "connected" | "lost" | "claimed" | "asked" | "refused") => void;
}

export class SimulatedNode implements AsyncDisposable {
  readonly key: KeyPair = createKeyPair("user");
  readonly record: NodeRecord;
  readonly sessions: SessionRecord[];
  readonly #options: SimulatedNodeOptions;
  readonly #instance = randomBytes(9).toString("base64url");
  readonly #startedAt = Date.now();
  #beats = 0;
  #events = 0;
  #rev = 1;
  #connection: NatsConnection | undefined;
  readonly #stopping = new AbortController();
  #living: Promise<void> = Promise.resolve();

  constructor(options: SimulatedNodeOptions) {
    this.#options = options;
    this.record = nodeRecord(options.name, this.key.publicKey as PublicKey, options.pool, options.sessions);
    this.sessions = sessionRecords(options.name, options.sessions);
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** Connects and stays so. Resolves when it is served for the first time. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#living = this.#live(resolve);
    });
  }

  async #live(served: () => void): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const connection = await this.#connect();
        served();
        await this.#serve(connection);
        this.#options.count("lost");
      } catch {
        this.#options.count("refused");
      }
      await sleep(Math.random() * RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
    served();
  }

  /** A connection with the name claimed and requests answered. */
  async #connect(): Promise<NatsConnection> {
    const { urls, fleet, pool, name } = this.#options;
    const self = this.key.publicKey as PublicKey;
    const connection = await connect({ servers: [...urls], name: `simulated ${name}`, inboxPrefix: subjects.inboxPrefix(self), reconnect: false, timeout: 20_000 });
    try {
      await this.#claim(connection);
      connection.subscribe(subjects.ping(fleet, "*"), { callback: (_error, message) => this.#pong(message) });
      connection.subscribe(subjects.request(fleet, pool, self, "*", "*"), { callback: (_error, message) => this.#answer(message) });
      await connection.flush();
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Beats until the connection ends. */
  async #serve(connection: NatsConnection): Promise<void> {
    const { signal } = this.#stopping;
    const close = () => void connection.close();
    signal.addEventListener("abort", close);
    if (signal.aborted) close();
    this.#connection = connection;
    this.#options.count("connected");
    this.beat();
    this.tell({ kind: "node-changed", record: this.record });
    const beating = setInterval(() => this.beat(), BEAT_MS);
    await connection.closed();
    clearInterval(beating);
    signal.removeEventListener("abort", close);
    this.#connection = undefined;
  }

  /** Asks the registry for the name; goes on without one. @throws FleetError `node-name-taken` */
  async #claim(connection: NatsConnection): Promise<void> {
    const { fleet, name, count } = this.#options;
    const id = randomBytes(16).toString("base64url") as OperationId;
    const now = Date.now();
    const body = { name, instance: this.#instance, hostname: this.record.hostname };
    const request = sealRequest({ id, issued: now, deadline: now + CLAIM_MS, target: "registry", verb: fleetClaim.verb, body }, this.key);
    const subject = subjects.query(fleet, fleetClaim.verb, this.key.publicKey as PublicKey);
    const answer = await connection.request(subject, request, { timeout: CLAIM_MS }).catch(() => undefined);
    if (answer === undefined) return;
    const text = answer.string();
    const { granted } = fleetClaim.output.parse(openReply(text, id, [signerOf(text)]));
    if (!granted) throw new FleetError("node-name-taken", `the name '${name}' is taken`);
    count("claimed");
  }

  beat(): void {
    const { name, pool, fleet } = this.#options;
    const { load, sessions } = this.record;
    const beat: Beat = { v: CONTRACT_VERSION, name: name as Beat["name"], pool, inst: this.#instance, epoch: this.#startedAt, seq: ++this.#beats, rev: this.#rev, load, run: sessions.running, total: sessions.total };
    this.#publish(subjects.beat(fleet, this.key.publicKey as PublicKey), signDocument("fleet.beat.1", beat, this.key));
  }

  /** An event; the tables' revision grows with it. */
  tell(what: Pick<FleetEvent, "kind" | "session" | "removed" | "record">): void {
    const { name, fleet } = this.#options;
    const key = this.key.publicKey as PublicKey;
    const event: FleetEvent = { v: CONTRACT_VERSION, node: name as FleetEvent["node"], key, inst: this.#instance, seq: ++this.#events, rev: what.session === undefined && what.removed === undefined ? this.#rev : ++this.#rev, at: new Date().toISOString(), ...what };
    this.#publish(subjects.event(fleet, key, what.kind), signDocument("fleet.event.1", event, this.key));
  }

  #publish(subject: string, document: unknown): void {
    // Not connected: nothing is queued, as with a real node.
    if (this.#connection?.isClosed() === false) this.#connection.publish(subject, JSON.stringify(document));
  }

  #pong(message: Msg): void {
    const caller = message.subject.split(".").at(-1) ?? "";
    try {
      const { request } = openRequest(message.string(), { caller, target: "all", verb: "ping" }, Date.now());
      const named = (request.body as { name?: string } | undefined)?.name;
      if (caller === this.key.publicKey || (named !== undefined && named !== this.record.name)) return;
      const pong: Pong = { v: CONTRACT_VERSION, node: this.record, inst: this.#instance };
      message.respond(sealReply({ id: request.id, at: Date.now(), result: pong }, this.key));
    } catch {
      this.#options.count("refused");
    }
  }

  #answer(message: Msg): void {
    const subject = readRequestSubject(message.subject);
    if (subject === undefined) return;
    this.#options.count("asked");
    try {
      const { request } = openRequest(message.string(), { caller: subject.caller, target: this.key.publicKey, verb: subject.verb }, Date.now());
      message.respond(sealReply({ id: request.id, at: Date.now(), ...this.#resultOf(request.verb, request.body) }, this.key));
    } catch {
      this.#options.count("refused");
    }
  }

  #resultOf(verb: string, body: unknown): { result: unknown } | { error: ReturnType<FleetError["toRecord"]> } {
    if (verb === "node-get") return { result: this.record };
    if (verb !== "session-list") return { error: new FleetError("bad-input", `a simulated node has no '${verb}'`).toRecord() };
    const { after = 0, limit = 200 } = body as { after?: number; limit?: number };
    const left = this.sessions.filter(({ id }) => id > after);
    return { result: { sessions: left.slice(0, limit), more: left.length > limit, rev: this.#rev } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#living;
  }
}

function signerOf(text: string): string {
  return (JSON.parse((JSON.parse(text) as { p: string }).p) as { from: string }).from;
}
