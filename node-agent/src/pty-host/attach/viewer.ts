// One attached viewer: a cursor into the session's output (D1, D4), a way for its input (D3, D6, D8).
import { FleetError } from "@fleetwire/shared/errors";
import { type ClientMessage, type HostMessage, type Want } from "@fleetwire/shared/wire";
import type { Size } from "@fleetwire/shared/control";
import { Cursor } from "./cursor.ts";
import { InputAcks } from "./input-acks.ts";
import type { Outbox } from "./outbox.ts";
import type { Attach } from "./rights.ts";
import { signalNamed } from "./signals.ts";
import type { Picture, Screens } from "../screen/screens.ts";
import { Present } from "./present.ts";
import { sendSnapshot } from "./screen-view.ts";

/** A first picture that takes longer than this may be an older one, milliseconds; newer ones follow. */
const FIRST_WITHIN_MS = 40;
/** A resume across a gap of more than this gets a snapshot. */
const RESUME_GAP = 1024 * 1024;
/** Bytes a lossless viewer may have unacknowledged: a second of 250 Mbit/s. They wait in the network and in the log, not here. */
const CREDIT = 32 * 1024 * 1024;
const SCROLLBACK = 2_000;

export interface ViewerDeps {
  readonly attach: Attach;
  readonly want: Extract<Want, { kind: "attach" }>;
  readonly outbox: Outbox;
  readonly screens: Screens;
  readonly say: (message: HostMessage) => void;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
  /** The client has spoken: it has what was sent in the welcome. */
  readonly spoke: () => void;
  /** The client leaves for good. */
  readonly leave: () => void;
}

export class Viewer {
  readonly mayType: boolean;
  size: Size | undefined;
  readonly #deps: ViewerDeps;
  readonly #cursor: Cursor;
  readonly #present: Present;
  readonly #acks: InputAcks;
  #acked: number;
  #drawing = false;
  #closed = false;
  #told: Size | undefined;
  #toldMine = false;

