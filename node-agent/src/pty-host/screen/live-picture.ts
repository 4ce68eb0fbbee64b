// One session's emulator and how it is brought up to an offset, a slice at a time. Output that only prints lines is looked
// at and not drawn until somebody asks (`line-run.ts`), so that a flood costs little and its present is always near.
import { LogReader } from "../log/log-reader.ts";
import type { Emulator } from "./emulator.ts";
import type { LineRun } from "./line-run.ts";
import type { DrawRequest, SizedFrom } from "./messages.ts";

/** Bytes a slice that is drawn. */
const DRAWN = 128 * 1024;
/** Bytes a slice that is only looked at, once it has shown that this is worth it. */
const LOOKED_AT = 1024 * 1024;
/** So little is drawn without looking for a shorter way; a run shorter than this was not worth it. */
const WORTH_LOOKING = 64 * 1024;
/** After what ends a run so much is drawn before the next one is tried; more and more where runs are short, up to the most. */
const AFTER_RUN = 16 * 1024;
const AFTER_RUN_MOST = 1024 * 1024;

export class LivePicture implements Disposable {
  readonly emulator: Emulator;
  readonly #log: LogReader;
  #run: LineRun | undefined;
  /** Where the run began. */
  #runFrom = 0;
  /** Up to here the run was looked at: a sequence that is not complete yet may lie between its end and this. */
  #looked = 0;
  #afterRun = AFTER_RUN;
  /** The emulator is on its way to this offset. */
  #target: number | undefined;
  /** It began that way at a landing: until it arrives it shows nothing that ever was. */
  #landing = false;
  /** The scrollback isn't right: only the screen was drawn since the run began. */
  #hollow = false;

  /** @param directory the log's */
  constructor(emulator: Emulator, directory: string) {
    this.emulator = emulator;
    this.#log = new LogReader(directory);
  }

  /** Everything before this offset was read. */
  get reached(): number {
    return this.#run === undefined ? this.emulator.wants : Math.max(this.emulator.wants, this.#looked);
  }

  /** First byte that may be read again. */
  get wants(): number {
    return this.#run?.deepest?.offset ?? this.emulator.wants;
  }

  /** The emulator shows exactly what was at its offset, scrollback included. */
  get isExact(): boolean {
    return !this.#landing && !this.#hollow;
  }

