// Matching lines for people: where, when, and the match in colour.
import type { SearchMatch } from "@fleetwire/shared/bus";
import { withMarks } from "@fleetwire/shared/plain";

const HIT = "\u001b[1;31m";
const END = "\u001b[m";

/** @param color mark the matches @param now milliseconds: lines of today have no date */
export function matchLines(matches: readonly SearchMatch[], { color, now }: { readonly color: boolean; readonly now: number }): string {
  const grouped = matches.some(({ before = [], after = [] }) => before.length + after.length > 0);
  return matches
    .map((match) => {
      const around = (line: string) => `${match.target}- ${withMarks(line)}`;
      const line = `${match.target}: ${whenOf(match.at, now)}${withColor(match, color)}`;
      return [...(match.before ?? []).map(around), line, ...(match.after ?? []).map(around)].join("\n");
    })
    .join(grouped ? "\n--\n" : "\n");
}

/** In the reader's own time. */
function whenOf(at: string | null, now: number): string {
  if (at === null) return "";
  const when = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = when.toDateString() === new Date(now).toDateString() ? "" : `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())} `;
  return `${day}${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())} `;
}

function withColor({ line, ranges }: SearchMatch, color: boolean): string {
  const text = withMarks(line);
  if (!color) return text;
  let shown = "";
  let at = 0;
  for (const [from, to] of ranges) {
    if (from < at || to <= from) continue;
    shown += `${text.slice(at, from)}${HIT}${text.slice(from, to)}${END}`;
    at = to;
  }
  return shown + text.slice(at);
}
