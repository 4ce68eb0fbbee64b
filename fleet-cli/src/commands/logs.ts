import { stripEscapes } from "@fleetwire/shared/plain";
import { defineCommand, TARGET } from "./command.ts";
import { toggle, value, whole } from "./flags.ts";
import { GAP_REASON, logFilter } from "./log-output.ts";
import { logStart, moment } from "./log-start.ts";

export default defineCommand({
  args: [TARGET],
  flags: {
    "follow": toggle("go on until the session ends", "f"),
    "tail": value("N", "only the last lines", whole(0, 10_000_000)),
    "since": value("T", "only from then on: 10m, 2h, or a time", moment),
    "plain": toggle("text only: no escape sequences"),
  },
  examples: ["fleet logs build", "fleet logs build -f", "fleet logs gpu-box:3 --tail 50 --plain", "fleet logs build --since 10m > build.log"],
  notes: "A pipe gets the bytes as they were printed. On a terminal, sequences that could change or question it are left out.",
  async run({ client, output, args: [target = ""], flags }) {
    await using stream = await client.openStream(await client.resolve(target), { want: { kind: "log", start: logStart(flags), follow: flags.follow }, scope: "read" });
    const filter = logFilter(output, flags.plain);
    const kept: Buffer[] = [];
    let end = 0;
    for await (const event of stream) {
      if (event.kind === "output") {
        if (output.json) kept.push(event.bytes);
        else await output.bytes(filter.feed(event.bytes));
      } else if (event.kind === "gap") output.note(`[${event.to - event.from} bytes ${GAP_REASON[event.reason]}]`);
      else if (event.kind === "end") end = event.offset;
    }
    if (!output.json) return {};
    const text = Buffer.concat(kept).toString("utf8");
    return { json: { target: stream.session.target, offset: end, text: flags.plain ? stripEscapes(text) : text } };
  },
});
