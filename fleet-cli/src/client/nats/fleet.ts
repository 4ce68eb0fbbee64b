// The fleet as a caller sees it over NATS: the registry's lists where there is a registry, a scatter where there is none.
import { type Contract, type EventPage, type EventQuery, fleetEvents, fleetForget, fleetNodes, fleetPlace, fleetSessions, type InputOf, type OutputOf, type RawInputOf, sessionList } from "@fleetwire/shared/bus";
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import type { NodeName } from "@fleetwire/shared/ids";
import type { Placement, PlaceWish } from "@fleetwire/shared/placement";
import { staleNote } from "../stale.ts";
import type { AskOptions, CandidatesOptions, NodesAnswer, SessionsAnswer, SessionsQuery } from "../types.ts";
import { askNode, askRegistry, NOBODY } from "./ask.ts";
import { openLink, type Link, type LinkSettings } from "./link.ts";
import { scatter } from "./scatter.ts";

/** Rows a page; small pages only cost round trips. */
const NODES_PAGE = 1_000;
const SESSIONS_PAGE = 500;
/** For a page of events beside the waiting that was asked for, milliseconds. */
const EVENTS_MS = 5_000;

export class Fleet implements AsyncDisposable {
  readonly #link: Link;
  #notes: string[];

  private constructor(link: Link) {
    this.#link = link;
    this.#notes = link.unprotected ? [`this fleet is unprotected: anyone who reaches ${link.connection.getServer()} can use its nodes`] : [];
  }

