// The pictures of the screen worker: a few live ones, the rest put aside.
import { Emulator } from "./emulator.ts";
import { keep, readKept, revive, writeKept, type KeptPicture } from "./kept-picture.ts";
import { LivePicture } from "./live-picture.ts";
import type { DrawRequest } from "./messages.ts";

/** Emulators with full scrollback are megabytes: more than these are put aside. */
const LIVE = 16;
/** So little output is simply read again. */
const CHEAP = 256 * 1024;
const FALLBACK = { cols: 120, rows: 40 };

export class Pictures {
  /** In order of use, oldest first. */
  readonly #live = new Map<string, LivePicture>();
  readonly #kept = new Map<string, KeptPicture>();

  /** The picture a request is about, as far as it is. */
  for(request: DrawRequest): LivePicture {
    const picture = this.#live.get(request.key) ?? new LivePicture(this.#begin(request), request.directory);
    this.#live.delete(request.key);
    this.#live.set(request.key, picture);
    this.#makeRoom(request);
    return picture;
  }

  /** The session has ended and this is its last picture. */
  keep({ key, start, directory }: DrawRequest, { emulator }: LivePicture): void {
    if (emulator.offset - start > CHEAP) writeKept(directory, keep(key, emulator));
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
    const first = Math.max(0, request.sizes.findLastIndex(({ offset }) => offset <= request.start));
    return new Emulator(request.sizes[first]?.size ?? FALLBACK, request.start, first + 1);
  }

  #makeRoom({ key }: DrawRequest): void {
    for (const [other, picture] of this.#live) {
      if (this.#live.size <= LIVE) return;
      if (other === key) continue;
      this.#kept.set(other, keep(other, picture.rest()));
      picture[Symbol.dispose]();
      this.#live.delete(other);
    }
  }
}
