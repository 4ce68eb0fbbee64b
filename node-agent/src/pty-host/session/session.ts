// One session in its host: a program on a terminal, its output, its viewers' sizes, its end. A session that has ended is the
// same thing without a program. Long because it is where output, typing, size and end of one session meet; what each of them
// does by itself is in a file beside it.
import type { HostInput, HostOutput, HostSession, SessionExit, Size, TerminalSignal, Typed as Sent } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import { lastLineOf } from "../activity/last-line.ts";
import { ActivityWatch, type Report } from "../activity/watch.ts";
import { SegmentLog } from "../log/segment-log.ts";
import { TimingIndex } from "../log/timing-index.ts";
import { OutputStore } from "../output/output-store.ts";
import { foregroundGroup } from "../processes/foreground.ts";
import { killTree } from "../processes/kill-tree.ts";
import { makeGroup, removeGroup } from "../processes/session-group.ts";
import { processStart } from "../process-identity.ts";
import type { Programs } from "../pty/programs.ts";
import { Pty } from "../pty/pty.ts";
import type { SizedFrom } from "../screen/messages.ts";
import type { Drawable } from "../screen/screens.ts";
import { Terminal } from "../terminal/terminal.ts";
import { Sends, type Send } from "../typing/sends.ts";
import { LastSaid } from "./last-said.ts";
import { writeLife } from "./life.ts";
import { LogWatch } from "./log-watch.ts";
import type { SessionHost, SessionListener } from "./session-host.ts";
import { SizeOwner, type SizedViewer } from "./size-owner.ts";
import { typistOf } from "./typist.ts";

/** The program and what it can be told; absent once it has ended. */
interface Running {
  readonly pty: Pty;
  readonly activity: ActivityWatch;
  readonly terminal: Terminal;
  readonly sends: Sends;
}

export class Session implements Drawable {
  readonly id: HostSession["id"];
  readonly epoch: HostSession["epoch"];
  readonly directory: string;
  readonly output: OutputStore;
  readonly timing: TimingIndex;
  readonly sizing = new SizeOwner<SizedViewer>();
  readonly viewers = new Set<SizedViewer>();
  /** Connections that read its log. */
  readers = 0;
  readonly startedAt: number;
  /** Where this life's output begins: after that of earlier ones in the same directory. */
  readonly lifeStart: number;
  endedAt: number | null = null;
  exit: SessionExit | null = null;
  size: Size;
  lastOutputAt: number | null = null;
  #running: Running | undefined;
  #pid: number | null = null;
  #pidStart = "";
  #lastActivity: HostSession["activity"];
  readonly #said = new LastSaid();
  readonly #listener: SessionListener;
  readonly #host: SessionHost;
  readonly #mark: string;
  #group: string | undefined;
  readonly #kills = new Set<Promise<unknown>>();
  readonly #logWatch: LogWatch;
  readonly #endWaiters: (() => void)[] = [];
  readonly #drainWaiters = new Set<() => void>();
  readonly #sizeListeners = new Set<() => void>();

