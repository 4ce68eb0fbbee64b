// The emulators of the screen worker: a few live ones, the rest put aside. Each is brought up to an offset a slice at a time,
// so that a session with a long way to go doesn't keep others waiting.
import { readLog } from "../log/segment-log.ts";
import { Emulator } from "./emulator.ts";
import { keep, readKept, revive, writeKept, type KeptPicture } from "./kept-picture.ts";
import type { DrawRequest } from "./messages.ts";

/** Emulators with full scrollback are megabytes: more than these are put aside. */
const LIVE = 16;
/** Bytes a slice. */
const SLICE = 128 * 1024;
/** So little output is simply read again. */
const CHEAP = 256 * 1024;
const FALLBACK = { cols: 120, rows: 40 };

export class Pictures {
  /** In order of use, oldest first. */
  readonly #live = new Map<string, Emulator>();
  readonly #kept = new Map<string, KeptPicture>();

  /** The emulator for a request, as far as it is. */
  for(request: DrawRequest): Emulator {
    const emulator = this.#live.get(request.key) ?? this.#begin(request);
    this.#live.delete(request.key);
    this.#live.set(request.key, emulator);
    this.#makeRoom(request);
    return emulator;
  }

  /** One slice further. @returns whether it has arrived */
  async advance(emulator: Emulator, request: DrawRequest): Promise<boolean> {
    if (emulator.wants < request.upTo) await this.#read(emulator, request);
    if (emulator.wants < request.upTo) return false;
    applySize(emulator, request.sizes);
    if (request.keep === true && emulator.offset - request.start > CHEAP) writeKept(request.directory, keep(request.key, emulator));
    return true;
  }

  forget(key: string): void {
    this.#live.get(key)?.[Symbol.dispose]();
    this.#live.delete(key);
    this.#kept.delete(key);
  }

  #begin(request: DrawRequest): Emulator {
    const kept = this.#kept.get(request.key) ?? readKept(request.directory, request.key);
    this.#kept.delete(request.key);
    if (kept !== undefined && kept.offset >= request.start && kept.offset <= request.upTo) return revive(kept);
    const size = request.sizes.findLast(({ offset }) => offset <= request.start)?.size ?? request.sizes[0]?.size ?? FALLBACK;
    return new Emulator(size, request.start);
  }

  #makeRoom({ key }: DrawRequest): void {
    for (const [other, emulator] of this.#live) {
      if (this.#live.size <= LIVE) return;
      if (other === key) continue;
      this.#kept.set(other, keep(other, emulator));
      emulator[Symbol.dispose]();
      this.#live.delete(other);
    }
  }

  async #read(emulator: Emulator, request: DrawRequest): Promise<void> {
    const { wants } = emulator;
    const fromTail = tailAt(request, wants);
    const part = fromTail ?? (await readLog(request.directory, wants, SLICE));
    const offset = part?.offset ?? request.tail.offset;
    if (part === undefined || offset >= request.upTo) return emulator.skipTo(offset > wants && offset < request.upTo ? offset : request.upTo);
    // What is missing on disk can't be drawn: the picture goes on after the hole.
    if (offset > wants) emulator.skipTo(offset);
    write(emulator, part.bytes.subarray(0, request.upTo - offset), request.sizes);
  }
}

function tailAt({ tail }: DrawRequest, offset: number): { offset: number; bytes: Uint8Array } | undefined {
  const from = offset - tail.offset;
  return from < 0 || from >= tail.bytes.length ? undefined : { offset, bytes: tail.bytes.subarray(from, from + SLICE) };
}

/** Each byte at the size the terminal had when it was printed. */
function write(emulator: Emulator, bytes: Uint8Array, sizes: DrawRequest["sizes"]): void {
  for (let at = 0; at < bytes.length; ) {
    applySize(emulator, sizes);
    const next = sizes.find(({ offset }) => offset > emulator.wants)?.offset ?? Number.POSITIVE_INFINITY;
    const piece = bytes.subarray(at, Math.min(bytes.length, at + (next - emulator.wants)));
    at += piece.length;
    emulator.write(piece);
  }
}

function applySize(emulator: Emulator, sizes: DrawRequest["sizes"]): void {
  const size = sizes.findLast(({ offset }) => offset <= emulator.wants)?.size;
  if (size !== undefined) emulator.resize(size);
}
