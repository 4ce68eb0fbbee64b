// A fleet as a program sees it.
import { NODE_CONTRACTS, nodeGet, REGISTRY_CONTRACTS, type NodeVerb, type OutputOf, type RawInputOf, type RegistryView } from "@fleetwire/shared/bus";
import type { NodeRecord, SessionRecord, SessionState } from "@fleetwire/shared/domain";
import type { Placement } from "@fleetwire/shared/placement";
import type { Settings } from "../../config/index.ts";
import type { CallOptions, FleetClient, Place } from "../types.ts";
import { exitCode } from "../verbs/exit-code.ts";
import { launch, type Launched } from "../verbs/launch.ts";
import { runToEnd } from "../verbs/run.ts";
import { cancelled, linked, orCancelled, type Waiting } from "./abort.ts";
import { Events, type EventsOptions } from "./events.ts";
import { listOf, nodeName, nodeNames, tagsOf } from "./given.ts";
import { fixedPlace, specOf, wishOf, type LaunchOptions, type NodeWish } from "./launch.ts";
import { Messages } from "./messages.ts";
import { Tail, type Ran, type RunOptions } from "./run.ts";
import { search, type Found, type SearchOptions } from "./search.ts";
import { selectionOf, type BroadcastOutcome, type Selected, type Selection } from "./select.ts";
import { Session } from "./session.ts";

export interface SessionsQuery extends Waiting {
  readonly nodes?: readonly string[];
  readonly states?: readonly SessionState[];
  /** Each must be there. */
  readonly tags?: readonly string[];
  /** What its program does, e.g. `blocked`. */
  readonly activity?: readonly string[];
}

/** A row of a list. `stale`: its node was not heard for a while; this is what was known, and how old that is. */
export type SessionRow = SessionRecord & { readonly stale?: string };

/** Whom to ask, and how long. */
export interface AskOptions extends CallOptions {
  /** Name of the node. Default: this machine's, or the server. */
  readonly node?: string;
}

/**
 * Made by `connect`. All methods may throw a `FleetError`; its `code` says why and `retryable` whether the same may succeed later. Those
 * of transport can come from each: `agent-unreachable`, `nats-unreachable`, `node-unreachable`, `server-unreachable`, `timeout`, and
 * `outcome-unknown` after a change of which nobody knows whether it happened.
 */
export class Fleet implements AsyncDisposable {
  readonly #client: FleetClient;
  readonly #settings: Settings;
  readonly #note: (text: string) => void;
  /** Messages to and from sessions, programs and people. */
  readonly messages: Messages;

  /** @internal use `connect()` */
  constructor(client: FleetClient, settings: Settings, note: (text: string) => void) {
    this.#client = client;
    this.#settings = settings;
    this.#note = note;
    this.messages = new Messages(client, note);
  }

