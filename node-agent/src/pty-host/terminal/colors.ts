// The colours a program is told when it asks for them. What a viewer's terminal really shows differs from viewer to viewer and
// isn't known while nobody looks; one answer for all is what keeps a program from hanging or being told two things.

export type Rgb = readonly [red: number, green: number, blue: number];

export interface Defaults {
  readonly foreground: Rgb;
  readonly background: Rgb;
}

/** Light on dark, as most terminals are. */
export const DARK: Defaults = { foreground: [0xd8, 0xd8, 0xd8], background: [0x18, 0x18, 0x18] };
/** xterm's sixteen. */
const BASE = "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff".split(" ");
const LEVELS = [0, 95, 135, 175, 215, 255];

/** The numbers of OSC 10, 11 and 12. */
export type Dynamic = 10 | 11 | 12;

export class Colors {
  readonly #defaults: Defaults;
  readonly #palette = new Map<number, Rgb>();
  readonly #dynamic = new Map<Dynamic, Rgb>();

  constructor(defaults: Defaults) {
    this.#defaults = defaults;
  }

  /** @param index 0–255 */
  palette(index: number): Rgb {
    return this.#palette.get(index) ?? standard(index);
  }

  dynamic(which: Dynamic): Rgb {
    return this.#dynamic.get(which) ?? this.#defaults[which === 11 ? "background" : "foreground"];
  }

  /** The background is darker than the text. */
  get dark(): boolean {
    return luminance(this.dynamic(11)) < luminance(this.dynamic(10));
  }

  setPalette(index: number, color: Rgb): void {
    this.#palette.set(index, color);
  }

  setDynamic(which: Dynamic, color: Rgb): void {
    this.#dynamic.set(which, color);
  }

  /** @param index undefined: all of them */
  resetPalette(index?: number): void {
    if (index === undefined) this.#palette.clear();
    else this.#palette.delete(index);
  }

  resetDynamic(which: Dynamic): void {
    this.#dynamic.delete(which);
  }

  reset(): void {
    this.#palette.clear();
    this.#dynamic.clear();
  }
}

/** `#rgb`, `#rrggbb`, `rgb:r/g/b` of one to four digits each (XParseColor); names are not known. */
export function parseColor(text: string): Rgb | undefined {
  const hash = /^#(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2}))$/i.exec(text);
  const parts = (hash ?? /^rgb:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})$/i.exec(text))?.slice(1).filter((part) => part !== undefined);
  if (parts === undefined) return undefined;
  const [red = 0, green = 0, blue = 0] = parts.map((part) => Math.round((Number.parseInt(part, 16) / (16 ** part.length - 1)) * 255));
  return [red, green, blue];
}

/** As terminals answer: four digits a colour. */
export function colorText(color: Rgb): string {
  return `rgb:${color.map((part) => part.toString(16).padStart(2, "0").repeat(2)).join("/")}`;
}

function standard(index: number): Rgb {
  if (index < 16) return parseColor(`#${BASE[index]}`) ?? [0, 0, 0];
  if (index >= 232) return [8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10];
  const level = (step: number) => LEVELS[Math.floor((index - 16) / step) % 6] ?? 0;
  return [level(36), level(6), level(1)];
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
