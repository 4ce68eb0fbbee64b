import { FleetError } from "@fleetwire/shared/errors";
import { CAST_VERSIONS, CastWriter, recordSession, type Gap, type Recording } from "../recording/index.ts";
import { exitCode } from "../client/index.ts";
import { defineCommand, TARGET, type Context } from "./command.ts";
import { oneOf, text, toggle, value, whole } from "./flags.ts";
import { GAP_REASON } from "./log-output.ts";
import { logStart, moment } from "./log-start.ts";
import { NewFile } from "./new-file.ts";

export default defineCommand({
  args: [TARGET],
  flags: {
    "cast": toggle("as an asciicast recording, for 'fleet replay', asciinema and its players"),
    "version": value("2|3", "of the asciicast format; default 2", oneOf(...CAST_VERSIONS), { offers: CAST_VERSIONS }),
    "output": value("FILE", "where to, instead of standard output", text, { short: "o", offers: "files" }),
    "force": toggle("replace FILE when it is there", "f"),
    "since": value("T", "only from then on: 10m, 2h, or a time", moment),
    "tail": value("N", "only the last lines", whole(0, 10_000_000)),
  },
  examples: ["fleet export build --cast --output build.cast", "fleet export gpu-box:3 --cast --version 3 > train.cast", "fleet export build --cast --since 10m | asciinema play -"],
  notes: "Of a running session: what it printed up to now. FILE appears when it is complete. With --json and --output: what was written.",
  async run(invocation) {
    const { client, output, process, args: [target = ""], flags } = invocation;
    if (!flags.cast) throw new FleetError("needs-flag", "the format is missing", { hint: "--cast writes an asciicast recording" });
    if (output.json && flags.output === undefined) throw new FleetError("needs-flag", "with --json the recording needs --output FILE", { hint: "without --json it goes to standard output: it is lines of JSON by itself" });
    const address = await client.resolve(target);
    const want = { kind: "log", start: logStart(flags), follow: false, timing: true } as const;
    if (flags.output === undefined) {
      await using stream = await client.openStream(address, { want, scope: "read" });
      await write(await recordSession(stream, { onGap: (gap) => tell(invocation, gap), exitCode }), flags.version ?? "2", (line) => output.bytes(Buffer.from(line)));
      return {};
    }
    // Nothing half written stays behind when it is interrupted.
    process.interrupt.claim();
    const { signal } = process.interrupt;
    await using file = await NewFile.create(flags.output, flags.force);
    await using stream = await client.openStream(address, { want, scope: "read", signal });
    const written = await write(await recordSession(stream, { onGap: (gap) => tell(invocation, gap), exitCode }).catch(unlessCancelled(signal)), flags.version ?? "2", (line) => file.write(line));
    if (signal.aborted) throw cancelled();
    const bytes = await file.place();
    const { target: name } = stream.session;
    return {
      json: { target: name, file: flags.output, format: "asciicast", version: Number(flags.version ?? "2"), bytes, ...written },
      text: `${flags.output}: ${name}, ${(written.durationMs / 1000).toFixed(1)} s, ${bytes} bytes`,
      quiet: flags.output,
    };
  },
});

async function write(recording: Recording, version: (typeof CAST_VERSIONS)[number], print: (text: string) => Promise<void>): Promise<{ durationMs: number }> {
  const writer = new CastWriter(version);
  await print(writer.header(recording));
  let durationMs = 0;
  for await (const event of recording.events) {
    const line = writer.event(event);
    durationMs = event.atMs;
    if (line !== "") await print(line);
  }
  const rest = writer.end();
  if (rest !== "") await print(rest);
  return { durationMs };
}

function tell({ output }: Context, { from, to, reason }: Gap): void {
  output.note(`[${to - from} bytes ${GAP_REASON[reason]}]`);
}

const cancelled = () => new FleetError("cancelled", "the export was interrupted", { hint: "no file was written" });

/** An interrupted stream ends before anything was said. */
function unlessCancelled(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    throw signal.aborted ? cancelled() : error;
  };
}
