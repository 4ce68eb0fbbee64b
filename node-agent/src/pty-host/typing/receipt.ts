// Types and says how far it came: everything taken by the terminal, still waiting after a moment, or thrown away by an interrupt.
import type { InputWriter } from "../pty/input-writer.ts";
import type { Keystrokes } from "./typing.ts";

/** How long a receipt waits for the terminal to take everything. */
const RECEIPT_MS = 300;

export interface Typing {
  readonly bytes: number;
  /** After a moment. */
  readonly receipt: Promise<"queued" | "written" | "rejected">;
  /** In the end; false: thrown away. */
  readonly written: Promise<boolean>;
}

/** Queued at once and in one: nobody else's input comes between. @param urgent before all that waits */
export function typeInto(input: InputWriter, writes: readonly Keystrokes[], urgent = false): Typing {
  const bytes = writes.reduce((sum, write) => sum + write.bytes.length, 0);
  const written = new Promise<boolean>((resolve) => {
    let left = writes.length;
    const onWritten = () => --left === 0 && resolve(true);
    const onDropped = () => resolve(false);
    if (left === 0) resolve(true);
    for (const write of writes) input.write(write.bytes, { urgent, pauseMs: write.pauseMs, onWritten, onDropped });
  });
  const receipt = new Promise<"queued" | "written" | "rejected">((resolve) => {
    const timer = setTimeout(() => resolve("queued"), RECEIPT_MS);
    void written.then((all) => {
      clearTimeout(timer);
      resolve(all ? "written" : "rejected");
    });
  });
  return { bytes, receipt, written };
}
