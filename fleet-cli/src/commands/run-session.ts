import { exitCode, runToEnd } from "../client/index.ts";
import { LineEnds } from "../text/index.ts";
import { defineCommand } from "./command.ts";
import { LAUNCH_FLAGS, launchSession } from "./launching.ts";

export default defineCommand({
  args: [],
  rest: "CMD…",
  flags: LAUNCH_FLAGS,
  examples: ["fleet run -- make test", "fleet run --on gpu-box -- nvidia-smi"],
  notes: "Ctrl-C ends the session. Without a terminal on stdout, lines end as the program ended them.",
  async run(invocation) {
    const { client, output, process } = invocation;
    const { interrupt } = process;
    // From here on Ctrl-C is ours: the session must not stay behind.
    interrupt.claim();
    const stdout = process.stdout();
    const launched = await launchSession(invocation, stdout.isTTY ? { cols: stdout.columns, rows: stdout.rows } : undefined);
    const lines = new LineEnds();
    const session = await runToEnd(client, launched, {
      interrupt: interrupt.signal,
      async onOutput(piece) {
        const bytes = output.isTerminal ? piece : lines.feed(piece);
        if (output.json) output.error(bytes.toString("utf8"));
        else await output.bytes(bytes);
      },
      onGap: (bytes) => output.note(`[${bytes} bytes of output were not kept]`),
    });
    if (!output.json) await output.bytes(lines.end());
    return { ...(output.json ? { json: session } : {}), exit: interrupt.exitCode ?? exitCode(session) };
  },
});