  /** The fleet's nodes; this machine's alone where no fleet is set up. */
  async nodes({ signal }: Waiting = {}): Promise<readonly NodeRecord[]> {
    const { nodes, notes } = await orCancelled(() => this.#client.nodes(), signal);
    notes.forEach(this.#note);
    return nodes;
  }

  /** A node's own record as of now. @param name default: this machine's node, or the server. @throws FleetError `unknown-node` */
  node(name?: string, { signal }: Waiting = {}): Promise<NodeRecord> {
    return this.#ask(nodeGet, { fresh: true }, name, { signal });
  }

  /** The fleet's sessions, this machine's alone where no fleet is set up. @throws FleetError `unknown-node` */
  async sessions({ nodes, states, tags, activity, signal }: SessionsQuery = {}): Promise<readonly SessionRow[]> {
    const filter = { states: states && [...states], tags: tags && tagsOf(tags), activity: activity && [...activity] };
    const answer = await orCancelled(() => this.#client.sessions({ nodes: nodeNames(listOf(nodes)), filter }), signal);
    answer.notes.forEach(this.#note);
    return answer.sessions.map((session) => {
      const stale = answer.stale.get(session.node);
      return stale === undefined ? session : { ...session, stale };
    });
  }

  /** A session by its target: `node:id`, `node:name`, an id of this machine, or a name. Nothing is asked yet. @throws FleetError `bad-target` */
  session(target: string): Session {
    return new Session(this.#client, target);
  }

  /**
   * Starts a session.
   * @throws FleetError `bad-name`, `name-taken`, `command-not-found`, `no-such-directory`, `no-fitting-node`, `no-free-gpu`, `no-room`, `draining`
   */
  async launch(options: LaunchOptions): Promise<Session> {
    const { session, place } = await this.#launched(options);
    return new Session(this.#client, session.target, { record: session, place });
  }

  /** Runs a session to its end. Its signal ends the session and what it started. @throws FleetError as `launch` and `session.logs` */
  async run(options: RunOptions): Promise<Ran> {
    const launched = await this.#launched(options);
    const kept = new Tail(options.maxOutputBytes);
    const { stop, unlink } = linked(options.signal);
    try {
      const session = await runToEnd(this.#client, launched, { interrupt: stop.signal, onOutput: options.onOutput ?? ((bytes) => kept.push(bytes)), onGap: (bytes) => (kept.lost += bytes) });
      if (options.signal?.aborted === true) throw cancelled();
      return { session, exitCode: exitCode(session), output: kept.bytes, lostBytes: kept.lost };
    } finally {
      unlink();
    }
  }

  /** Which nodes a launch would go to, best first. Nothing is started. */
  candidates(wish: NodeWish = {}, { signal }: Waiting = {}): Promise<Placement> {
    return orCancelled(() => this.#client.candidates(wishOf(wish)), signal);
  }

  /** What happens, in the fleet's one order. */
  events(options: EventsOptions = {}): Events {
    return new Events(this.#client, options);
  }

  /**
   * Lines of what sessions have printed, on all nodes unless said, running and ended ones, without escape sequences.
   * @param pattern a text as it stands, or a regular expression (of its flags `i` counts)
   * @throws FleetError `usage`, `bad-input`, `unknown-node`, `unknown-session`; when no node could be searched, why
   */
  search(pattern: string | RegExp, options: SearchOptions = {}): Promise<Found> {
    return search(this.#client, pattern, options, this.#note);
  }

  /** Nodes and sessions that are so, each node asked itself. @throws FleetError `unknown-node`, `no-fitting-node` */
  async select(selection: Selection): Promise<Selected> {
    const { nodes, sessions, failures, notes } = await orCancelled(() => this.#client.select(selectionOf(selection)), selection.signal);
    notes.forEach(this.#note);
    return {
      nodes: nodes.map(({ node }) => node),
      sessions: sessions.map(({ session, place }) => new Session(this.#client, session.target, { record: session, place })),
      failures: failures.map(({ node, error }) => ({ node, error })),
    };
  }

  /** Does the same with many sessions, 32 at a time. A failure stands in no other's way. @returns an outcome for each, in their order */
  async broadcast<T>(sessions: readonly Session[], work: (session: Session) => Promise<T>): Promise<readonly BroadcastOutcome<T>[]> {
    const aims = sessions.map((session) => ({ target: session.target, node: "", session }));
    const came = await this.#client.broadcast(aims, ({ session }) => work(session));
    return came.map((outcome, at) => {
      const session = sessions[at] as Session;
      return outcome.error === undefined ? { session, result: outcome.result } : { session, error: outcome.error };
    });
  }

  /** Any verb of a node, with its input and answer as docs/reference/verbs.md has them. A change is run at most once, however often it is delivered. */
  call<V extends NodeVerb>(verb: V, input: RawInputOf<(typeof NODE_CONTRACTS)[V]>, { node, ...options }: AskOptions = {}): Promise<OutputOf<(typeof NODE_CONTRACTS)[V]>> {
    return this.#ask(NODE_CONTRACTS[verb], input, node, options);
  }

  /** Any view of the fleet's registry; undefined where there is none. */
  view<V extends RegistryView>(view: V, input: RawInputOf<(typeof REGISTRY_CONTRACTS)[V]>, { signal }: Waiting = {}): Promise<OutputOf<(typeof REGISTRY_CONTRACTS)[V]> | undefined> {
    return orCancelled(() => this.#client.registry(REGISTRY_CONTRACTS[view], input), signal);
  }

  /** Ends its connections and all that is under way: waits are `cancelled`, terminals and logs end. The sessions go on. */
  async close(): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask<C extends (typeof NODE_CONTRACTS)[NodeVerb]>(contract: C, input: RawInputOf<C>, node: string | undefined, options: CallOptions): Promise<OutputOf<C>> {
    const place = await orCancelled(async () => (node === undefined ? undefined : this.#client.node(nodeName(node))), options.signal);
    return this.#client.call(contract, input, place, options);
  }

  async #launched(options: LaunchOptions): Promise<Launched> {
    const { signal } = options;
    const spec = specOf(options);
    const home: Place = this.#settings.server === undefined ? { kind: "local" } : { kind: "direct" };
    const fixed = await orCancelled(() => fixedPlace(this.#client, home, options, spec.wish), signal);
    return launch(this.#client, fixed, spec, this.#settings, { signal });
  }
}
