// The sessions of this host, by id. One life of an id at a time.
import type { HostEvent, HostInput, HostSession } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { Programs } from "../pty/programs.ts";
import type { Screens } from "../screen/screens.ts";
import { ProcessTable } from "../processes/process-table.ts";
import type { SessionHost, SessionListener } from "./session-host.ts";
import { Session } from "./session.ts";

const CHANGED_MS = 100;

export class Sessions {
  readonly #byId = new Map<number, Session>();
  readonly #programs: Programs;
  readonly #screens: Screens;
  readonly #host: SessionHost;
  readonly #listeners = new Set<(event: HostEvent) => void>();
  /** Changes are told at most every 100 ms a session. */
  readonly #pending = new Map<Session, NodeJS.Timeout>();
  readonly #onQuiet: () => void;
  #stopping = false;
  #starting = 0;

  /** @param onQuiet when the last running session has ended */
  constructor(programs: Programs, screens: Screens, host: Omit<SessionHost, "table" | "look" | "text">, onQuiet: () => void) {
    this.#programs = programs;
    this.#screens = screens;
    this.#host = { ...host, table: new ProcessTable(), look: (session, offsets) => screens.look(session, offsets), text: (session) => screens.draw(session, "text", 0) };
    this.#onQuiet = onQuiet;
  }

  get running(): number {
    return this.#starting + [...this.#byId.values()].filter(({ running }) => running).length;
  }

  /** Starts none any more and ends those that run. Resolves when all that they printed is on disk. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const all = [...this.#byId.values()];
    await Promise.allSettled(all.map((session) => session.kill("SIGTERM", graceMs)));
    await Promise.allSettled(all.map((session) => session.close()));
  }

  records(): HostSession[] {
    return [...this.#byId.values()].map(({ record }) => record);
  }

  onEvent(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws FleetError `unknown-session` for an id or epoch that isn't here */
  get(id: number, epoch: string): Session {
    const session = this.#byId.get(id);
    if (session === undefined || session.epoch !== epoch) throw new FleetError("unknown-session", `this host has no session ${id} of that epoch`);
    return session;
  }

  /** @throws FleetError `still-running` when the id runs here already, `launch-failed` */
  async spawn(spec: HostInput<"spawn">): Promise<Session> {
    await this.#replace(spec.id);
    if (this.#stopping) throw new FleetError("launch-failed", "this PTY host is stopping");
    this.#starting++;
    try {
      const session = await Session.spawn(this.#programs, spec, this.#listener, this.#host);
      session.output.log.keepFrom(() => this.#screens.passed(session));
      this.#byId.set(spec.id, session);
      if (this.#stopping) void session.kill("SIGTERM", 0);
      return session;
    } finally {
      this.#starting--;
    }
  }

  async open(what: HostInput<"open">): Promise<Session> {
    const known = this.#byId.get(what.id);
    if (known?.epoch === what.epoch) return known;
    await this.#replace(what.id);
    const session = Session.reopen(what, this.#listener, this.#host);
    this.#byId.set(what.id, session);
    return session;
  }

  /** Resolves when nothing is written about the session any more. */
  async forget(id: number, epoch: string): Promise<void> {
    const session = this.#byId.get(id);
    if (session === undefined || session.epoch !== epoch) return;
    if (session.running) throw new FleetError("still-running", `session ${id} still runs`);
    await this.#drop(session);
  }

  /** The life before has to be in its files, where the next one reads how far it got. */
  async #replace(id: number): Promise<void> {
    const known = this.#byId.get(id);
    if (known?.running === true) throw new FleetError("still-running", `session ${id} still runs`);
    if (known !== undefined) await this.#drop(known);
    if (this.#byId.get(id)?.running === true) throw new FleetError("still-running", `session ${id} still runs`);
  }

  async #drop(session: Session): Promise<void> {
    this.#byId.delete(session.id);
    this.#screens.forget(session.key);
    clearTimeout(this.#pending.get(session));
    this.#pending.delete(session);
    await session.close();
  }

  readonly #listener: SessionListener = {
    ended: (session) => {
      this.#screens.ended(session);
      clearTimeout(this.#pending.get(session));
      this.#pending.delete(session);
      this.#tell({ event: "ended", session: session.record });
      if (this.running === 0) this.#onQuiet();
    },
    changed: (session) => {
      if (this.#pending.has(session)) return;
      const tell = () => {
        this.#pending.delete(session);
        this.#tell({ event: "changed", session: session.record });
      };
      this.#pending.set(session, setTimeout(tell, CHANGED_MS).unref());
    },
    printed: (session) => this.#screens.printed(session),
    said: ({ id, epoch }, signal) => this.#tell({ event: "signal", id, epoch, signal }),
  };

  #tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
