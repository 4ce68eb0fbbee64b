// Watches what a session's program does: gathers facts (output, typing, reports, what it tells its terminal, and in silence a look
// at who waits and at the screen) and keeps what they amount to. A flood costs a few comparisons a piece: looks wait for quiet.
import type { Activity, HostInput, TerminalSignal } from "@fleetwire/shared/control";
import { frontOf, leaderLives, waitingIn, type Front } from "../processes/foreground.ts";
import { doingOf, learn, type Fact, type Finding, type Known } from "./known.ts";
import type { RuleBook } from "./rule-book.ts";
import { howTyped } from "./typed.ts";

/** Quiet for so long: worth a look. Short enough that a question is seen within a second. */
const QUIET_MS = 400;
/** Quiet for so long without a question: it rests. */
const LONG_MS = 5_000;
/** Output without a pause for so long is no redrawing of a question. */
const FLOWING_MS = 1_000;
/** Output for so long, with pauses of at most a second, and so much of it is work. */
const SUSTAINED_MS = 3_000;
const SUSTAINED_BYTES = 2_048;
const SUSTAINED_PAUSE_MS = 1_000;
/** A screen is drawn for its rules at most so often. */
const DRAW_MS = 800;
/** Titles may be spinners: the last one is read when this has passed. */
const TITLE_MS = 100;
/** A report of the time to come is one of now: a wrong clock must not shut out those that follow. */
const AHEAD_US = 2_000_000;

export interface WatchSource {
  readonly pid: number;
  /** E.g. `/dev/pts/3`. */
  readonly terminal: string;
  readonly rules: RuleBook;
  /** The screen as it is now, a line a row. */
  readonly screen: () => Promise<string>;
  /** What was printed last, without what isn't text. */
  readonly lastLine: () => string;
  /** The program draws on the alternate screen. */
  readonly fullScreen: () => boolean;
}

export type Report = Pick<HostInput<"report">, "state" | "reason" | "message" | "seq" | "soft">;

export class ActivityWatch {
  current: Activity = { state: "unknown", at: new Date().toISOString(), seq: 0 };
  readonly #source: WatchSource;
  readonly #onChange: () => void;
  #known: Known = {};
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #lookAt = Number.POSITIVE_INFINITY;
  #looking = false;
  /** Milliseconds since 1970, as all times here. */
  #printedAt = Date.now();
  #flowFrom = 0;
  #runFrom = 0;
  #runBytes = 0;
  /** Output so far, in pieces: whether a screen is another one now. */
  #pieces = 0;
  #drawn: { readonly pieces: number; readonly at: number; readonly group: number; readonly finding: Finding | undefined } | undefined;
  /** In front when the claim that stands was made; `next`: whoever is when the command that reported it is gone. */
  #claimant: Front | "next" | undefined;
  readonly #heard = new Map<"title" | "notification", string>();
  #hearing: NodeJS.Timeout | undefined;

  constructor(source: WatchSource, onChange: () => void) {
    this.#source = source;
    this.#onChange = onChange;
    this.#lookIn(QUIET_MS);
  }