  /** @throws FleetError `nats-unreachable`, `nats-denied` */
  static async open(settings: LinkSettings): Promise<Fleet> {
    return new Fleet(await openLink(settings));
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  /** @throws FleetError `node-unreachable` with the node's age, or what it says */
  async ask(node: NodeRecord, contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
    const answer = await askNode(this.#link, node, contract, input, options);
    if (answer !== NOBODY) return answer;
    throw new FleetError("node-unreachable", `node ${node.name} is not connected${staleNote(node.state, node.ageMs, ", last heard ")}`);
  }

  /** @throws FleetError `unknown-node` */
  async node(name: NodeName): Promise<NodeRecord> {
    const answer = await this.#registry(fleetNodes, { name });
    const node = answer === NOBODY ? (await scatter(this.#link, name))[0] : answer.nodes[0];
    if (node === undefined) throw new FleetError("unknown-node", answer === NOBODY ? `no node '${name}' answered` : `there is no node '${name}' in this fleet`);
    return node;
  }

  async nodes(): Promise<NodesAnswer> {
    const nodes: NodeRecord[] = [];
    for (;;) {
      const page = await this.#registry(fleetNodes, { after: nodes.at(-1)?.name, limit: NODES_PAGE });
      if (page === NOBODY) return this.#scattered();
      nodes.push(...page.nodes);
      if (!page.more || page.nodes.length === 0) return { nodes, notes: this.#notes };
    }
  }

  /** The registry's choice where there is one: of thousands of nodes a page travels. */
  async candidates(wish: PlaceWish, { without = [], explain = false }: CandidatesOptions): Promise<Placement> {
    const answer = await this.#registry(fleetPlace, { wish, without: [...without], explain });
    if (answer !== NOBODY) return answer;
    const { placeAmong } = await import("../place-among.ts");
    return placeAmong(await scatter(this.#link), wish, { without, explain });
  }

  async sessions(query: SessionsQuery): Promise<SessionsAnswer> {
    const sessions: SessionRecord[] = [];
    const stale = new Map<string, string>();
    let after: string | undefined;
    do {
      const page: OutputOf<typeof fleetSessions> | typeof NOBODY = await this.#registry(fleetSessions, { nodes: query.nodes && [...query.nodes], filter: query.filter, after, limit: SESSIONS_PAGE });
      if (page === NOBODY) return this.#scatteredSessions(query);
      sessions.push(...page.sessions);
      for (const [name, { state, ageMs }] of Object.entries(page.nodes)) if (state !== "live") stale.set(name, staleNote(state, ageMs).trim());
      after = page.more ? page.next : undefined;
    } while (after !== undefined);
    return { sessions, stale, notes: this.#notes };
  }

  /** @throws FleetError `not-supported` without a registry */
  async forget(name: NodeName, force: boolean, operation: string): Promise<boolean> {
    const answer = await askRegistry(this.#link, fleetForget, { name, force }, { operation, timeoutMs: fleetForget.timeoutMs });
    if (answer === NOBODY) throw new FleetError("not-supported", "this fleet has no registry, so nothing remembers nodes that are gone");
    return parseOr(fleetForget.output, answer, "the registry's answer", "version-skew").forgotten;
  }

  /** Undefined when nobody answers that view. */
  async view<C extends Contract>(contract: C, input: RawInputOf<C>): Promise<OutputOf<C> | undefined> {
    const answer = await this.#registry(contract, input);
    return answer === NOBODY ? undefined : answer;
  }

  /** A page of the fleet's history; undefined without a registry. */
  async events(query: EventQuery, signal: AbortSignal | undefined): Promise<EventPage | undefined> {
    const answer = await askRegistry(this.#link, fleetEvents, query, { timeoutMs: (query.waitMs ?? 0) + EVENTS_MS, signal });
    return answer === NOBODY ? undefined : parseOr(fleetEvents.output, answer, "the registry's answer", "version-skew");
  }

  /** The connection lives. */
  get isOpen(): boolean {
    return !this.#link.connection.isClosed();
  }

  async #registry<C extends Contract>(contract: C, input: RawInputOf<C>): Promise<OutputOf<C> | typeof NOBODY> {
    const answer = await askRegistry(this.#link, contract, input, { timeoutMs: contract.timeoutMs });
    return answer === NOBODY ? NOBODY : parseOr(contract.output as C["output"], answer, "the registry's answer", "version-skew");
  }

  async #scattered(): Promise<NodesAnswer> {
    const nodes = await scatter(this.#link);
    return { nodes, notes: [...this.#notes, `no registry here: ${nodes.length === 1 ? "1 node" : `${nodes.length} nodes`} answered`] };
  }

  async #scatteredSessions({ nodes: names, filter }: SessionsQuery): Promise<SessionsAnswer> {
    const { nodes, notes } = await this.#scattered();
    const missing = names?.find((name) => !nodes.some((node) => node.name === name));
    if (missing !== undefined) throw new FleetError("unknown-node", `no node '${missing}' answered`);
    const asked = nodes.filter(({ name }) => names === undefined || names.includes(name));
    const stale = new Map<string, string>();
    const lists = await Promise.all(asked.map((node) => this.#list(node, filter).catch((error: unknown) => (stale.set(node.name, "did not answer"), notAnswered(error)))));
    const silent = stale.size === 0 ? [] : [`did not list their sessions: ${[...stale.keys()].join(", ")}`];
    return { sessions: lists.flat(), stale, notes: [...notes, ...silent] };
  }

  async #list(node: NodeRecord, filter: InputOf<typeof sessionList>["filter"]): Promise<SessionRecord[]> {
    const sessions: SessionRecord[] = [];
    for (;;) {
      const answer = await this.ask(node, sessionList, { filter, after: sessions.at(-1)?.id }, { timeoutMs: sessionList.timeoutMs });
      const page = parseOr(sessionList.output, answer, `the answer of ${node.name}`, "version-skew");
      sessions.push(...page.sessions);
      if (!page.more || page.sessions.length === 0) return sessions;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }
}

/** One node that doesn't answer must not hide the others; that nobody is let in is said. */
function notAnswered(error: unknown): SessionRecord[] {
  if (error instanceof FleetError && ["node-unreachable", "timeout", "untrusted-caller"].includes(error.code)) return [];
  throw error;
}
