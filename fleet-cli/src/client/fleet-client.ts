// One client for every face. It knows three ways to a node: this machine's socket, NATS, and a direct server; each is made
// when it is first needed. Long because each thing a face may ask for is one method here; how it is done is in files beside it.
import { setMaxListeners } from "node:events";
import { existsSync } from "node:fs";
import { eventList, nodeGet, sessionAttach, sessionView, type AttachAnswer, type Contract, type OutputOf, type RawInputOf, type Ref } from "@fleetwire/shared/bus";
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { parseTarget, type FleetName, type NodeName } from "@fleetwire/shared/ids";
import type { Placement, PlaceWish } from "@fleetwire/shared/placement";
import type { Settings } from "../config/index.ts";
import type { EventSources, EventsRequest, HeardEvent } from "./events/index.ts";
import type { Aim, Outcome } from "./broadcast.ts";
import type { DirectCarrier } from "./direct/index.ts";
import { Kept } from "./kept.ts";
import { linked } from "./linked.ts";
import { listSessions, withLocal } from "./lists.ts";
import type { TerminalStream } from "./stream/index.ts";
import { LocalNode } from "./local/local-node.ts";
import type { Fleet } from "./nats/index.ts";
import { explainSkew, readAnswer } from "./skew.ts";
import type { AgentStatus, AskOptions, CallOptions, CandidatesOptions, FleetClient, NodesAnswer, Place, Release, Selection, SelectionAnswer, SessionAddress, SessionsAnswer, SessionsQuery, StreamRequest } from "./types.ts";

export interface ClientOptions {
  readonly release: Release;
  /** Reach this machine's node over the fleet too. */
  readonly remote?: boolean;
}

export function createClient(settings: Settings, options: ClientOptions): FleetClient {
  return new Client(settings, options);
}

const DEFAULT_FLEET = "default" as FleetName;

class Client implements FleetClient {
  readonly #settings: Settings;
  readonly #remote: boolean;
  readonly #release: Release;
  readonly #local: LocalNode;
  readonly #direct: Kept<DirectCarrier>;
  readonly #fleet: Kept<Fleet>;
  readonly #closing = new AbortController();
  readonly #streams = new Set<TerminalStream>();

