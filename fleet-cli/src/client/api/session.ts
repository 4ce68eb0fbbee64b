// One session, wherever it runs.
import { sessionGet, sessionKill, sessionRestart, sessionRm, type OutputOf } from "@fleetwire/shared/bus";
import type { Activity, ActivityState, Receipt, SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { parseTarget } from "@fleetwire/shared/ids";
import type { FleetClient, SessionAddress } from "../types.ts";
import { piecesOfBytes, sendAll, type Piece, type SendWish } from "../verbs/send.ts";
import { reportState } from "../verbs/report.ts";
import { orCancelled, type Waiting } from "./abort.ts";
import { Attached, type AttachOptions } from "./attach.ts";
import { readLines, readLog, readScreen, type LogOptions, type Screen, type ScreenOptions } from "./output.ts";
import { waitForSession, type WaitedFor, type WaitFor, type WaitOptions } from "./wait.ts";

export interface SendOptions extends Waiting {
  /** Presses Enter at the end, as a keystroke of its own. Default: yes for a text without `keys`, no for bytes. */
  readonly enter?: boolean;
  /** Keys by name, after the text: `C-c`, `Up`, `Enter`, `F5`, `M-x`. */
  readonly keys?: readonly string[];
  /** Types only when the session waits for its next input (`idle`), or only to answer what it is blocked on. Refused while it asks a question, unless `force`. */
  readonly when?: "idle" | "blocked";
  /** Types only when its screen matches this now. */
  readonly expect?: RegExp;
  /** Types only when it has printed nothing since this output offset, as `screen()` has it. */
  readonly at?: number;
  /** Types also to a program that isn't ready. */
  readonly force?: boolean;
  /** Before all that waits, which is thrown away: with `keys: ["C-c"]` an interrupt. */
  readonly urgent?: boolean;
  /** Waits until the program took it and reacted: then the receipt is `observed`. */
  readonly observed?: boolean;
  /** For `when` (default: for ever) and `observed` (default 10000), milliseconds. */
  readonly timeoutMs?: number;
}

export interface Sent {
  /** How far it got: `written`: the terminal took it; `observed`: the program took it and reacted; `queued`: it isn't reading, it waits; `rejected`: an interrupt threw it away. */
  readonly receipt: Receipt;
  readonly bytes: number;
  /** Output offset when it was typed: what is printed from there on may be the answer. */
  readonly offset: number | undefined;
  /** False: the program was not seen to wait for input, and was typed to all the same. */
  readonly ready: boolean;
}

export interface KillOptions extends Waiting {
  /** The first signal, e.g. `INT`. Default `TERM`. */
  readonly killSignal?: string;
  /** Milliseconds until KILL follows, at most 60000. Default 5000. */
  readonly graceMs?: number;
}

export interface RestartOptions extends Waiting {
  /** Milliseconds that a running one has to end by itself, at most 60000. Default 5000. */
  readonly graceMs?: number;
}

export interface Report extends Waiting {
  readonly state: ActivityState;
  /** Of `blocked`: `permission`, `question`, `login`, `error`, `input`, or a text of at most 80 characters. */
  readonly reason?: string;
  /** At most 500 characters. */
  readonly message?: string;
}

export interface Reported {
  /** False: a later report stands. */
  readonly taken: boolean;
  /** What the session is taken to do now. */
  readonly activity: Activity;
}

/** What `details` answers. */
export type SessionDetails = OutputOf<typeof sessionGet>;

/**
 * A session that was named, launched or found. Nothing is asked before a method is called; each of them asks the session's node.
 * All may throw a `FleetError`: `unknown-session`, `unknown-node`, `ambiguous-session` when there is no such session, `node-unreachable`,
 * `timeout` and others of transport, `denied` when this caller's role may not, `cancelled` by their signal.
 */
export class Session {
  /** `node:id`, or the text it was named with. */
  readonly target: string;
  /** Its record at the launch or when it was selected; undefined for one that was only named. `record()` asks anew. */
  readonly known: SessionRecord | undefined;
  readonly #client: FleetClient;
  #address: Promise<SessionAddress> | undefined;

  /** @internal use `fleet.session()` */
  constructor(client: FleetClient, target: string, found?: { readonly record: SessionRecord; readonly place: SessionAddress["place"] }) {
    parseTarget(target);
    this.#client = client;
    this.target = target;
    this.known = found?.record;
    if (found !== undefined) this.#address = Promise.resolve({ place: found.place, session: { id: found.record.id }, text: target });
  }

  /** How it is now. */
  async record({ signal }: Waiting = {}): Promise<SessionRecord> {
    return (await this.details({ signal })).session;
  }

  /** Its record, with what its log holds and how long it has been silent. */
  async details({ signal }: Waiting = {}): Promise<SessionDetails> {
    const { place, session } = await this.#where(signal);
    return this.#client.call(sessionGet, { session }, place, { signal });
  }

  /**
   * Types into it as a person would: a text of several lines as a paste, where the program knows pastes, then Enter. Bytes go as they are.
   * @throws FleetError `not-running`, `bad-input` for a key that doesn't exist, `not-ready`, `screen-changed`, `timeout` when a condition did not hold: nothing was typed
   */
  async send(input: string | Uint8Array, options: SendOptions = {}): Promise<Sent> {
    const { signal } = options;
    const { receipt, bytes, offset, ready = true } = await sendAll(this.#client, await this.#where(signal), piecesOf(input, options), wishOf(options), signal);
    return { receipt, bytes, offset, ready };
  }

  /** Presses keys by name, e.g. `session.keys(["C-c"])`. @throws FleetError as `send` */
  async keys(keys: readonly string[], { signal }: Waiting = {}): Promise<Sent> {
    return this.send("", { keys, enter: false, signal });
  }

  /** Its rendered screen. */
  async screen(options: ScreenOptions = {}): Promise<Screen> {
    return readScreen(this.#client, await this.#where(options.signal), options);
  }

  /** What it printed, as bytes. With `follow` until the session ends. */
  async *logs(options: LogOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    yield* readLog(this.#client, await this.#where(options.signal), options);
  }

  /** What it printed, line by line, without line ends and escape sequences. */
  lines(options: LogOptions = {}): AsyncGenerator<string, void, undefined> {
    return readLines(this.logs(options));
  }

  /** Its terminal, as a stream. @throws FleetError also `host-unreachable`, `bad-ticket` */
  async attach(options: AttachOptions = {}): Promise<Attached> {
    const { size, readOnly = false, history, from, signal } = options;
    const want = { kind: "attach", mode: "lossless", size, from, scrollback: history } as const;
    return new Attached(await this.#client.openStream(await this.#where(signal), { want, scope: readOnly ? "read" : "write", signal }), signal);
  }

  /**
   * Waits until it has ended (default), is idle or blocked, or has printed a line that matches.
   * @throws FleetError `timeout`; `not-running` when it ended without becoming so
   */
  async wait(what: WaitFor = "exit", options: WaitOptions = {}): Promise<WaitedFor> {
    return waitForSession(this.#client, await this.#where(options.signal), what, options);
  }

  /** Says what the agent in it does; that stands until the next report, or until it is proved wrong. */
  async report({ state, reason, message, signal }: Report): Promise<Reported> {
    const seq = Math.round((performance.timeOrigin + performance.now()) * 1000);
    const { taken, activity } = await reportState(this.#client, await this.#where(signal), { state, reason, message, seq }, { signal });
    return { taken, activity };
  }

  /** Ends all it started and answers when it is gone, also when it had ended before. */
  async kill({ killSignal, graceMs, signal }: KillOptions = {}): Promise<SessionRecord> {
    const { place, session } = await this.#where(signal);
    const { killed, alreadyEnded, failed } = await this.#client.call(sessionKill, { sessions: [session], signal: killSignal, graceMs }, place, { signal });
    const [problem] = failed;
    if (problem !== undefined) throw FleetError.fromRecord(problem);
    const ended = killed[0] ?? alreadyEnded[0];
    if (ended === undefined) throw new FleetError("version-skew", `the node did not say what became of ${this.target}`);
    return ended;
  }

  /** Starts it again under its id, with its name, tags and directory; a running one is ended first. */
  async restart({ graceMs, signal }: RestartOptions = {}): Promise<SessionRecord> {
    const { place, session } = await this.#where(signal);
    return this.#client.call(sessionRestart, { session, graceMs }, place, { signal });
  }

  /** Forgets it and its log. @throws FleetError `still-running` */
  async remove({ signal }: Waiting = {}): Promise<void> {
    const { place, session } = await this.#where(signal);
    await this.#client.call(sessionRm, { sessions: [session] }, place, { signal });
  }

  /** Found once; what could not be found is looked for again. */
  #where(signal: AbortSignal | undefined): Promise<SessionAddress> {
    return orCancelled(() => {
      if (this.#address === undefined) {
        this.#address = this.#client.resolve(this.target);
        this.#address.catch(() => (this.#address = undefined));
      }
      return this.#address;
    }, signal);
  }
}

function wishOf({ when, expect, at, force, urgent, observed, timeoutMs }: SendOptions): SendWish {
  return { when, at, force, urgent, observed, timeoutMs, expect: expect === undefined ? undefined : { pattern: expect.source, flags: expect.flags.replace(/[^imsu]/g, "") } };
}

function piecesOf(input: string | Uint8Array, { keys = [], enter }: SendOptions): Piece[] {
  const pressed = keys.length > 0 ? [...keys] : undefined;
  if (typeof input === "string") return [{ text: input === "" && pressed !== undefined ? undefined : input, keys: pressed, enter: enter ?? pressed === undefined }];
  const last: Piece[] = pressed === undefined && enter !== true ? [] : [{ keys: pressed, enter: enter === true }];
  return [...piecesOfBytes(input), ...last];
}