  private constructor(what: Pick<HostInput<"spawn">, "id" | "epoch" | "dir" | "size"> & Partial<Pick<HostInput<"spawn">, "begin">>, startedAt: number, reopened: boolean, logBytes: number, listener: SessionListener, host: SessionHost) {
    this.id = what.id;
    this.epoch = what.epoch;
    this.directory = what.dir;
    this.size = what.size;
    this.startedAt = startedAt;
    this.#listener = listener;
    this.#host = host;
    this.#mark = `FLEET_SESSION_EPOCH=${what.epoch}`;
    this.output = new OutputStore(new SegmentLog(what.dir, logBytes, what.begin));
    this.timing = new TimingIndex(what.dir);
    // The size of a start is written with its time.
    this.lifeStart = this.timing.sizes.findLast(({ ms }) => ms === startedAt)?.offset ?? (reopened ? this.output.start : this.output.end);
    this.#lastActivity = { state: "unknown", at: new Date(startedAt).toISOString() };
    this.#logWatch = new LogWatch({
      output: this.output,
      timing: this.timing,
      onPause: (paused) => this.#running?.pty.pause(paused),
      onFailing: () => this.#listener.changed(this),
      onRestored: () => this.#pid !== null && this.#writeLife(),
    });
  }

  /** @throws FleetError `launch-failed` */
  static async spawn(programs: Programs, spec: HostInput<"spawn">, listener: SessionListener, host: SessionHost): Promise<Session> {
    const session = new Session(spec, Date.now(), false, spec.logBytes, listener, host);
    session.timing.resized(session.startedAt, session.output.end, spec.size);
    await session.#start(programs, spec);
    return session;
  }

  /** An ended session whose log is on disk. */
  static reopen(what: HostInput<"open">, listener: SessionListener, host: SessionHost): Session {
    const session = new Session(what, what.startedAt, true, Number.MAX_SAFE_INTEGER, listener, host);
    session.endedAt = what.endedAt;
    session.exit = what.exit;
    session.output.finish();
    return session;
  }

  get sizes(): readonly SizedFrom[] {
    return this.timing.sizes;
  }

  get key(): string {
    return `${this.id}/${this.epoch}`;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  get state(): "running" | "exited" | "killed" | "lost" {
    if (this.running) return "running";
    return this.exit?.signal !== undefined ? "killed" : this.exit?.code !== undefined ? "exited" : "lost";
  }

  get record(): HostSession {
    const { failure } = this.output.log;
    return {
      id: this.id,
      epoch: this.epoch,
      pid: this.#pid,
      running: this.running,
      startedAt: this.startedAt,
      endedAt: this.endedAt,
      exit: this.exit,
      size: this.size,
      attached: this.viewers.size,
      readers: this.readers,
      lastOutputAt: this.lastOutputAt,
      offset: this.output.end,
      logStart: this.output.log.start,
      activity: this.#running?.activity.current ?? this.#lastActivity,
      ...this.#said.fields,
      ...(failure === undefined ? {} : { warning: `output can't be logged: ${failure}` }),
    };
  }

  /** When its conditions hold, see typing/sends.ts. @throws FleetError `not-running`, `bad-input`, `no-room`, `not-ready`, `screen-changed` */
  async send(send: Send): Promise<Sent> {
    return this.#alive().sends.send(send);
  }

  /** Input of a viewer. @returns false when the queue is full: wait for `inputDrained` */
  write(bytes: Uint8Array): boolean {
    const running = this.#running;
    if (running === undefined) return true;
    running.activity.typed(bytes);
    running.pty.input.write(bytes);
    return !running.pty.input.full;
  }

  /** Overtakes what waits (D8). */
  writeUrgent(bytes: Uint8Array): void {
    this.#running?.activity.typed(bytes);
    this.#running?.pty.input.write(bytes, { urgent: true });
  }

  inputDrained(): Promise<void> {
    if (this.#running?.pty.input.full !== true) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.add(resolve));
  }

  /** To the process group in front, as the terminal's own keys would; the leader's group when it can't be known. */
  signal(signal: NodeJS.Signals): void {
    const { pty } = this.#alive();
    if (processStart(pty.pid) !== this.#pidStart) return;
    try {
      process.kill(-(foregroundGroup(pty.pid) ?? pty.pid), signal);
    } catch {
      // It ended in this moment.
    }
  }

  /** Ctrl-C; by signal where the terminal takes no more input. */
  interrupt(): void {
    const { pty: { input }, activity } = this.#alive();
    const bytes = Buffer.from("\u0003");
    activity.typed(bytes);
    let taken = false;
    input.write(bytes, { urgent: true, onWritten: () => (taken = true) });
    if (!taken) this.signal("SIGINT");
  }

  /** Ends the whole process tree. @returns when it is reaped and announced. @throws FleetError `internal` when something can't be ended */
  async kill(signal: NodeJS.Signals, graceMs: number): Promise<HostSession> {
    const running = this.#running;
    if (running === undefined) return this.record;
    const killing = killTree(this.#host.table, { leader: { pid: running.pty.pid, start: this.#pidStart }, mark: this.#mark, group: this.#group }, signal, graceMs);
    this.#kills.add(killing);
    const left = await killing.finally(() => this.#kills.delete(killing));
    if (left.length > 0) throw new FleetError("internal", `processes that can't be ended: ${left.map(({ pid }) => pid).join(", ")}`, { hint: "they belong to another user or are stuck in the kernel" });
    await this.ended();
    return this.record;
  }

  ended(): Promise<void> {
    return this.running ? new Promise((resolve) => this.#endWaiters.push(resolve)) : Promise.resolve();
  }

  resize(size: Size): void {
    if (size.cols === this.size.cols && size.rows === this.size.rows) return;
    this.size = size;
    this.#running?.pty.resize(size);
    this.timing.resized(Date.now(), this.output.end, size);
    this.#running?.terminal.resized();
    this.#running?.activity.resized();
    for (const tell of this.#sizeListeners) tell();
    this.#listener.changed(this);
  }

  onSize(listener: () => void): void {
    this.#sizeListeners.add(listener);
  }

  offSize(listener: () => void): void {
    this.#sizeListeners.delete(listener);
  }

  /** Somebody sees what it shows. */
  looked(): void {
    this.#running?.activity.looked();
  }

  /** What its agent says it does. @throws FleetError `not-running` */
  reported(report: Report): HostOutput<"report"> {
    const { activity } = this.#alive();
    return { taken: activity.reported(report), activity: activity.current };
  }

  joined(viewer: SizedViewer): void {
    this.viewers.add(viewer);
    this.looked();
    this.#listener.changed(this);
  }

  left(viewer: SizedViewer): void {
    this.viewers.delete(viewer);
    this.sizing.left(viewer);
    this.applySize();
    this.#listener.changed(this);
  }

  /** The size owner or the policy may have changed. */
  applySize(): void {
    const wanted = this.sizing.wanted(this.viewers);
    if (wanted !== undefined && this.running) this.resize(wanted);
  }

  async close(): Promise<void> {
    // What was left behind in it may have ended by now.
    if (this.#group !== undefined && !this.running) removeGroup(this.#group);
    await this.output.log.close();
    await this.timing.flush();
  }

  async #start(programs: Programs, spec: HostInput<"spawn">): Promise<void> {
    const { groupParent } = this.#host;
    this.#group = programs.enterGroups && groupParent !== undefined ? makeGroup(groupParent, this.epoch) : undefined;
    const terminal: Terminal = new Terminal({
      version: this.#host.version,
      term: spec.env["TERM"] ?? "",
      colors: spec.colors,
      size: () => this.size,
      look: (offsets) => this.#host.look(this, offsets),
      write: (bytes, onWritten) => pty.input.write(bytes, { urgent: true, onWritten }),
      onSignal: (signal) => this.#heard(signal),
      onTold: (signal) => this.#listener.said(this, signal),
    });
    const listener = { output: (bytes: Buffer) => this.#printed(bytes, terminal), exit: (exit: SessionExit) => void this.#ended(exit), drain: () => this.#wakeDrained() };
    const pty = await Pty.start(programs, { ...spec, group: this.#group }, listener).catch((error: unknown) => {
      if (this.#group !== undefined) removeGroup(this.#group);
      throw error;
    });
    const activity = new ActivityWatch({ pid: pty.pid, terminal: pty.path, rules: this.#host.rules, screen: async () => (await this.#host.text(this)).data, lastLine: () => lastLineOf(this.output), fullScreen: () => terminal.modes.alternate }, () => this.#listener.changed(this));
    this.#pid = pty.pid;
    this.#pidStart = processStart(pty.pid) ?? "";
    this.#running = { pty, activity, terminal, sends: new Sends(typistOf(this, pty, terminal, activity, this.#host)) };
    this.#writeLife();
  }

  #printed(bytes: Buffer, terminal: Terminal): void {
    const now = Date.now();
    this.lastOutputAt = now;
    terminal.read(bytes, this.output.end);
    this.timing.output(now, this.output.end);
    // A viewer may ask for a picture at once, and a picture doesn't go back to where the program asked.
    this.output.append(bytes, () => terminal.answer());
    this.#running?.activity.printed(bytes.length);
    this.#logWatch.appended();
    this.#listener.printed(this);
  }

  #heard(signal: TerminalSignal): void {
    if (this.#said.heard(signal)) this.#listener.changed(this);
    this.#running?.activity.said(signal);
  }

  async #ended(exit: SessionExit): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.activity.stop();
    // Whoever kills it wants all of it gone: until then it has not ended (L1).
    if (this.#kills.size > 0) await Promise.allSettled(this.#kills);
    // Whoever hears of the end may read the log's files (D5); a disk that hangs keeps nobody from hearing of it.
    await this.output.written();
    running.terminal.end();
    this.#lastActivity = { state: "idle", evidence: "ended", at: new Date().toISOString(), seq: (running.activity.current.seq ?? 0) + 1 };
    this.endedAt = Date.now();
    this.exit = exit;
    this.#running = undefined;
    if (this.#group !== undefined) removeGroup(this.#group);
    this.#writeLife();
    this.#wakeDrained();
    this.output.finish();
    for (const wake of this.#endWaiters.splice(0)) wake();
    this.#listener.ended(this);
    await Promise.all([this.output.log.finish(), this.timing.flush()]);
  }

  #wakeDrained(): void {
    for (const wake of this.#drainWaiters) wake();
    this.#drainWaiters.clear();
  }

  #alive(): Running {
    if (this.#running === undefined) throw new FleetError("not-running", `session ${this.id} has ended`);
    return this.#running;
  }

  #writeLife(): void {
    const { id, epoch, size, startedAt, endedAt, exit } = this;
    writeLife(this.directory, { id, epoch, hostId: this.#host.hostId, pid: this.#pid ?? 0, pidStart: this.#pidStart, size, startedAt, endedAt, exit, ...(this.#group === undefined ? {} : { group: this.#group }), offset: endedAt === null ? null : this.output.end });
  }
}
