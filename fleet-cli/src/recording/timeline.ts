// The marks of a log that are still ahead of its bytes.
import type { Size } from "@fleetwire/shared/domain";
import type { TimeMark } from "@fleetwire/shared/wire";

interface Mark {
  readonly offset: number;
  readonly ms: number;
  readonly size?: Size;
}

export class Timeline {
  #marks: Mark[] = [];
  #next = 0;
  #ms = 0;

  /** When what is at the offset that was gone `to` last was printed. */
  get ms(): number {
    return this.#ms;
  }

  /** After a cut marks come again, from where the bytes go on: those that were ahead are forgotten. */
  add(marks: readonly TimeMark[]): void {
    const [first] = marks;
    if (first === undefined) return;
    this.#marks = this.#marks.slice(this.#next).filter(({ offset }) => offset <= first[0]);
    this.#next = 0;
    for (const [offset, ms, cols, rows] of marks) this.#marks.push({ offset, ms, ...(cols === undefined || rows === undefined ? {} : { size: { cols, rows } }) });
  }

  /**
   * Where a recording from this offset on begins: with the session for its first byte, else when its first byte was printed.
   * @returns undefined when nothing says a time
   */
  begin(offset: number): { readonly ms: number; readonly size: Size } | undefined {
    const [first] = this.#marks;
    if (first?.size === undefined) return undefined;
    if (first.offset === 0) return { ms: first.ms, size: first.size };
    const { passed } = this.to(offset);
    return { ms: this.#ms, size: passed.findLast(({ size }) => size !== undefined)?.size ?? first.size };
  }

  /** Goes to a byte. @returns the marks passed by that, and the offset at which the next one is */
  to(offset: number): { readonly passed: readonly Mark[]; readonly end: number } {
    const from = this.#next;
    while ((this.#marks[this.#next]?.offset ?? Number.POSITIVE_INFINITY) <= offset) this.#next++;
    const passed = this.#marks.slice(from, this.#next);
    this.#ms = passed.at(-1)?.ms ?? this.#ms;
    return { passed, end: this.#marks[this.#next]?.offset ?? Number.POSITIVE_INFINITY };
  }

  /** What comes after the last byte. */
  rest(end: number): readonly Mark[] {
    return this.to(end).passed;
  }
}
