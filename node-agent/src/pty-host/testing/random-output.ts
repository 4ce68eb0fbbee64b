// What programs could print: text, and sequences that move, erase, scroll, colour and switch, at random.
import fc from "fast-check";

const token = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.replace(/[\u007f-\u009f]/g, "?")),
  fc.constantFrom("世界", "é", "👍", "\r\n", "\r", "\n", "\t", "\b", "─"),
  fc.tuple(fc.constantFrom("A", "B", "C", "D", "G", "d", "X", "P", "@", "L", "M", "S", "T"), fc.integer({ min: 1, max: 12 })).map(([final, n]) => `\u001b[${n}${final}`),
  fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 45 })).map(([row, column]) => `\u001b[${row};${column}H`),
  fc.constantFrom("\u001b[J", "\u001b[2J", "\u001b[K", "\u001b[1K", "\u001b[2K", "\u001b7", "\u001b8", "\u001bM", "\u001bD", "\u001bE", "\u001b[m"),
  fc.constantFrom("\u001b[?1049h", "\u001b[?1049l", "\u001b[?2004h", "\u001b[?25l", "\u001b[?25h", "\u001b[?1h", "\u001b[?1003h", "\u001b[?1006h", "\u001b[3;7r", "\u001b[r", "\u001b]0;t\u0007"),
  fc.integer({ min: 0, max: 107 }).filter((n) => ![8, 28, 38, 48, 58].includes(n) && n < 50 || n >= 90).map((n) => `\u001b[${n}m`),
  fc.tuple(fc.integer({ min: 0, max: 255 })).map(([n]) => `\u001b[48;5;${n}m`),
  fc.constantFrom("e\u0301", "👩‍💻", "漢", "\u001b[2b", "\u001b[I", "\u001b[Z", "\u001bH", "\u001b[g", "\u001b[3g", "\u001b#8", "\u001b[s", "\u001b[u", "\u001b[2 @", "\u001b[2 A", "\u001b[2'}", "\u001b[2'~", "\u001b(0", "\u001b(B", "\u000e", "\u000f"),
  fc.constantFrom("\u001b[?6h", "\u001b[?6l", "\u001b[?7l", "\u001b[?7h", "\u001b[?45h", "\u001b[?47h", "\u001b[?47l", "\u001b[?1047h", "\u001b[?1047l", "\u001b[?1048h", "\u001b[?1048l", "\u001b[!p", "\u001bc", "\u001b[5;9r", "\u001b[3 q", "\u001b=", "\u001b>", "\u001b[?1004h", "\u001b[?2026h", "\u001b[?2026l"),
  fc.constantFrom("\u001b]8;;https://a.example/\u0007", "\u001b]8;id=2;https://b.example/\u001b\\", "\u001b]8;;\u0007", "\u001b[4:3m", "\u001b[58;2;9;8;7m", "\u001b[38;2;1;2;3m", "\u001b[48:2::4:5:6m", "\u001b[>1u", "\u001b[<u", "\u001bP+q\u001b\\", "\u001b[1\"q", "\u001b[0\"q", "\u001b[?J", "\u001b[?2K"),
);

/** Brings a saved cursor back. Where it was saved, the screen has scrolled and was resized since, the emulator takes it to a row that depends on what it has seen before. */
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const RESTORES = /\u001b(8|\[u|\[\?104[789]+l)/g;

/** For sessions that are resized. @param tokens at most so many of them */
export const randomOutputToResize = (tokens: number): fc.Arbitrary<Buffer> => randomOutput(tokens).map((bytes) => Buffer.from(bytes.toString().replace(RESTORES, "")));

/** @param tokens at most so many of them */
export const randomOutput = (tokens = 60): fc.Arbitrary<Buffer> => fc.array(token, { maxLength: tokens }).map((all) => Buffer.from(all.join("")));