  constructor(deps: ViewerDeps) {
    const { attach, want, outbox } = deps;
    const { session } = attach;
    this.#deps = deps;
    this.mayType = attach.scope === "write";
    this.size = want.size;
    const { start, end } = session.output;
    const from = want.from;
    const goesOn = from !== undefined && from >= start && from <= end && (want.mode === "lossless" || end - from <= RESUME_GAP);
    this.#acked = goesOn ? from : end;
    this.#acks = new InputAcks(attach.inputOffset, (offset) => deps.say({ type: "input-ack", offset }));
    this.#present = new Present({
      output: session.output,
      offset: () => this.#cursor.offset,
      draw: (withScrollback) => this.#skip(withScrollback),
      goOn: () => this.#cursor.pump(),
    });
    this.#cursor = new Cursor({
      output: session.output,
      outbox,
      from: this.#acked,
      mayGo: () => !this.#drawing && !this.#present.isShown && (want.mode === "latest" || this.#cursor.offset - this.#acked < CREDIT),
      onGap: (gap) => deps.say({ type: "gap", ...gap }),
      onEnd: () => this.#atEnd(),
      beforeSend: () => want.mode === "lossless" || !this.#present.takesOver(),
      mayEnd: () => want.mode === "lossless" || !this.#present.takesOver(),
    });
    outbox.onRoom(() => this.#cursor.pump());
    session.joined(this);
    // The first who can type decides the size as long as nobody has: a session launched for a script has a default one.
    if (session.sizing.owner === undefined) session.sizing.take(this, false);
    session.applySize();
    session.onSize(this.#tellSize);
    this.#tellSize();
    if (goesOn) this.#cursor.pump();
    else void this.#snapshot(this.#scrollback, "screen+scrollback", from !== undefined && from < end ? { from, reason: from < start ? "rotated" : "skipped" } : undefined);
  }

  message(message: ClientMessage): void {
    this.#deps.spoke();
    const { session } = this.#deps.attach;
    switch (message.type) {
      case "ack":
        this.#acked = Math.max(this.#acked, Math.min(message.offset, this.#cursor.offset));
        return this.#cursor.pump();
      case "resize":
        this.size = { cols: message.cols, rows: message.rows };
        return session.applySize();
      case "detach":
        this.#deps.leave();
        return this.#deps.done();
      case "ticket":
      case "resume":
      case "hello":
        throw new FleetError("bad-input", "the connection is open already");
      case "claim":
        this.#mustType();
        return this.#takeSize(true);
      case "policy":
        this.#mustType();
        session.sizing.policy = message.policy;
        return session.applySize();
      case "keys":
        this.#mustType();
        session.writeUrgent(Buffer.from(message.data, "base64"));
        return this.#takeSize(false);
      case "interrupt":
        this.#mustType();
        return session.running ? session.interrupt() : undefined;
      case "signal":
        this.#mustType();
        return session.running ? session.signal(signalNamed(message.signal)) : undefined;
    }
  }

  /** A resent piece is typed once: only what is beyond the offset taken so far counts (D3). */
  input(offset: number, bytes: Buffer): void {
    this.#mustType();
    this.#deps.spoke();
    const { attach } = this.#deps;
    if (offset > attach.inputOffset) throw new FleetError("bad-input", "input with a hole before it");
    const fresh = bytes.subarray(attach.inputOffset - offset);
    if (fresh.length > 0) {
      attach.inputOffset += fresh.length;
      this.#takeSize(false);
      if (!attach.session.write(Buffer.from(fresh))) return void this.#waitForProgram();
    }
    if (!this.#waiting) this.#acks.took(attach.inputOffset);
  }

  close(): void {
    this.#closed = true;
    const { session } = this.#deps.attach;
    this.#present[Symbol.dispose]();
    this.#acks[Symbol.dispose]();
    this.#cursor.close();
    this.#deps.outbox.close();
    session.offSize(this.#tellSize);
    session.left(this);
  }

  #waiting = false;

  /** A program that reads nothing: the acknowledgement waits, and with it the sender, whose window is bounded. */
  async #waitForProgram(): Promise<void> {
    if (this.#waiting) return;
    this.#waiting = true;
    const { attach } = this.#deps;
    await attach.session.inputDrained();
    this.#waiting = false;
    if (!this.#closed) this.#acks.took(attach.inputOffset);
  }

  #mustType(): void {
    if (!this.mayType) throw new FleetError("read-only", "this attach is read-only");
  }

  #takeSize(claimed: boolean): void {
    const { session } = this.#deps.attach;
    session.sizing.take(this, claimed);
    session.applySize();
    if (this.#toldMine !== (session.sizing.owner === this)) this.#tellSize();
  }

  readonly #tellSize = (): void => {
    const { session } = this.#deps.attach;
    const mine = session.sizing.owner === this;
    if (this.#told !== undefined && this.#told.cols === session.size.cols && this.#told.rows === session.size.rows && this.#toldMine === mine) return;
    this.#told = session.size;
    this.#toldMine = mine;
    this.#deps.say({ type: "size", ...session.size, mine });
  };

  get #scrollback(): number {
    return this.#deps.want.scrollback ?? SCROLLBACK;
  }

  async #skip(withScrollback: boolean): Promise<void> {
    await this.#snapshot(withScrollback ? this.#scrollback : 0, "screen", { from: this.#cursor.offset, reason: "skipped" });
    if (!this.#closed) await new Promise<void>((resolve) => this.#deps.outbox.onArrival(resolve));
  }

  /** @param gap the output from here to the picture will not come */
  async #snapshot(scrollback: number, replaces: "screen" | "screen+scrollback", gap?: { from: number; reason: "skipped" | "rotated" }): Promise<void> {
    if (this.#drawing) return;
    this.#drawing = true;
    const { outbox, say, fail } = this.#deps;
    try {
      const picture = await this.#picture(scrollback, gap?.from ?? 0);
      if (this.#closed) return;
      if (gap !== undefined && picture.offset > gap.from) say({ type: "gap", ...gap, to: picture.offset });
      await sendSnapshot(picture, { format: "vt", replaces }, outbox, say);
      this.#acked = Math.max(this.#acked, picture.offset);
      this.#cursor.jump(picture.offset);
    } catch (error) {
      fail(error);
    } finally {
      this.#drawing = false;
    }
    if (!this.#closed) this.#cursor.pump();
  }

  /** @param from no picture of what was before it */
  async #picture(scrollback: number, from: number): Promise<Picture> {
    const { attach, screens, want } = this.#deps;
    if (want.mode === "lossless") return screens.draw(attach.session, "vt", scrollback);
    const picture = await (scrollback === 0 ? screens.present(attach.session) : screens.draw(attach.session, "vt", scrollback, FIRST_WITHIN_MS));
    return picture.offset >= from ? picture : screens.draw(attach.session, "vt", scrollback);
  }

  #atEnd(): void {
    const { session } = this.#deps.attach;
    if (this.#drawing) return;
    this.#deps.say({ type: "exit", state: session.state, exit: session.exit, offset: session.output.end });
    this.#deps.leave();
    this.#deps.done();
  }
}