  /** One slice further. @returns whether it has arrived where the request wants it */
  advance(request: DrawRequest): boolean {
    if (this.#target !== undefined) this.#approach(request, this.#target);
    else if (this.#sizeChanged(request.sizes)) this.#endRun(this.#run?.to ?? 0);
    else if (this.reached < request.upTo) this.#goOn(request);
    if (this.#target !== undefined || this.reached < request.upTo) return false;
    const deep = request.keep === true || (request.draw?.scrollback ?? 0) > 0;
    const isAwaited = request.draw !== undefined || request.looks !== undefined || request.keep === true;
    const isDrawn = !isAwaited || (this.emulator.wants >= request.upTo && !(deep && this.#hollow));
    if (!isDrawn) this.#setOut(request.upTo, deep);
    else if (this.#run === undefined) this.#resize(request.sizes);
    return isDrawn;
  }

  /** As an emulator that can be put aside: from its offset on, what it shows becomes exact. */
  rest(): Emulator {
    const landing = this.#run?.deepest;
    if (landing !== undefined) this.emulator.land(landing);
    return this.emulator;
  }

  [Symbol.dispose](): void {
    this.#log[Symbol.dispose]();
    this.emulator[Symbol.dispose]();
  }

  #goOn(request: DrawRequest): void {
    this.#run ??= this.#beginRun(request);
    const run = this.#run;
    if (run === undefined) return this.#draw(request, request.upTo);
    const sizeEnds = nextSize(request.sizes, run.to);
    const end = Math.min(request.upTo, sizeEnds);
    const from = run.to;
    const part = this.#read(request, from, Math.min(from - this.#runFrom < WORTH_LOOKING ? WORTH_LOOKING : LOOKED_AT, end - from));
    if (part === undefined || part.offset > from) return this.#atHole(request, from);
    const { stopped } = run.feed(part.bytes);
    this.#looked = from + part.bytes.length;
    if (stopped) {
      this.#afterRun = run.to - this.#runFrom < WORTH_LOOKING ? Math.min(AFTER_RUN_MOST, this.#afterRun * 2) : AFTER_RUN;
      this.#endRun(Math.min(end, run.to + this.#afterRun));
    } else if (run.isHopeless || this.#looked === sizeEnds) this.#endRun(this.#looked);
  }

  #beginRun(request: DrawRequest): LineRun | undefined {
    this.#resize(request.sizes);
    if (request.upTo - this.emulator.wants < WORTH_LOOKING) return undefined;
    this.#runFrom = this.#looked = this.emulator.wants;
    return this.emulator.beginRun();
  }

  #atHole(request: DrawRequest, at: number): void {
    if (this.emulator.wants < at) return this.#endRun(at);
    this.#run = undefined;
    this.#draw(request, request.upTo);
  }

  #endRun(to: number): void {
    this.#setOut(to, true);
  }

  /** Sets out for an offset, from as near as exactness allows. @param deep with its scrollback, which ends the run */
  #setOut(to: number, deep: boolean): void {
    const deepest = this.#run?.deepest;
    const shallow = !deep && deepest !== undefined;
    const landing = shallow ? this.#run?.nearest : deepest;
    if (landing !== undefined && (landing.offset > this.emulator.wants || (this.#hollow && !shallow))) {
      this.emulator.land(landing);
      this.#landing = true;
      this.#hollow = shallow;
    }
    if (!shallow) this.#run = undefined;
    this.#target = to;
  }

  #approach(request: DrawRequest, target: number): void {
    this.#draw(request, target);
    if (this.emulator.wants < target) return;
    this.#target = undefined;
    this.#landing = false;
  }

  /** Draws a slice, each byte at the size the terminal had when it was printed. */
  #draw(request: DrawRequest, upTo: number): void {
    const { emulator } = this;
    const { wants } = emulator;
    if (wants >= upTo) return;
    const part = this.#read(request, wants, Math.min(DRAWN, upTo - wants));
    if (part === undefined || part.offset >= upTo) return emulator.skipTo(upTo);
    // What is missing on disk can't be drawn: the picture goes on after the hole.
    if (part.offset > wants) emulator.skipTo(part.offset);
    const bytes = part.bytes.subarray(0, upTo - part.offset);
    for (let at = 0; at < bytes.length; ) {
      this.#resize(request.sizes);
      const piece = bytes.subarray(at, at + Math.min(bytes.length, nextSize(request.sizes, emulator.wants) - emulator.wants));
      at += piece.length;
      emulator.write(piece);
    }
  }

  #read({ tail }: DrawRequest, offset: number, max: number): { readonly offset: number; readonly bytes: Uint8Array } | undefined {
    const from = offset - tail.offset;
    if (from >= 0 && from < tail.bytes.length) return { offset, bytes: tail.bytes.subarray(from, from + max) };
    const part = this.#log.read(offset, max);
    return part ?? (from < 0 && tail.bytes.length > 0 ? { offset: tail.offset, bytes: tail.bytes.subarray(0, max) } : undefined);
  }

  /** A run has one size: a change ends it. */
  #sizeChanged(sizes: readonly SizedFrom[]): boolean {
    return this.#run !== undefined && (sizes[this.emulator.sizes]?.offset ?? Number.POSITIVE_INFINITY) <= this.#run.to;
  }

  /** Every size, also those that nothing was printed at: what a screen holds depends on the way to its size. */
  #resize(sizes: readonly SizedFrom[]): void {
    const { emulator } = this;
    for (let next = sizes[emulator.sizes]; next !== undefined && next.offset <= emulator.wants; next = sizes[emulator.sizes]) emulator.resize(next.size);
  }
}

function nextSize(sizes: readonly SizedFrom[], offset: number): number {
  return sizes.find((size) => size.offset > offset)?.offset ?? Number.POSITIVE_INFINITY;
}
