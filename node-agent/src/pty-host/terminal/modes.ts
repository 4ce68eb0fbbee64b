// The modes a program has switched, followed in the stream itself, so that neither a keystroke nor a question about a mode
// has to wait for the emulator.

/** Private modes (DECSET) that the emulator and terminals know, and whether they are on from the start. */
const PRIVATE: ReadonlyMap<number, boolean> = new Map([
  ...[1, 3, 5, 6, 9, 12, 45, 47, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1047, 1048, 1049, 2004, 2026, 2031, 2048].map((mode) => [mode, false] as const),
  ...[7, 25].map((mode) => [mode, true] as const),
]);
/** Insert, and new line. */
const ANSI: readonly number[] = [4, 20];
/** They are three names of one thing. */
const ALTERNATE: readonly number[] = [47, 1047, 1049];
/** What a soft reset puts back. */
const SOFT: readonly number[] = [1, 6, 7, 25, 66];

export class Modes {
  /** Those that are not as they were at the start. */
  readonly #private = new Set<number>();
  readonly #ansi = new Set<number>();

  get bracketedPaste(): boolean {
    return this.isOn(2004);
  }

  get applicationCursor(): boolean {
    return this.isOn(1);
  }

  get alternate(): boolean {
    return this.isOn(1049);
  }

  isOn(mode: number): boolean {
    return this.#private.has(mode) !== (PRIVATE.get(mode) ?? false);
  }

  /** @param params of `CSI … h` or `CSI … l` */
  switched(params: string, on: boolean): void {
    const isPrivate = params.startsWith("?");
    const rest = isPrivate ? params.slice(1) : params;
    // Mostly it is one, and full-screen programs hide and show the cursor with every frame.
    if (rest.includes(";")) for (const mode of rest.split(";")) this.#switch(Number(mode), isPrivate, on);
    else this.#switch(Number(rest), isPrivate, on);
  }

  /** As DECRPM says it: 0 not known, 1 on, 2 off. */
  report(mode: number, isPrivate: boolean): 0 | 1 | 2 {
    if (!(isPrivate ? PRIVATE.has(mode) : ANSI.includes(mode))) return 0;
    const on = isPrivate ? this.isOn(ALTERNATE.includes(mode) ? 1049 : mode) : this.#ansi.has(mode);
    return on ? 1 : 2;
  }

  #switch(mode: number, isPrivate: boolean, on: boolean): void {
    if (!isPrivate) put(this.#ansi, mode, on && ANSI.includes(mode));
    else if (ALTERNATE.includes(mode)) put(this.#private, 1049, on);
    else {
      const initially = PRIVATE.get(mode);
      if (initially !== undefined) put(this.#private, mode, on !== initially);
    }
  }

  softReset(): void {
    for (const mode of SOFT) this.#private.delete(mode);
    this.#ansi.delete(4);
  }

  reset(): void {
    this.#private.clear();
    this.#ansi.clear();
  }
}

function put(modes: Set<number>, mode: number, member: boolean): void {
  if (member) modes.add(mode);
  else modes.delete(mode);
}
