import { sessionKill, sessionWait } from "@fleetwire/shared/bus";
import { defineCommand, type Context } from "./command.ts";
import { exitCode } from "./exit-code.ts";
import { LAUNCH_FLAGS, launchSession, type Launched } from "./launching.ts";

/** How long an interrupted session has before KILL. */
const GRACE_MS = 2_000;

export default defineCommand({
  args: [],
  rest: "CMD…",
  flags: LAUNCH_FLAGS,
  examples: ["fleet run -- make test", "fleet run --on gpu-box -- nvidia-smi"],
  notes: "Ctrl-C ends the session. Without a terminal on stdout, lines end as the program ended them.",
  async run(invocation) {
    const { output, process } = invocation;
    const { interrupt } = process;
    // From here on Ctrl-C is ours: the session must not stay behind.
    interrupt.claim();
    const stdout = process.stdout();
    const launched = await launchSession(invocation, stdout.isTTY ? { cols: stdout.columns, rows: stdout.rows } : undefined);
    const killing = new Promise<void>((resolve, reject) => {
      const kill = () => void kill_(invocation, launched).then(resolve, reject);
      if (interrupt.signal.aborted) kill();
      else interrupt.signal.addEventListener("abort", kill, { once: true });
    });
    killing.catch(() => undefined);
    await streamOutput(invocation, launched);
    if (interrupt.exitCode !== undefined) await killing;
    const { session } = await invocation.client.call(sessionWait, { session: { id: launched.session.id }, until: "exit", waitMs: 5_000 }, launched.place);
    return { ...(output.json ? { json: session } : {}), exit: interrupt.exitCode ?? exitCode(session) };
  },
});

async function kill_({ client }: Context, { session, place }: Launched): Promise<void> {
  await client.call(sessionKill, { sessions: [{ id: session.id }], graceMs: GRACE_MS }, place);
}

async function streamOutput({ client, output }: Context, { session, place }: Launched): Promise<void> {
  await using stream = await client.openStream({ place, session: { id: session.id } }, { want: { kind: "log", start: { beginning: true }, follow: true }, scope: "read" });
  const lines = new LineEnds();
  for await (const event of stream) {
    if (event.kind === "output") {
      const bytes = output.isTerminal ? event.bytes : lines.feed(event.bytes);
      if (output.json) output.error(bytes.toString("utf8"));
      else await output.bytes(bytes);
    } else if (event.kind === "gap") output.note(`[${event.to - event.from} bytes of output were not kept]`);
  }
  if (!output.json) await output.bytes(lines.end());
}

/** The terminal made CR LF of each LF; a pipe gets the LF back. */
export class LineEnds {
  #cr = false;

  feed(bytes: Buffer): Buffer {
    const kept = Buffer.allocUnsafe(bytes.length + 1);
    let length = 0;
    for (const byte of bytes) {
      if (this.#cr && byte !== 0x0a) kept[length++] = 0x0d;
      this.#cr = byte === 0x0d;
      if (!this.#cr) kept[length++] = byte;
    }
    return kept.subarray(0, length);
  }

  end(): Buffer {
    return this.#cr ? Buffer.from("\r") : Buffer.alloc(0);
  }
}