  /** Output came. Cheap: called for every piece. */
  printed(bytes: number): void {
    const now = Date.now();
    const pause = now - this.#printedAt;
    this.#printedAt = now;
    this.#pieces++;
    if (pause >= QUIET_MS) this.#flowFrom = now;
    if (pause >= SUSTAINED_PAUSE_MS) this.#beginRun(now);
    this.#runBytes += bytes;
    if (this.#known.active === undefined) this.#learn({ fact: "printed" });
    if (this.#known.finding !== undefined && now - this.#flowFrom >= FLOWING_MS) this.#learn({ fact: "flowing" });
    if (this.#known.claim !== undefined && now - this.#runFrom >= SUSTAINED_MS && this.#runBytes >= SUSTAINED_BYTES) this.#learn({ fact: "sustained" });
    if (this.#timer === undefined) this.#lookIn(QUIET_MS);
  }

  typed(bytes: Uint8Array): void {
    // What is echoed and redrawn after it is no work of its own.
    this.#beginRun(Date.now());
    this.#learn({ fact: "typed", how: howTyped(bytes) });
    this.#lookIn(QUIET_MS);
  }

  looked(): void {
    this.#learn({ fact: "looked" });
  }

  /** The terminal has another size: programs draw themselves anew. */
  resized(): void {
    this.#beginRun(Date.now());
  }

  /** @returns whether it was taken: not when a newer one has come already */
  reported({ seq, ...report }: Report): boolean {
    const before = this.#known.reported;
    const now = Date.now() * 1000;
    this.#learn({ fact: "reported", ...report, seq: seq > now + AHEAD_US ? now : seq });
    const taken = this.#known.reported !== before;
    if (taken) this.#claimed();
    return taken;
  }

  /** What the program told its terminal. */
  said({ kind, text = "" }: TerminalSignal): void {
    if (kind === "title" || kind === "notification") {
      this.#heard.set(kind, text);
      this.#hearing ??= setTimeout(() => this.#hear(), TITLE_MS).unref();
    } else if (kind === "prompt") {
      this.#learn({ fact: "prompt", mark: text });
      // The program that spoke may have ended with its command.
      this.#lookIn(QUIET_MS);
    } else if (kind === "progress") this.#learn({ fact: "progress", busy: text === "normal" || text === "unknown" });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#hearing);
  }

  /** A notification says more than the title that comes with it: it is heard last. */
  #hear(): void {
    this.#hearing = undefined;
    const front = frontOf(this.#source.pid);
    for (const kind of ["title", "notification"] as const) {
      const text = this.#heard.get(kind);
      const meant = text === undefined || front === undefined ? undefined : this.#source.rules.said(kind, front, text);
      if (meant === undefined) continue;
      this.#learn({ fact: "signalled", state: meant.state, reason: meant.reason, by: kind });
      this.#claimed();
    }
    this.#heard.clear();
  }

  #claimed(): void {
    const front = frontOf(this.#source.pid);
    this.#claimant = front === undefined || isReporter(front) ? "next" : front;
    this.#beginRun(Date.now());
    this.#lookIn(QUIET_MS);
  }

  #beginRun(now: number): void {
    this.#runFrom = now;
    this.#runBytes = 0;
  }

  /** At that time, unless a look is due sooner. */
  #lookIn(ms: number): void {
    const at = Date.now() + ms;
    if (this.#stopped || (this.#timer !== undefined && this.#lookAt <= at)) return;
    clearTimeout(this.#timer);
    this.#lookAt = at;
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    if (this.#looking) return this.#lookIn(QUIET_MS);
    const front = frontOf(this.#source.pid);
    this.#checkClaimant(front);
    const quietMs = Date.now() - this.#printedAt;
    if (quietMs < QUIET_MS) return this.#lookIn(QUIET_MS - quietMs + 5);
    const pieces = this.#pieces;
    this.#looking = true;
    const finding = front === undefined ? undefined : await this.#find(front);
    this.#looking = false;
    if (this.#stopped) return;
    if (this.#pieces !== pieces) return this.#lookIn(QUIET_MS);
    const long = Date.now() - this.#printedAt >= LONG_MS;
    const isPassive = finding === undefined || finding.kind === "waits";
    this.#learn({ fact: "quiet", long, finding: isPassive ? (long ? (finding ?? { kind: "silence" }) : undefined) : finding });
    // A quiet session is looked at no more: the next output, report or key wakes the watch.
    if (!long) this.#lookIn(Math.max(QUIET_MS, LONG_MS - (Date.now() - this.#printedAt) + 10));
  }

  async #find(front: Front): Promise<Finding | undefined> {
    // At its prompt a shell says all there is to say.
    if (this.#known.command === "none") return undefined;
    const waiting = await waitingIn(front, this.#source.terminal);
    if (waiting?.for === "line") return { kind: "question", program: waiting.name, reason: this.#inPrompt(front)?.reason };
    const shown = await this.#onScreen(front);
    if (shown !== undefined || waiting === undefined) return shown;
    const asked = this.#inPrompt(front);
    return asked === undefined ? { kind: "waits", program: waiting.name, unread: this.#source.fullScreen() } : { kind: "rule", rule: "prompt", state: "blocked", reason: asked.reason };
  }

  /** It waits for a key or a line: for the answer to what stands there? */
  #inPrompt(front: Front): { readonly reason?: string } | undefined {
    const meant = this.#source.rules.said("prompt", front, this.#source.lastLine());
    return meant?.state === "blocked" ? meant : undefined;
  }

  /** By the rules for the program in front, unless a report says what it does. */
  async #onScreen(front: Front): Promise<Finding | undefined> {
    // Nothing was printed: nothing is there.
    if (this.#pieces === 0) return undefined;
    if (this.#known.claim?.rank === "report" || !this.#source.rules.hasScreenRules(front)) return undefined;
    const pieces = this.#pieces;
    const last = this.#drawn;
    if (last?.group === front.group && (last.pieces === pieces || Date.now() - last.at < DRAW_MS)) {
      if (last.pieces !== pieces) this.#lookIn(DRAW_MS);
      return last.finding;
    }
    const text = await this.#source.screen().catch(() => undefined);
    if (text === undefined) return undefined;
    const finding = this.#source.rules.onScreen(front, text);
    this.#drawn = { pieces, at: Date.now(), group: front.group, finding };
    return finding;
  }

  #checkClaimant(front: Front | undefined): void {
    const claimant = this.#claimant;
    if (claimant === undefined || front === undefined) return;
    if (claimant === "next") {
      if (!isReporter(front)) this.#claimant = front;
      return;
    }
    if (front.group === claimant.group || leaderLives(claimant)) return;
    this.#claimant = undefined;
    this.#learn({ fact: "gone" });
  }

  #learn(fact: Fact): void {
    if (this.#stopped) return;
    this.#known = learn(this.#known, fact);
    const { state, reason, message, evidence } = doingOf(this.#known);
    const { current } = this;
    const isSame = current.state === state && current.reason === reason && current.message === message;
    if (isSame && current.evidence === evidence) return;
    const since = isSame ? { at: current.at, seq: current.seq } : { at: new Date().toISOString(), seq: (current.seq ?? 0) + 1 };
    this.current = { state, reason, message, evidence, ...since };
    this.#onChange();
  }
}

/** `fleet report` typed at a shell's prompt is in front itself for a moment, or what is left of a pipe to it. */
function isReporter({ start, names }: Front): boolean {
  return start === undefined || names.includes("fleet");
}