  constructor(settings: Settings, { remote = false, release }: ClientOptions) {
    this.#settings = settings;
    this.#remote = remote;
    this.#release = release;
    this.#local = new LocalNode(settings, release);
    // Everything under way hears of the end.
    setMaxListeners(0, this.#closing.signal);
    this.#direct = new Kept(async () => {
      const { DirectCarrier, directServer } = await import("./direct/index.ts");
      return new DirectCarrier(await directServer(settings.server ?? "", settings));
    });
    this.#fleet = new Kept(
      () => this.#connect(),
      ({ isOpen }) => isOpen,
    );
  }

  async call<C extends Contract>(contract: C, input: RawInputOf<C>, place: Place = this.#home, { timeoutMs = contract.timeoutMs, signal }: CallOptions = {}): Promise<OutputOf<C>> {
    const operation = contract.change ? (await import("./operation-id.ts")).newOperationId() : undefined;
    const { own, note } = this.#release;
    let version = place.kind === "fleet" ? place.node.version : undefined;
    const peer = () => ({ name: place.kind === "fleet" ? `node ${place.node.name}` : place.kind === "local" ? "this machine's node" : "the server", version, local: place.kind === "local" });
    const { stop, unlink } = linked(signal, this.#closing.signal);
    let answer: unknown;
    try {
      this.#mustBeOpen();
      answer = await this.#ask(place, contract, input, { operation, timeoutMs, signal: stop.signal, onVersion: (told) => (version = told ?? version) });
    } catch (error) {
      throw explainSkew(error, peer(), own);
    } finally {
      unlink();
    }
    return readAnswer(contract, answer, peer(), own, note);
  }

  async #ask(place: Place, contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
    if (place.kind === "local") return this.#local.ask(contract, input, options);
    if (place.kind === "direct") return (await this.#directCarrier()).ask(contract, input, options);
    return (await this.#needFleet()).ask(place.node, contract, input, options);
  }

  async resolve(text: string): Promise<SessionAddress> {
    const { node, session } = parseTarget(text);
    if (node !== undefined) return { place: await this.node(node), session, text };
    if (this.#settings.server !== undefined) return { place: { kind: "direct" }, session, text };
    if (this.#remote && "id" in session) return { place: await this.node((await this.#local.status()).node.name), session, text };
    if ("id" in session || !(await this.hasFleet())) return { place: { kind: "local" }, session, text };
    return { place: await this.#placeOfName(session, text), session, text };
  }

  /** A bare name: this machine's session of that name, or the one of the fleet. */
  async #placeOfName(session: Ref, text: string): Promise<Place> {
    // First: an agent that is just being started again is waited for, and what it runs is in the list.
    const here = this.#local.exists ? (await this.#local.status()).node.name : undefined;
    const { sessions } = await this.sessions({});
    const named = sessions.filter(({ name }) => "name" in session && name === session.name);
    const [one, ...others] = named.filter(({ node }) => node === here).length > 0 ? named.filter(({ node }) => node === here) : named;
    if (one === undefined) throw new FleetError("unknown-session", `there is no session '${text}' in this fleet`);
    if (others.length > 0) throw new FleetError("ambiguous-session", `several nodes have a session '${text}': ${[one, ...others].map(({ target }) => target).join(", ")}`);
    return this.node(one.node);
  }

  async node(name: NodeName): Promise<Place> {
    if (this.#settings.server !== undefined) {
      const record = await this.call(nodeGet, {});
      if (record.name === name) return { kind: "direct" };
      throw new FleetError("unknown-node", `the server ${this.#settings.server} is node '${record.name}', not '${name}'`, { hint: `use ${record.name}, or leave --server out` });
    }
    const fleetOnly = this.#remote || (!this.#local.exists && (await this.hasFleet()));
    if (!fleetOnly && (await this.#localRecord()).name === name) return { kind: "local" };
    const fleet = await this.#openFleet();
    if (fleet === undefined) throw new FleetError("unknown-node", `'${name}' is not this machine's node, and no fleet is set up here`, { hint: "'fleet join TOKEN' joins one; --nats URL names a NATS server" });
    return { kind: "fleet", node: await fleet.node(name) };
  }

  async #localRecord(): Promise<NodeRecord> {
    return (await this.#local.status()).node;
  }

  async nodes(): Promise<NodesAnswer> {
    const fleet = this.#settings.server === undefined ? await this.#openFleet() : undefined;
    return fleet === undefined ? { nodes: [await this.call(nodeGet, {})], notes: [] } : fleet.nodes();
  }

  async sessions(query: SessionsQuery): Promise<SessionsAnswer> {
    if (this.#settings.server !== undefined) return this.#sessionsOf({ kind: "direct" }, query);
    const fleet = await this.#openFleet();
    if (fleet === undefined) return this.#local.exists || query.nodes !== undefined ? this.#sessionsOf({ kind: "local" }, query) : { sessions: [], stale: new Map(), notes: [] };
    const here = this.#remote ? undefined : await this.peek();
    const names = query.nodes?.filter((name) => name !== here?.node.name);
    for (const name of names ?? []) await fleet.node(name);
    const [remote, local] = await Promise.all([
      names?.length === 0 ? { sessions: [], stale: new Map<string, string>(), notes: fleet.notes } : fleet.sessions({ ...query, nodes: names }),
      here === undefined || (query.nodes !== undefined && names?.length === query.nodes.length) ? undefined : this.#list({ kind: "local" }, query),
    ]);
    return here === undefined || local === undefined ? remote : withLocal(remote, here, local);
  }

  /** Of one node alone; a filter that names another node is a mistake. */
  async #sessionsOf(place: Place, query: SessionsQuery): Promise<SessionsAnswer> {
    for (const name of query.nodes ?? []) await this.node(name);
    return { sessions: await this.#list(place, query), stale: new Map(), notes: [] };
  }

  #list(place: Place, query: SessionsQuery): Promise<SessionRecord[]> {
    return listSessions((contract, input) => this.call(contract, input, place), query.filter);
  }

  async candidates(wish: PlaceWish, options: CandidatesOptions = {}): Promise<Placement> {
    const fleet = this.#settings.server === undefined ? await this.#openFleet() : undefined;
    if (fleet !== undefined) return fleet.candidates(wish, options);
    const { placeAmong } = await import("./place-among.ts");
    return placeAmong([await this.call(nodeGet, { fresh: wish.gpus !== undefined })], wish, options);
  }

  async placeOf(node: NodeRecord): Promise<Place> {
    if (this.#settings.server !== undefined) return { kind: "direct" };
    const isHere = !this.#remote && (await this.peek())?.node.key === node.key;
    return isHere ? { kind: "local" } : { kind: "fleet", node };
  }

  async select(selection: Selection): Promise<SelectionAnswer> {
    const { isHome, selectNodes, selectSessions } = await import("./select.ts");
    const home = async () => ({ nodes: [{ node: await this.call(nodeGet, {}), place: this.#home }], notes: [] });
    const { nodes, notes } = isHome(selection) ? await home() : await selectNodes(this, selection.nodes, await this.#placing());
    const found = selection.sessions === undefined ? { sessions: [], failures: [] } : await selectSessions(this, nodes, selection.sessions);
    return { nodes, notes, ...found };
  }

  /** Where the nodes of a list are asked: this machine's over its socket, whatever list it stood in. */
  async #placing(): Promise<(node: NodeRecord) => Place> {
    if (this.#settings.server !== undefined || !(await this.hasFleet())) return () => this.#home;
    const here = this.#remote ? undefined : await this.peek();
    return (node) => (here?.node.key === node.key ? { kind: "local" } : { kind: "fleet", node });
  }

  async broadcast<A extends Aim, T>(aims: readonly A[], work: (aim: A) => Promise<T>): Promise<Outcome<T>[]> {
    return (await import("./broadcast.ts")).broadcast(aims, work);
  }

  async openStream({ place, session }: { place: Place; session?: Ref }, { want, scope, signal, onStatus }: StreamRequest) {
    const [{ openStream }, { createAttachKey }] = await Promise.all([import("./stream/index.ts"), import("@fleetwire/shared/wire")]);
    const grant = async () => {
      const clientKey = createAttachKey();
      const answer = await this.call(scope === "write" ? sessionAttach : sessionView, { session, clientKey: clientKey.publicKey }, place, { signal });
      return { answer: await this.#reachable(answer, place), clientKey };
    };
    let stream: TerminalStream | undefined;
    let over = false;
    const onOver = () => ((over = true), stream !== undefined && this.#streams.delete(stream));
    stream = await openStream({ ...(await grant()), want, signal, onStatus, onOver, renew: grant, ...(place.kind === "fleet" ? { nodeKey: place.node.key } : {}) });
    if (!over) this.#streams.add(stream);
    return stream;
  }

  /** A path on another machine is not to be opened here; a direct server is reached where it was reached. */
  async #reachable(answer: AttachAnswer, place: Place): Promise<AttachAnswer> {
    if (place.kind === "local") return answer;
    const urls = answer.addresses.filter(({ kind }) => kind === "url");
    if (place.kind === "fleet") return { ...answer, addresses: urls };
    const { server } = await this.#directCarrier();
    return { ...answer, addresses: [{ kind: "url", url: server.url, ca: server.ca }, ...urls] };
  }

  async registry<C extends Contract>(view: C, input: RawInputOf<C>): Promise<OutputOf<C> | undefined> {
    const fleet = this.#settings.server === undefined ? await this.#openFleet() : undefined;
    return fleet?.view(view, input);
  }

  async forget(name: NodeName, force: boolean): Promise<boolean> {
    const { newOperationId } = await import("./operation-id.ts");
    return (await this.#needFleet()).forget(name, force, newOperationId());
  }

  async *events(request: EventsRequest): AsyncGenerator<HeardEvent> {
    const { fleetEventStream, followHistory } = await import("./events/index.ts");
    if (this.#settings.server === undefined && (await this.hasFleet())) return yield* fleetEventStream(this.#eventSources(), request);
    yield* followHistory((query, signal) => this.call(eventList, query, this.#home, { signal }), request);
  }

  #eventSources(): EventSources {
    const ask = async (node: NodeRecord, query: RawInputOf<typeof eventList>, signal: AbortSignal | undefined) => this.call(eventList, query, { kind: "fleet", node }, { signal });
    return {
      fleet: async (query, signal) => (await this.#needFleet()).events(query, signal),
      nodes: async () => (await (await this.#needFleet()).nodes()).nodes,
      node: (node) => (query, signal) => ask(node, query, signal),
    };
  }

  peek(): Promise<AgentStatus | undefined> {
    return this.#local.peek();
  }

  async ownNode(): Promise<"linked" | "alone" | "none"> {
    // Whoever is in a session speaks as that session, wherever else it could go.
    if (this.#settings.server !== undefined || this.#local.inSession) return "linked";
    if (this.#remote) return "none";
    if (!this.#local.exists) return (await this.hasFleet()) ? "none" : "alone";
    return (await this.#local.status()).fleet.state === "none" ? "alone" : "linked";
  }

  async hasFleet(): Promise<boolean> {
    if (this.#settings.nats !== undefined || existsSync(this.#settings.paths.callerCredentials)) return true;
    return (await this.#plainFleetOfNode()) !== undefined;
  }

  async notes(): Promise<readonly string[]> {
    return (await this.#openFleet())?.notes ?? [];
  }

  get #home(): Place {
    return this.#settings.server === undefined ? { kind: "local" } : { kind: "direct" };
  }

  async #directCarrier(): Promise<DirectCarrier> {
    const carrier = await this.#direct.get();
    if (carrier === undefined) throw new FleetError("unknown-server", "no server was named");
    return carrier;
  }

  async #needFleet(): Promise<Fleet> {
    const fleet = await this.#openFleet();
    if (fleet === undefined) throw new FleetError("unknown-node", "no fleet is set up here", { hint: "'fleet join TOKEN' joins one; --nats URL names a NATS server" });
    return fleet;
  }

  /** Undefined when no fleet is set up: then this machine is all there is. */
  async #openFleet(): Promise<Fleet | undefined> {
    this.#mustBeOpen();
    return this.#fleet.get();
  }

  async #connect(): Promise<Fleet | undefined> {
    if (!(await this.hasFleet())) return undefined;
    const { Fleet, callerCredentials, callerKey } = await import("./nats/index.ts");
    const { paths, nats, fleet, creds } = this.#settings;
    const key = callerKey(paths.callerSeed);
    if (nats !== undefined) return Fleet.open(this.#release, { ...nats, fleet: fleet ?? DEFAULT_FLEET, key });
    const credentials = callerCredentials(paths.callerCredentials);
    if (credentials !== undefined) return Fleet.open(this.#release, { urls: credentials.facts.urls, fleet: credentials.facts.fleet, key, credentials });
    const plain = await this.#plainFleetOfNode();
    return plain === undefined ? undefined : Fleet.open(this.#release, { urls: plain.urls, fleet: fleet ?? plain.fleet, key, creds });
  }

  /** What this machine's node was told with `fleet up --nats`: on a NATS without credentials its owner needs none either. */
  async #plainFleetOfNode(): Promise<{ urls: readonly string[]; fleet: FleetName } | undefined> {
    if (!this.#local.exists) return undefined;
    const link = (await this.#local.status()).fleet;
    if (link.state === "none" || !link.unprotected || link.urls.length === 0) return undefined;
    return { urls: link.urls, fleet: (link.fleet as FleetName | undefined) ?? DEFAULT_FLEET };
  }

  #mustBeOpen(): void {
    if (this.#closing.signal.aborted) throw new FleetError("cancelled", "this client has been closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#streams].map((stream) => stream.detach()));
    await this.#local[Symbol.asyncDispose]();
    await this.#direct[Symbol.asyncDispose]();
    await this.#fleet[Symbol.asyncDispose]();
  }
}
