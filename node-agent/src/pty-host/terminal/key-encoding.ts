// How a program asked for its keys to be encoded: Kitty's flags (https://sw.kovidgoyal.net/kitty/keyboard-protocol/), a stack
// for each screen, and xterm's modifyOtherKeys.

/** Kitty keeps a stack of a limited size as well: the oldest goes. */
const DEEPEST = 16;
const ALL = 31;

export class KeyEncoding {
  #stacks: Record<"main" | "alternate", number[]> = { main: [], alternate: [] };
  #otherKeys = 0;

  flags(alternate: boolean): number {
    return this.#of(alternate).at(-1) ?? 0;
  }

  get otherKeys(): number {
    return this.#otherKeys;
  }

  /** `CSI > flags u`, `CSI < number u`, `CSI = flags ; how u`. */
  kitty(params: string, alternate: boolean): void {
    const stack = this.#of(alternate);
    const [first = 0, how = 1] = params.slice(1).split(";").map((text) => (text === "" ? undefined : Number(text)));
    switch (params.charAt(0)) {
      case ">":
        if (stack.push(first & ALL) > DEEPEST) stack.shift();
        return;
      case "<":
        stack.splice(-Math.max(1, first));
        return;
      case "=": {
        const now = stack.at(-1) ?? 0;
        stack.splice(-1, 1, (how === 2 ? now | first : how === 3 ? now & ~first : first) & ALL);
        return;
      }
      default:
    }
  }

  /** `CSI > 4 ; level m`; without a level, or at all, back to the default. */
  modifiers(params: string): void {
    const match = /^>4(?:;([0-3])?)?$/.exec(params);
    if (match !== null || params === ">") this.#otherKeys = Number(match?.[1] ?? 0);
  }

  reset(): void {
    this.#stacks = { main: [], alternate: [] };
    this.#otherKeys = 0;
  }

  #of(alternate: boolean): number[] {
    return this.#stacks[alternate ? "alternate" : "main"];
  }
}
