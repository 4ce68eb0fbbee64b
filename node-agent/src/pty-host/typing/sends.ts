// What is sent to one session: typed once for each operation, in order, when the program is ready and the sender's conditions
// hold. Between the last look at a condition and the write nothing else happens in this process.
import { setTimeout as sleep } from "node:timers/promises";
import type { Activity, HostInput, Typed } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import { asExpected, notMoved } from "./expected.ts";
import { interruptSignal } from "./interrupt.ts";
import { Line } from "./line.ts";
import { reacted, untilTaken } from "./observed.ts";
import { Readiness, READY_MS } from "./readiness.ts";
import { typeInto, type Typing } from "./receipt.ts";
import { Remembered } from "./remembered.ts";
import type { Typist } from "./typist.ts";
import { BETWEEN_MS, typingOf, type Keystrokes } from "./typing.ts";
import { allowedNow } from "./when.ts";

export type Send = Omit<HostInput<"send">, "id" | "epoch">;

/** How often a condition is looked at, milliseconds. */
const LOOK_MS = 100;
/** What was typed so recently may not have been read, milliseconds. */
const APART_MS = 10_000;
/** How long a full queue is waited for. */
const ROOM_MS = 2_000;
/** How long an interrupt waits for the terminal to take it before it comes as a signal. */
const TAKEN_MS = 50;

/** Typed into the queue just now. */
interface Queued {
  readonly typing: Typing;
  readonly ready: boolean;
  readonly offset: number;
  readonly activity: Activity;
}

export class Sends {
  readonly #typist: Typist;
  readonly #line = new Line();
  readonly #remembered = new Remembered();
  readonly #readiness: Readiness;
  /** When text was typed here that no key followed. */
  #textAt = Number.NaN;

  constructor(typist: Typist) {
    this.#typist = typist;
    this.#readiness = new Readiness(typist);
  }

  /** @throws FleetError `not-running`, `bad-input`, `no-room`, `not-ready`, `screen-changed`: nothing was typed then */
  send(send: Send): Promise<Typed> {
    const { operation } = send;
    return operation === undefined ? this.#send(send) : this.#remembered.once(operation, () => this.#send(send));
  }

  async #send(send: Send): Promise<Typed> {
    // An unknown key is an error now, not after a wait.
    const keystrokes = typingOf(send, this.#typist.modes());
    const signal = interruptSignal(send);
    if (signal !== undefined || send.urgent === true) return this.#interrupt(keystrokes, signal);
    for (const until = Date.now() + (send.waitMs ?? 0); ; await sleep(LOOK_MS)) {
      const queued = this.#allowed(send) ? await this.#line.run(() => this.#type(send), send.sequence) : undefined;
      if (queued !== undefined) return this.#answer(send, queued);
      if (Date.now() >= until) return { receipt: "rejected", bytes: 0, activity: this.#typist.activity() };
    }
  }

  #allowed(send: Send): boolean {
    this.#alive();
    return allowedNow(send, this.#typist.activity(), this.#typist.input.typedAt);
  }

  /** @returns undefined when it may not be typed to any more: nothing was typed */
  async #type(send: Send): Promise<Queued | undefined> {
    const typist = this.#typist;
    await notMoved(send, typist);
    const ready = send.force === true || (await this.#readiness.wait(send.readyMs ?? READY_MS));
    await this.#room();
    if (isExact(send)) await untilTaken(typist);
    await asExpected(send, typist);
    if (!this.#allowed(send)) return undefined;
    const [offset, activity] = [typist.offset(), typist.activity()];
    const typing = this.#into(this.#apart(send, typingOf(send, typist.modes())));
    this.#textAt = isText(send) ? typist.input.typedAt : Number.NaN;
    return { typing, ready, offset, activity };
  }

  /** The Enter of one send is no new line in a paste of the next either. Text after text is the same text. */
  #apart(send: Send, [first, ...others]: readonly Keystrokes[]): Keystrokes[] {
    if (first === undefined) return [];
    const { typedAt } = this.#typist.input;
    const follows = Date.now() - typedAt < APART_MS && typedAt !== this.#textAt && (send.sequence?.at ?? 0) === 0 && !isExact(send);
    return [follows ? { ...first, pauseMs: BETWEEN_MS } : first, ...others];
  }

  async #answer(send: Send, { typing, ready, offset, activity }: Queued): Promise<Typed> {
    const until = Date.now() + (send.observeMs ?? 0);
    const told = { bytes: typing.bytes, offset, ...(ready ? {} : { ready }) };
    if (send.observeMs === undefined) return { ...told, receipt: await typing.receipt };
    const before = { offset, activity, endsLine: endsLine(send) };
    const seen = await Promise.race([typing.written, sleep(send.observeMs, undefined, { ref: false })]);
    if (seen === true && (await reacted(this.#typist, before, until))) return { ...told, receipt: "observed" };
    return { ...told, receipt: seen === false ? "rejected" : await typing.receipt };
  }

  /** What waits is thrown away, as a terminal does with an interrupt; where the terminal is full a signal comes instead of the key. */
  async #interrupt(keystrokes: readonly Keystrokes[], signal: NodeJS.Signals | undefined): Promise<Typed> {
    this.#alive();
    const { input, offset } = this.#typist;
    this.#textAt = Number.NaN;
    input.drop();
    const typing = this.#into(keystrokes, true);
    const told = { bytes: typing.bytes, offset: offset() };
    const taken = await Promise.race([typing.written, sleep(TAKEN_MS, false)]);
    if (taken || signal === undefined) return { ...told, receipt: taken ? "written" : await typing.receipt };
    // Both would be an interrupt too many.
    if (!keystrokes.every(({ bytes }) => input.withdraw(bytes))) return { ...told, receipt: await typing.receipt };
    this.#typist.signal(signal);
    return { ...told, bytes: 0, receipt: "written", signal };
  }

  #into(keystrokes: readonly Keystrokes[], urgent = false): Typing {
    this.#typist.typed(Buffer.concat(keystrokes.map(({ bytes }) => bytes)));
    return typeInto(this.#typist.input, keystrokes, urgent);
  }

  async #room(): Promise<void> {
    const { input, drained } = this.#typist;
    if (input.full) await Promise.race([drained(), sleep(ROOM_MS, undefined, { ref: false })]);
    if (input.full) throw new FleetError("no-room", "the program reads no input and its queue is full; nothing was typed", { hint: "'fleet send TARGET --interrupt' empties the queue; 'fleet kill' works all the same" });
  }

  #alive(): void {
    if (this.#typist.over()) throw new FleetError("not-running", "the session has ended; nothing was typed");
  }
}

/** It is typed to the screen that was looked at: nothing may come between, not even a pause. */
const isExact = ({ expect, at }: Send) => expect !== undefined || at !== undefined;

/** It ends in a character that is no key by itself, as a line's end is. */
const isText = ({ text = "", data = "", keys = [], enter }: Send) => data === "" && keys.length === 0 && !enter && /\P{Cc}$/u.test(text);

function endsLine({ text = "", data = "", keys = [], enter }: Send): boolean {
  const last = keys.at(-1)?.toLowerCase();
  if (enter || last !== undefined) return enter || ["enter", "return", "c-d", "c-j", "c-m"].includes(last ?? "");
  const typed = data === "" ? Buffer.from(text) : Buffer.from(data, "base64");
  return ["\r", "\n", "\u0004"].includes(typed.subarray(-1).toString());
}

