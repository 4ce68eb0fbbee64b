// As much of a picture as fits an answer.
import type { ScreenPage, ScreenPicture } from "@fleetwire/shared/control";

export interface PageWish {
  /** Number of the first line, or row where there are cells. */
  readonly from: number;
  /** What its lines and rows may take in a sealed answer, which is JSON within JSON. */
  readonly bytes: number;
}

/** @param wish undefined: all of it */
export function pageOf(picture: ScreenPicture, wish: PageWish | undefined): ScreenPicture | ScreenPage {
  if (wish === undefined) return picture;
  const { from, bytes } = wish;
  const { lines, rows } = picture;
  const total = rows?.length ?? lines.length;
  let to = from;
  for (let left = bytes; to < total; to++) {
    left -= cost([lines[to] ?? "", rows?.[to] ?? null]);
    if (left < 0) break;
  }
  const isCut = to === from && to < total;
  const end = isCut ? to + 1 : to;
  const page = { ...picture, from, next: end < total ? end : null, total, lines: lines.slice(from, end), ...(rows === undefined ? {} : { rows: rows.slice(from, end) }) };
  if (!isCut) return page;
  // One line that is more than a page: its beginning, in which no character takes more than six bytes.
  return { ...page, cut: true, lines: page.lines.map((line) => line.slice(0, Math.floor(bytes / 16))), ...(rows === undefined ? {} : { rows: page.rows?.map(({ runs, ...row }) => ({ ...row, runs: runs.slice(0, Math.floor(bytes / 1024)) })) }) };
}

const cost = (value: unknown): number => Buffer.byteLength(JSON.stringify(JSON.stringify(value)));
