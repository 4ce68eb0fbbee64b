// Line drawing (U+2500 to U+257F) and block elements (U+2580 to U+259F) as shapes: fonts leave gaps between the cells.

/** For each character from U+2500 on the arms of its line: two bits each for up, right, down, left; 1 light, 2 heavy, 3 double. */
const ARMS =
  "112244881122448811224488142418280506090a506090a04142818254649458" +
  "98a468a84546854989864a8a15162526191a292a515261629192a1a255566566" +
  "95599996a55a69a66a9aa9aa1122448833cc341c3c070d0f70d0f043c1c374dc" +
  "fc47cdcf371d3f73d1f377ddff14054150000000014010040280200821481284";
const LIGHT = 1.2;
const HEAVY = 2.6;
/** Of eighths of the cell's height, from below: U+2581 to U+2588. Of its width, from the left: U+2588 to U+258F. */
const EIGHTHS = 8;
/** U+2596 to U+259F: upper left 1, upper right 2, lower left 4, lower right 8. */
const QUADRANTS = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** 1 unless it is a shade. */
  readonly opacity?: number;
}

/** The rectangles that a character is drawn with in a cell; undefined for one that a font has to draw. */
export function boxesOf(char: string, { x, y, width, height }: Box): readonly Box[] | undefined {
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x2500 && code <= 0x257f) return linesOf(Number.parseInt(ARMS.slice((code - 0x2500) * 2, (code - 0x2500) * 2 + 2), 16), { x, y, width, height });
  if (code < 0x2580 || code > 0x259f) return undefined;
  const part = (left: number, top: number, w: number, h: number, opacity?: number) => ({ x: x + left * width, y: y + top * height, width: w * width, height: h * height, ...(opacity === undefined ? {} : { opacity }) });
  if (code === 0x2580) return [part(0, 0, 1, 1 / 2)];
  if (code <= 0x2588) return [part(0, 1 - (code - 0x2580) / EIGHTHS, 1, (code - 0x2580) / EIGHTHS)];
  if (code <= 0x258f) return [part(0, 0, (0x2590 - code) / EIGHTHS, 1)];
  if (code === 0x2590) return [part(1 / 2, 0, 1 / 2, 1)];
  if (code <= 0x2593) return [part(0, 0, 1, 1, (code - 0x2590) / 4)];
  if (code === 0x2594) return [part(0, 0, 1, 1 / EIGHTHS)];
  if (code === 0x2595) return [part(1 - 1 / EIGHTHS, 0, 1 / EIGHTHS, 1)];
  const quadrants = QUADRANTS[code - 0x2596] ?? 0;
  return [1, 2, 4, 8].flatMap((bit, at) => ((quadrants & bit) === 0 ? [] : [part((at % 2) / 2, at < 2 ? 0 : 1 / 2, 1 / 2, 1 / 2)]));
}

/** @returns undefined for a diagonal */
function linesOf(arms: number, { x, y, width, height }: Box): readonly Box[] | undefined {
  if (arms === 0) return undefined;
  const [up = 0, right = 0, down = 0, left = 0] = [6, 4, 2, 0].map((shift) => (arms >> shift) & 3);
  const middleX = x + width / 2;
  const middleY = y + height / 2;
  const boxes: Box[] = [];
  // Each arm reaches a little beyond the middle, so that corners are closed.
  const across = (from: number, to: number, weight: number) => {
    for (const { offset, thick } of strokes(weight)) boxes.push({ x: from, y: middleY + offset - thick / 2, width: to - from, height: thick });
  };
  const along = (from: number, to: number, weight: number) => {
    for (const { offset, thick } of strokes(weight)) boxes.push({ x: middleX + offset - thick / 2, y: from, width: thick, height: to - from });
  };
  const reach = (...weights: number[]) => Math.max(...weights.map((weight) => (weight === 3 ? LIGHT * 1.5 : weight === 2 ? HEAVY / 2 : LIGHT / 2)));
  if (left > 0) across(x, middleX + reach(up, down), left);
  if (right > 0) across(middleX - reach(up, down), x + width, right);
  if (up > 0) along(y, middleY + reach(left, right), up);
  if (down > 0) along(middleY - reach(left, right), y + height, down);
  return boxes;
}

function strokes(weight: number): readonly { readonly offset: number; readonly thick: number }[] {
  if (weight === 3) return [{ offset: -LIGHT, thick: LIGHT }, { offset: LIGHT, thick: LIGHT }];
  return [{ offset: 0, thick: weight === 2 ? HEAVY : LIGHT }];
}
