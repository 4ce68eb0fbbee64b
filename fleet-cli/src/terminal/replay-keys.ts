// What the keys mean while a recording is played. The recording may have switched the terminal to other encodings of keys, and
// to reports of mouse and focus: those are passed over.
import { sequenceLength } from "./escape-sequence.ts";

export type ReplayKey = "pause" | "step" | "faster" | "slower" | "quit";

const ESC = 0x1b;
/** A sequence that goes on for longer is none. */
const MAX_HELD = 4096;
const CTRL = 4;
const KEYS: Readonly<Record<string, ReplayKey>> = { " ": "pause", ".": "step", "+": "faster", "=": "faster", "-": "slower", "_": "slower", "q": "quit", "Q": "quit", "\u0003": "quit" };
const ARROWS: Readonly<Record<string, ReplayKey>> = { A: "faster", C: "faster", B: "slower", D: "slower" };

export class ReplayKeys {
  #held: Buffer = Buffer.alloc(0);
  #pasting = false;

  feed(read: Uint8Array): ReplayKey[] {
    const bytes = Buffer.concat([this.#held, read]);
    this.#held = Buffer.alloc(0);
    const found: ReplayKey[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = bytes[at] === ESC ? sequenceLength(bytes, at) : 1;
      if (length === undefined) {
        if (bytes.length - at <= MAX_HELD) this.#held = bytes.subarray(at);
        break;
      }
      const key = this.#meaning(bytes.toString("latin1", at, at + length));
      if (key !== undefined) found.push(key);
      at += length;
    }
    return found;
  }

  #meaning(text: string): ReplayKey | undefined {
    if (text === "\u001b[200~" || text === "\u001b[201~") this.#pasting = text === "\u001b[200~";
    // A paste whose end gets lost must not take Ctrl+C away.
    if (this.#pasting) return text === "\u0003" ? "quit" : undefined;
    if (!text.startsWith("\u001b")) return KEYS[text];
    const sequence = text.slice(1);
    const arrow = /^(?:O|\[(?:1;\d+(?::[12])?)?)([ABCD])$/.exec(sequence)?.[1];
    if (arrow !== undefined) return ARROWS[arrow];
    // Kitty's keyboard protocol (a release, `:3`, is no key) and xterm's modifyOtherKeys.
    const [, kittyCode, kittyHeld, event] = /^\[(\d+)(?::[\d:]*)?(?:;(\d*)(?::(\d))?(?:;[\d:]*)?)?u$/.exec(sequence) ?? [];
    if (kittyCode !== undefined) return event === "3" ? undefined : keyOf(Number(kittyCode), kittyHeld);
    const [, held, code] = /^\[27;(\d+);(\d+)~$/.exec(sequence) ?? [];
    return code === undefined ? undefined : keyOf(Number(code), held);
  }
}

function keyOf(code: number, held: string | undefined): ReplayKey | undefined {
  if (code > 0x7f) return undefined;
  const isControl = held !== undefined && held !== "" && ((Number(held) - 1) & CTRL) !== 0;
  if (isControl) return code === 0x63 ? "quit" : undefined;
  return KEYS[String.fromCharCode(code)];
}
