// Types and says how far it came: everything taken by the terminal, or still waiting after a moment.
import type { InputWriter } from "../pty/input-writer.ts";
import type { Keystrokes } from "./typing.ts";

/** How long a receipt waits for the terminal to take everything. */
const RECEIPT_MS = 300;

export function typeInto(input: InputWriter, writes: readonly Keystrokes[]): Promise<{ receipt: "queued" | "written"; bytes: number }> {
  const bytes = writes.reduce((sum, write) => sum + write.bytes.length, 0);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ receipt: "queued", bytes }), RECEIPT_MS);
    let left = writes.length;
    const written = () => {
      if (--left > 0) return;
      clearTimeout(timer);
      resolve({ receipt: "written", bytes });
    };
    if (left === 0) written();
    for (const write of writes) input.write(write.bytes, { pauseMs: write.pauseMs, onWritten: written });
  });
}
