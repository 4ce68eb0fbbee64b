import { Tag } from "@fleetwire/shared/ids";
import { FleetError } from "@fleetwire/shared/errors";
import type { LogStart } from "@fleetwire/shared/wire";
import type { SessionAddress } from "../client/index.ts";
import { defineCommand, RUNNING, type Context } from "./command.ts";
import { checked, size, time, toggle, value, values, whole } from "./flags.ts";
import { GAP_REASON, logFilter } from "./log-output.ts";
import { pattern } from "./wait-condition.ts";
import { WatchBounds } from "./watch-bounds.ts";
import { Lines } from "../text/index.ts";

export default defineCommand({
  args: [{ ...RUNNING, required: false, many: true }],
  flags: {
    "tag": values("TAG", "all running sessions with this tag", checked(Tag)),
    "tail": value("N", "begin with the last lines", whole(0, 10_000_000)),
    "no-history": toggle("begin with what comes now"),
    "plain": toggle("text only: no escape sequences"),
    "until": value("/REGEX/", "stop when a line like this was printed", pattern),
    "max-bytes": value("N", "stop after so much output of all of them: 64K, 1M", size),
    "timeout": value("S", "stop after so long, with exit code 124", time),
  },
  examples: ["fleet watch build", "fleet watch api web --tail 10", "fleet watch --tag team=red --json", "fleet watch build --until '/tests? passed/' --timeout 60", "fleet watch build --json --max-bytes 64K"],
  notes: "Ends when all of them have ended. With --json each line is {time, target, stream, text};\nstream is output, gap, end, or stop when --until or --max-bytes ended it, with the line that matched.\nWith --until: exits with 1 when all have ended without it.",
  async run(invocation) {
    const { flags, output } = invocation;
    const addresses = await addressesOf(invocation, flags.tag);
    const start: LogStart = flags["no-history"] ? { tailLines: 0 } : flags.tail === undefined ? { beginning: true } : { tailLines: flags.tail };
    const stop = new AbortController();
    const bounds = new WatchBounds({ ...(flags.until === undefined ? {} : { until: flags.until }), ...(flags["max-bytes"] === undefined ? {} : { maxBytes: flags["max-bytes"] }) }, () => stop.abort());
    let late = false;
    const timer = flags.timeout === undefined ? undefined : setTimeout(() => ((late = true), stop.abort()), flags.timeout);
    try {
      await Promise.all(addresses.map((address) => watchOne(invocation, address, { start, plain: flags.plain, several: addresses.length > 1, bounds, signal: stop.signal })));
    } catch (error) {
      if (!late && bounds.stopped === undefined) throw error;
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
    if (late) throw new FleetError("timeout", `watched ${addresses.map(({ text }) => text).join(", ")} for ${(flags.timeout ?? 0) / 1000} s`, { hint: "the session goes on; give it more time with --timeout" });
    const { stopped } = bounds;
    if (stopped === undefined) output.note("all have ended");
    else if (output.json) await output.line(JSON.stringify({ time: new Date().toISOString(), target: stopped.target, stream: "stop", text: stopped.text, reason: stopped.reason }));
    else output.note(stopped.reason === "until" ? `${stopped.target} printed ${String(flags.until)}` : `stopped after ${flags["max-bytes"] ?? 0} bytes`);
    if (stopped === undefined && flags.until !== undefined) throw new FleetError("not-running", `all have ended without printing ${String(flags.until)}`);
    return {};
  },
});

async function addressesOf({ client, args }: Context & { readonly args: readonly string[] }, tags: readonly Tag[]): Promise<SessionAddress[]> {
  if (args.length === 0 && tags.length === 0) throw new FleetError("usage", "TARGET is missing: name sessions, or give --tag");
  const tagged = tags.length === 0 ? [] : (await client.sessions({ filter: { tags: [...tags], states: ["starting", "running"] } })).sessions;
  if (args.length === 0 && tagged.length === 0) throw new FleetError("unknown-session", `no running session has the tag ${tags.join(" and ")}`);
  return Promise.all([...new Set([...args, ...tagged.map(({ target }) => target)])].map((target) => client.resolve(target)));
}

interface Watching {
  readonly start: LogStart;
  readonly plain: boolean;
  readonly several: boolean;
  readonly bounds: WatchBounds;
  readonly signal: AbortSignal;
}

async function watchOne({ client, output }: Context, address: SessionAddress, { start, plain, several, bounds, signal }: Watching): Promise<void> {
  await using stream = await client.openStream(address, { want: { kind: "log", start, follow: true }, scope: "read", signal });
  const { target } = stream.session;
  const filter = logFilter(output, plain);
  const lines = new Lines();
  const say = (text: string, kind: "output" | "gap" | "end") => output.line(output.json ? JSON.stringify({ time: new Date().toISOString(), target, stream: kind, text }) : `${target} | ${text}`);
  for await (const event of stream) {
    if (event.kind === "output") {
      const bytes = filter.feed(bounds.take(target, event.bytes));
      if (!several && !output.json) await output.bytes(bytes);
      else for (const line of lines.feed(bytes)) await say(line, "output");
    } else if (event.kind === "gap") {
      const text = `[${event.to - event.from} bytes ${GAP_REASON[event.reason]}]`;
      if (output.json) await say(text, "gap");
      else output.note(text);
    } else if (event.kind === "end" || event.kind === "exit") {
      for (const line of lines.end()) await say(line, "output");
      if (output.json) await say("", "end");
      else if (several) output.note(`${target} has ended`);
    }
  }
  // Stopped in the middle of a line.
  for (const line of lines.end()) await say(line, "output");
}
