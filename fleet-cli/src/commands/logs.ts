import type { LogStart } from "@fleetwire/shared/wire";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { stripEscapes } from "../ui/index.ts";
import { defineCommand, TARGET } from "./command.ts";
import { time, toggle, value, whole, type Reader } from "./flags.ts";
import { GAP_REASON, logFilter } from "./log-output.ts";

/** A time, or how long ago. @returns milliseconds since 1970 */
const moment: Reader<number> = (given, flag) => {
  if (/^\d{4}-\d\d/.test(given) && !Number.isNaN(Date.parse(given))) return Date.parse(given);
  try {
    return Date.now() - time(given, flag);
  } catch {
    throw new FleetError("usage", `${flag} '${printable(given)}' is not a time`, { hint: "how long ago (90s, 10m, 2h, 7d), or a time like 2026-01-31T12:00:00Z" });
  }
};

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
    const start: LogStart = flags.since !== undefined ? { sinceMs: flags.since } : flags.tail !== undefined ? { tailLines: flags.tail } : { beginning: true };
    await using stream = await client.openStream(await client.resolve(target), { want: { kind: "log", start, follow: flags.follow }, scope: "read" });
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
