import { createReadStream } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { readCast, recordSession, type Recording } from "../recording/index.ts";
import { Playback, replayTerminal, SPEED } from "../terminal/index.ts";
import { exitCode } from "../client/index.ts";
import { defineCommand, type Context } from "./command.ts";
import { time, value, type Reader } from "./flags.ts";

const speed: Reader<number> = (given, flag) => {
  const number = /^\d{1,3}(\.\d{1,3})?$/.test(given) ? Number(given) : Number.NaN;
  if (!(number >= SPEED.least && number <= SPEED.most)) throw new FleetError("usage", `${flag} '${printable(given)}' is not a number from ${SPEED.least} to ${SPEED.most}`);
  return number;
};

export default defineCommand({
  args: [{ name: "TARGET|FILE", help: "a session, or an asciicast file (its name has a / in it or ends in .cast)", required: true, offers: "targets" }],
  flags: {
    "speed": value("N", "so many times as fast; default 1", speed),
    "max-idle": value("S", "no pause takes longer than this", time),
    "from": value("T", "begin so long after the beginning, with the screen of then: 90s, 10m", time),
  },
  examples: ["fleet replay build", "fleet replay build --max-idle 2 --speed 4", "fleet replay ./build.cast --from 10m"],
  notes: "Keys: space pauses, . steps, + and - (or the arrows) change the speed, q leaves. A pipe gets the bytes at their time, without keys.",
  async run(invocation) {
    const { output, process, args: [what = ""], flags } = invocation;
    // The terminal is put back as it was before the process ends.
    if (output.isTerminal) process.interrupt.claim();
    const { signal } = process.interrupt;
    await using source = await open(invocation, what, signal);
    const { recording } = source;
    const options = { speed: flags.speed ?? 1, maxIdleMs: flags["max-idle"] ?? recording.maxIdleMs, fromMs: flags.from };
    const exit = output.isTerminal
      ? await replayTerminal({ ...options, recording, name: what, stdin: process.stdin(), stdout: process.stdout(), stderr: process.stderr(), quiet: output.quiet })
      : await pipe(recording, new Playback(options), output);
    if (source.missing() > 0) output.note(`[${source.missing()} bytes of it are not in the log any more]`);
    return { exit };
  },
});

async function pipe(recording: Recording, playback: Playback, output: Context["output"]): Promise<number> {
  for await (const event of recording.events) {
    if (event.kind === "size") continue;
    await playback.due(event.atMs);
    if (event.kind === "output") await output.bytes(event.bytes);
  }
  return 0;
}

interface Source extends AsyncDisposable {
  readonly recording: Recording;
  /** Bytes that can't be played any more, of what was played so far. */
  readonly missing: () => number;
}

async function open({ client }: Context, what: string, signal: AbortSignal): Promise<Source> {
  if (/[/\\]/.test(what) || what.endsWith(".cast")) {
    const file = createReadStream(what);
    return { recording: await readCast(bytesOf(file, what), what), missing: () => 0, [Symbol.asyncDispose]: async () => void file.destroy() };
  }
  const stream = await client.openStream(await client.resolve(what), { want: { kind: "log", start: { beginning: true }, follow: false, timing: true }, scope: "read", signal });
  let missing = 0;
  try {
    const recording = await recordSession(stream, { onGap: ({ from, to }) => void (missing += to - from), exitCode });
    return { recording, missing: () => missing, [Symbol.asyncDispose]: () => stream.detach() };
  } catch (error) {
    await stream.detach();
    throw error;
  }
}

async function* bytesOf(file: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* file;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a directory" : (error as Error).message;
    throw new FleetError("bad-recording", `${printable(name)} can't be read: ${why}`);
  }
}
