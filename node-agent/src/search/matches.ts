// What a search has found so far: matching lines with those around them, as many as fit a page.
import type { SessionId } from "@fleetwire/shared/ids";
import { withMarks } from "@fleetwire/shared/plain";
import type { FoundLine } from "./messages.ts";

/** Characters of a line that are shown: so many before its first match, and so many in all. */
const BEFORE = 200;
const SHOWN = 1_000;
const CONTEXT_SHOWN = 300;
const RANGES = 16;

interface Pending {
  readonly after: string[];
  left: number;
}

export interface MatchesOptions {
  readonly pattern: RegExp;
  readonly context: number;
  readonly limit: number;
  readonly bytes: number;
}

export class Matches {
  readonly found: (FoundLine & { readonly before?: string[]; readonly after?: string[] })[] = [];
  readonly #options: MatchesOptions;
  #session: SessionId | undefined;
  #before: { readonly offset: number; readonly text: string }[] = [];
  #pending: Pending[] = [];
  #left: number;

  constructor(options: MatchesOptions) {
    this.#options = options;
    this.#left = options.bytes;
  }

  /** No more fits this page. */
  get isFull(): boolean {
    return this.found.length >= this.#options.limit || this.#left <= 0;
  }

  /** Some of what was found wants lines that follow it. */
  get waits(): boolean {
    return this.#pending.length > 0;
  }

  /** Where the lines before the next one begin, as far as they may be shown with it. */
  get contextFrom(): number | undefined {
    return this.#before[0]?.offset;
  }

  begin(session: SessionId): void {
    this.#session = session;
    this.#before = [];
    this.#pending = [];
  }

  /** @param isNew false: it was in the page before, and is only what stands around others @returns whether it was taken: a full page takes no match */
  line(offset: number, text: string, isNew: boolean): boolean {
    const ranges = isNew ? this.#rangesIn(text) : [];
    if (ranges.length > 0 && this.isFull) return false;
    for (const pending of this.#pending) {
      pending.after.push(shorten(text));
      pending.left--;
    }
    this.#pending = this.#pending.filter(({ left }) => left > 0);
    if (ranges.length > 0) this.#add(offset, text, ranges);
    if (this.#options.context > 0) {
      this.#before.push({ offset, text: shorten(text) });
      if (this.#before.length > this.#options.context) this.#before.shift();
    }
    return true;
  }

  #add(offset: number, text: string, ranges: [number, number][]): void {
    const { context } = this.#options;
    const from = text.length <= SHOWN ? 0 : Math.max(0, (ranges[0]?.[0] ?? 0) - BEFORE);
    const line = withMarks(text.slice(from, from + SHOWN));
    const shown = ranges.map(([start, end]): [number, number] => [start - from, Math.min(end - from, line.length)]).filter(([start]) => start <= line.length);
    const after: string[] = [];
    const match = { session: this.#session as SessionId, offset, at: null, line, ranges: shown, ...(line.length < text.length ? { cut: true as const } : {}), ...(context === 0 ? {} : { before: this.#before.map((one) => one.text), after }) };
    this.found.push(match);
    if (context > 0) this.#pending.push({ after, left: context });
    // Lines after it are counted as if they were long.
    this.#left -= 2 * Buffer.byteLength(JSON.stringify(JSON.stringify(match))) + context * CONTEXT_SHOWN;
  }

  #rangesIn(text: string): [number, number][] {
    const { pattern } = this.#options;
    pattern.lastIndex = 0;
    if (!pattern.test(text)) return [];
    pattern.lastIndex = 0;
    const ranges: [number, number][] = [];
    for (const { index, 0: found } of text.matchAll(pattern)) if (ranges.push([index, index + found.length]) === RANGES) break;
    return ranges;
  }
}

const shorten = (text: string): string => withMarks(text.slice(0, CONTEXT_SHOWN));
