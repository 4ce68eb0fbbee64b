// What a session's program seems to do, from what a terminal can tell: output, silence, and a question that waits for a line.
import type { Activity } from "@fleetwire/shared/control";
import { waitingForLine } from "../processes/foreground.ts";

/** Output within this time means working, milliseconds. */
const WORKING_MS = 2_000;
/** Quiet for so long without a question: idle. */
const IDLE_MS = 5_000;

export interface ActivitySource {
  readonly pid: number;
  readonly terminal: string;
  readonly lastOutputAt: () => number | null;
}

export class ActivityWatch {
  current: Activity = { state: "unknown", at: new Date().toISOString() };
  readonly #source: ActivitySource;
  readonly #onChange: () => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** As the shell says; undefined while it has never said that one runs. */
  #command: "runs" | "none" | undefined;

  constructor(source: ActivitySource, onChange: () => void) {
    this.#source = source;
    this.#onChange = onChange;
    this.#lookIn(WORKING_MS);
  }

  /** A prompt mark (OSC 133), from a shell that tells where its commands begin (C) and end (D) and where it asks (A, B). */
  marked(mark: string): void {
    this.#command = mark === "C" ? "runs" : this.#command === undefined ? undefined : "none";
    this.#set({ state: mark === "C" ? "working" : "idle", evidence: "osc133" });
  }

  /** Output came. Cheap: called for every piece. */
  printed(): void {
    // A person's typing at the prompt is no work. A shell that never says when a command begins isn't believed about it.
    if (this.#command === "none") return;
    if (this.current.state !== "working") this.#set({ state: "working", evidence: this.#command === "runs" ? "osc133" : "output" });
    if (this.#timer === undefined) this.#lookIn(WORKING_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    if (this.#command === "none") return;
    const quietMs = Date.now() - (this.#source.lastOutputAt() ?? 0);
    if (quietMs < WORKING_MS) return this.#lookIn(WORKING_MS - quietMs + 10);
    const asking = await waitingForLine(this.#source.pid, this.#source.terminal);
    if (this.#stopped || Date.now() - (this.#source.lastOutputAt() ?? 0) < WORKING_MS) return;
    if (asking !== undefined) return this.#set({ state: "blocked", reason: "input", evidence: `${asking.name} waits for a line` });
    if (quietMs < IDLE_MS) return this.#lookIn(IDLE_MS - quietMs + 10);
    // A quiet session is looked at no more: the next output wakes the watch. A command that runs may be quiet.
    if (this.#command === "runs") return;
    this.#set({ state: "idle", evidence: "silence" });
  }

  #set(activity: Omit<Activity, "at">): void {
    if (this.#stopped || (this.current.state === activity.state && this.current.evidence === activity.evidence)) return;
    this.current = { ...activity, at: new Date().toISOString() };
    this.#onChange();
  }
}
