// The fleet as this server's limits leave it. What is outside of them is answered for as if it didn't exist.
import { nodeGet, sessionGet, subjectOf, type Contract, type EventRecord, type OutputOf, type RawInputOf, type Ref } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { formatTarget, parseTarget, printable, type NodeName, type Tag } from "@fleetwire/shared/ids";
import type { Placement, PlaceWish } from "@fleetwire/shared/placement";
import { aimsOfNodes, searchAll, type SearchAim, type SearchBounds, type SearchQuestion, type SearchResult } from "../client/index.ts";
import type { CallOptions, CandidatesOptions, EventsRequest, FleetClient, HeardEvent, NodesAnswer, Place, SessionsAnswer, SessionsQuery } from "../client/index.ts";
import { AllowedMail } from "./allowed-mail.ts";
import { seesNode, seesSession, type Limits } from "./limits.ts";

/** A session that may be seen, by the id that is never given out again. */
export interface Found extends OutputOf<typeof sessionGet> {
  readonly place: Place;
  readonly ref: Extract<Ref, { id: unknown }>;
}

/** In which sessions: named ones, or all of these nodes (none: of all nodes) with these tags. */
interface Searched {
  readonly targets: readonly string[];
  readonly nodes: readonly NodeName[];
  readonly tags: readonly Tag[];
}

export class AllowedFleet {
  readonly #client: FleetClient;
  readonly #limits: Limits;
  readonly mail: AllowedMail;

  constructor(client: FleetClient, limits: Limits) {
    this.#client = client;
    this.#limits = limits;
    this.mail = new AllowedMail(client, limits, this);
  }

  /** @throws FleetError */
  call<C extends Contract>(contract: C, input: RawInputOf<C>, place: Place, options?: CallOptions): Promise<OutputOf<C>> {
    return this.#client.call(contract, input, place, options);
  }

  readonly broadcast: FleetClient["broadcast"] = (aims, work) => this.#client.broadcast(aims, work);

  openStream: FleetClient["openStream"] = (address, request) => this.#client.openStream(address, request);

  async nodes(): Promise<NodesAnswer> {
    const { nodes, notes } = await this.#client.nodes();
    return { nodes: nodes.filter(({ name }) => seesNode(this.#limits, name)), notes: this.#notes(notes) };
  }

  /** @throws FleetError `unknown-node` */
  async node(name: NodeName): Promise<Place> {
    if (!seesNode(this.#limits, name)) throw unknownNode(name);
    return this.#client.node(name);
  }

  async sessions(query: SessionsQuery): Promise<SessionsAnswer> {
    const hidden = query.nodes?.find((name) => !seesNode(this.#limits, name));
    if (hidden !== undefined) throw unknownNode(hidden);
    const { sessions, stale, notes } = await this.#client.sessions(query);
    return { sessions: sessions.filter((session) => seesSession(this.#limits, session)), stale, notes: this.#notes(notes) };
  }

  /** They may name nodes. */
  #notes(notes: readonly string[]): readonly string[] {
    return this.limitsNodes ? [] : notes;
  }

  /** @throws FleetError `bad-target`, `unknown-node`, `unknown-session`, `ambiguous-session` */
  async session(target: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Found> {
    const { node, session } = parseTarget(target);
    if (node !== undefined && !seesNode(this.#limits, node)) throw unknownNode(node);
    const address = await this.#client.resolve(node === undefined && "name" in session ? await this.#targetOf(session.name) : target);
    let found: OutputOf<typeof sessionGet>;
    try {
      found = await this.call(sessionGet, { session: address.session }, address.place, { signal });
    } catch (error) {
      throw error instanceof FleetError && error.code === "unknown-session" ? unknownSession(target) : error;
    }
    if (!seesSession(this.#limits, found.session)) throw unknownSession(target);
    return { ...found, place: address.place, ref: { id: found.session.id } };
  }

  /** A name alone: of those that may be seen. Without limits that is the client's own question. */
  async #targetOf(name: string): Promise<string> {
    if (this.#limits.nodes.length === 0 && this.#limits.tags.length === 0) return name;
    const named = (await this.sessions({})).sessions.filter((session) => session.name === name);
    const [one, ...others] = named;
    if (one === undefined) throw unknownSession(name);
    if (others.length > 0) throw new FleetError("ambiguous-session", `several nodes have a session '${name}': ${named.map(({ target }) => target).join(", ")}`);
    return formatTarget(one.node, { id: one.id });
  }

  /** Where a launch goes that names no node: this machine or the server. Undefined when that is not to be used, or there is none. */
  async home(): Promise<Place | undefined> {
    const record = await this.#client.call(nodeGet, {});
    return seesNode(this.#limits, record.name) ? this.#client.placeOf(record) : undefined;
  }

  get limitsNodes(): boolean {
    return this.#limits.nodes.length > 0;
  }

  async candidates(wish: PlaceWish, options: CandidatesOptions = {}): Promise<Placement> {
    if (!this.limitsNodes) return this.#client.candidates(wish, options);
    const { nodes } = await this.#client.nodes();
    const hidden = nodes.filter(({ name }) => !seesNode(this.#limits, name)).map(({ name }) => name);
    return this.#client.candidates(wish, { ...options, without: [...(options.without ?? []), ...hidden] });
  }

  placeOf(node: NodeRecord): Promise<Place> {
    return this.#client.placeOf(node);
  }

  /** @throws FleetError `unknown-node`, `unknown-session`; when no node could be searched, why */
  async search(question: Omit<SearchQuestion, "filter">, { targets, nodes, tags }: Searched, bounds: SearchBounds): Promise<SearchResult> {
    const aims = targets.length > 0 ? await this.#aimsOf(targets, bounds) : await this.#aimsOn(nodes);
    const wanted = [...new Set([...this.#limits.tags, ...tags])];
    const found = await searchAll(this, aims, { ...question, ...(wanted.length > 0 ? { filter: { tags: wanted } } : {}) }, bounds);
    const [failure] = found.failures;
    if (failure !== undefined && found.failures.length === aims.length) throw failure.error;
    return found;
  }

  async #aimsOf(targets: readonly string[], { signal }: SearchBounds): Promise<SearchAim[]> {
    const found = await Promise.all([...new Set(targets)].map((target) => this.session(target, { signal })));
    const nodes = new Map(found.map(({ session, place }) => [session.node, place]));
    return [...nodes].map(([node, place]) => ({ target: node, node, place, sessions: found.flatMap(({ session, ref }) => (session.node === node ? [ref] : [])) }));
  }

  async #aimsOn(names: readonly NodeName[]): Promise<SearchAim[]> {
    const hidden = names.find((name) => !seesNode(this.#limits, name));
    if (hidden !== undefined) throw unknownNode(hidden);
    return (await aimsOfNodes(this.#client, names)).aims.filter(({ node }) => seesNode(this.#limits, node));
  }

  async *events(request: EventsRequest): AsyncGenerator<HeardEvent> {
    for await (const heard of this.#client.events(request)) if (this.#seesEvent(heard.event)) yield heard;
  }

  #seesEvent(event: EventRecord): boolean {
    const subject = subjectOf(event);
    return subject === undefined ? this.#limits.tags.length === 0 && seesNode(this.#limits, event.node) : seesSession(this.#limits, { node: event.node, tags: subject.tags });
  }
}

function unknownNode(name: string): FleetError {
  return new FleetError("unknown-node", `there is no node '${printable(name)}' in this fleet`);
}

function unknownSession(target: string): FleetError {
  return new FleetError("unknown-session", `there is no session '${printable(target)}'`);
}
