// The fleet as a caller sees it over NATS: the registry's lists where there is a registry, a scatter where there is none.
import { type Contract, type EventPage, type EventQuery, fleetEvents, fleetForget, fleetNodes, fleetPlace, fleetSessions, type InputOf, type OutputOf, type RawInputOf, sessionList } from "@fleetwire/shared/bus";
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { NodeName } from "@fleetwire/shared/ids";
import type { Placement, PlaceWish } from "@fleetwire/shared/placement";
import { explainSkew, readAnswer } from "../skew.ts";
import { staleNote } from "../stale.ts";
import type { AskOptions, CandidatesOptions, NodesAnswer, Release, SessionsAnswer, SessionsQuery } from "../types.ts";
import { askNode, askRegistry, NOBODY } from "./ask.ts";
import { openLink, type Link, type LinkSettings } from "./link.ts";
import { allPages } from "./pages.ts";
import { scatter } from "./scatter.ts";
import { schemaOfSigned } from "./signed-pages.ts";

/** For a page of events beside the waiting that was asked for, milliseconds. */
const EVENTS_MS = 5_000;

/** How long a registry is waited for, milliseconds: it answers for ten thousand nodes in a tenth of that. `maybe`: nobody said that there is one. */
const LIST_MS = { sure: 3_000, maybe: 1_000 } as const;

export class Fleet implements AsyncDisposable {
  readonly #link: Link;
  readonly #release: Release;
  /** Each is said once, however often it is so. */
  readonly #notes: Set<string>;

  private constructor(link: Link, release: Release) {
    this.#link = link;
    this.#release = release;
    this.#notes = new Set(link.unprotected ? [`this fleet is unprotected: anyone who reaches ${link.connection.getServer()} can use its nodes`] : []);
  }

  /** @throws FleetError `nats-unreachable`, `nats-denied` */
  static async open(release: Release, settings: LinkSettings): Promise<Fleet> {
    return new Fleet(await openLink(settings), release);
  }

  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** @throws FleetError `node-unreachable` with the node's age, or what it says */
  async ask(node: NodeRecord, contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
    const answer = await askNode(this.#link, node, contract, input, options);
    if (answer !== NOBODY) return answer;
    throw new FleetError("node-unreachable", `node ${node.name} is not connected${staleNote(node.state, node.ageMs, ", last heard ")}`);
  }

  /** @throws FleetError `unknown-node` */
  async node(name: NodeName): Promise<NodeRecord> {
    const answer = await this.#listed(fleetNodes, { name });
    const node = answer === NOBODY ? (await scatter(this.#link, name)).nodes[0] : answer.nodes[0];
    if (node === undefined) throw new FleetError("unknown-node", answer === NOBODY ? `no node '${name}' answered` : `there is no node '${name}' in this fleet`);
    return node;
  }

  async nodes(): Promise<NodesAnswer> {
    const pages = await allPages((range) => this.#listed(fleetNodes, range), ({ nodes }) => nodes.at(-1)?.name);
    return pages === NOBODY ? this.#scattered() : { nodes: pages.flatMap(({ nodes }) => nodes), notes: this.notes };
  }

  /** The registry's choice where there is one: of thousands of nodes a page travels. */
  async candidates(wish: PlaceWish, { without = [], explain = false }: CandidatesOptions): Promise<Placement> {
    const answer = await this.#listed(fleetPlace, { wish, without: [...without], explain });
    if (answer !== NOBODY) return answer;
    const { placeAmong } = await import("../place-among.ts");
    return placeAmong((await this.#scattered()).nodes, wish, { without, explain });
  }

  async sessions(query: SessionsQuery): Promise<SessionsAnswer> {
    const pages = await allPages((range) => this.#listed(fleetSessions, { nodes: query.nodes && [...query.nodes], filter: query.filter, ...range }), ({ next }) => next);
    if (pages === NOBODY) return this.#scatteredSessions(query);
    const stale = new Map<string, string>();
    for (const { nodes } of pages) {
      for (const [name, { state, ageMs }] of Object.entries(nodes)) if (state !== "live") stale.set(name, staleNote(state, ageMs).trim());
    }
    return { sessions: pages.flatMap(({ sessions }) => sessions), stale, notes: this.notes };
  }

  /** @throws FleetError `not-supported` without a registry */
  async forget(name: NodeName, force: boolean, operation: string): Promise<boolean> {
    const answer = await this.#registry(fleetForget, { name, force }, { operation });
    if (answer === NOBODY) throw new FleetError("not-supported", "this fleet has no registry, so nothing remembers nodes that are gone");
    return answer.forgotten;
  }

  /** Undefined when nobody answers that view. */
  async view<C extends Contract>(contract: C, input: RawInputOf<C>): Promise<OutputOf<C> | undefined> {
    const answer = await this.#registry(contract, input);
    return answer === NOBODY ? undefined : answer;
  }

  /** A page of the fleet's history; undefined without a registry. */
  async events(query: EventQuery, signal: AbortSignal | undefined): Promise<EventPage | undefined> {
    const answer = await this.#registry(fleetEvents, query, { timeoutMs: (query.waitMs ?? 0) + EVENTS_MS, signal });
    return answer === NOBODY ? undefined : answer;
  }

  /** The connection lives. */
  get isOpen(): boolean {
    return !this.#link.connection.isClosed();
  }

  /** Of a registry that is there and silent, or of somebody who only listens in: the nodes themselves are asked instead, and it is said. */
  async #listed<C extends Contract>(contract: C, input: RawInputOf<C>): Promise<OutputOf<C> | typeof NOBODY> {
    const timeoutMs = this.#link.settings.credentials === undefined ? LIST_MS.maybe : LIST_MS.sure;
    try {
      return await this.#registry(contract, input, { timeoutMs });
    } catch (error) {
      if (!(error instanceof FleetError) || error.code !== "timeout") throw error;
      this.#notes.add(`no registry answered within ${timeoutMs / 1000} s; the nodes were asked`);
      return NOBODY;
    }
  }

  async #registry<C extends Contract>(contract: C, input: RawInputOf<C>, options: Partial<AskOptions> = {}): Promise<OutputOf<C> | typeof NOBODY> {
    const { own, note } = this.#release;
    let version: string | undefined;
    const peer = () => ({ name: "the registry", version, local: false });
    let answer: unknown;
    try {
      answer = await askRegistry(this.#link, contract, input, { timeoutMs: contract.timeoutMs, ...options, onVersion: (told) => (version = told) });
    } catch (error) {
      throw explainSkew(error, peer(), own);
    }
    if (answer === NOBODY) return NOBODY;
    const output = this.#link.settings.credentials === undefined ? contract.output : schemaOfSigned(contract);
    return readAnswer({ ...contract, output } as C, answer, peer(), own, note);
  }

  async #scattered(): Promise<NodesAnswer> {
    const { nodes, unread } = await scatter(this.#link);
    if (unread > 0) this.#release.note(`${unread === 1 ? "1 node" : `${unread} nodes`} answered in a way that this command (${this.#release.own}) can't read: of another release`);
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
      const page = readAnswer(sessionList, answer, { name: `node ${node.name}`, version: node.version, local: false }, this.#release.own, this.#release.note);
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
  if (error instanceof FleetError && ["node-unreachable", "timeout", "untrusted-caller", "version-skew", "unknown-verb"].includes(error.code)) return [];
  throw error;
}
