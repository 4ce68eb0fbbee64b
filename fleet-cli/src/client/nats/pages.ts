// A list's pages, several under way at once: while one is read here the registry makes the next. A page is as long as a message
// may be; where the pages end is said with the first, by a registry that can.
import { NOBODY } from "./ask.ts";

/** Pages that are asked for at once. */
const AT_ONCE = 4;

export interface Range {
  readonly after?: string | undefined;
  readonly until?: string | undefined;
  readonly cuts?: boolean;
}

interface Page {
  readonly more: boolean;
  readonly cuts?: readonly string[] | undefined;
}

/**
 * In order. @param next where a page that has more ends; undefined: it is the last one all the same
 * @returns `nobody` when nobody answers one of them
 */
export async function allPages<P extends Page>(ask: (range: Range) => Promise<P | typeof NOBODY>, next: (page: P) => string | undefined): Promise<P[] | typeof NOBODY> {
  const first = await ask({ cuts: true });
  if (first === NOBODY) return NOBODY;
  if (!first.more) return [first];
  const cuts = first.cuts ?? [next(first)].filter((cut) => cut !== undefined);
  const ranges = cuts.map((after, index): Range => ({ after, until: cuts[index + 1] }));
  const found: P[][] = [];
  let at = 0;
  async function work(): Promise<boolean> {
    for (let mine = at++; mine < ranges.length; mine = at++) {
      // A page that has become too long since goes on in another.
      for (let from = ranges[mine]?.after, until = ranges[mine]?.until; from !== undefined; ) {
        const page = await ask({ after: from, until });
        if (page === NOBODY) return false;
        (found[mine] ??= []).push(page);
        from = page.more ? next(page) : undefined;
      }
    }
    return true;
  }
  const whole = await Promise.all(Array.from({ length: Math.min(AT_ONCE, ranges.length) }, work));
  return whole.every(Boolean) ? [first, ...found.flat()] : NOBODY;
}
