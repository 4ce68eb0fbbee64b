import { Tag } from "@fleetwire/shared/ids";
import { FleetError } from "@fleetwire/shared/errors";
import type { LogStart } from "@fleetwire/shared/wire";
import type { SessionAddress } from "../client/index.ts";
import { defineCommand, RUNNING, type Context } from "./command.ts";
import { checked, time, toggle, value, values, whole } from "./flags.ts";
import { GAP_REASON, logFilter } from "./log-output.ts";
import { Lines } from "./lines.ts";

export default defineCommand({
  args: [{ ...RUNNING, required: false, many: true }],
  flags: {
    "tag": values("TAG", "all running sessions with this tag", checked(Tag)),
    "tail": value("N", "begin with the last lines", whole(0, 10_000_000)),
    "no-history": toggle("begin with what comes now"),
    "plain": toggle("text only: no escape sequences"),
    "timeout": value("S", "stop after so long, with exit code 124", time),
  },
  examples: ["fleet watch build", "fleet watch api web --tail 10", "fleet watch --tag team=red --json", "fleet watch build --timeout 60"],
  notes: "Ends when all of them have ended. With --json each line is {time, target, stream, text}.",
  async run(invocation) {
    const { flags, output } = invocation;
    const addresses = await addressesOf(invocation, flags.tag);
    const start: LogStart = flags["no-history"] ? { tailLines: 0 } : flags.tail === undefined ? { beginning: true } : { tailLines: flags.tail };
    const stop = new AbortController();
    let late = false;
    const timer = flags.timeout === undefined ? undefined : setTimeout(() => ((late = true), stop.abort()), flags.timeout);
    try {
      await Promise.all(addresses.map((address) => watchOne(invocation, address, { start, plain: flags.plain, several: addresses.length > 1, signal: stop.signal })));
    } catch (error) {
      if (!late) throw error;
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
    if (late) throw new FleetError("timeout", `watched ${addresses.map(({ text }) => text).join(", ")} for ${(flags.timeout ?? 0) / 1000} s`, { hint: "the session goes on; give it more time with --timeout" });
    output.note("all have ended");
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
  readonly signal: AbortSignal;
}

async function watchOne({ client, output }: Context, address: SessionAddress, { start, plain, several, signal }: Watching): Promise<void> {
  await using stream = await client.openStream(address, { want: { kind: "log", start, follow: true }, scope: "read", signal });
  const { target } = stream.session;
  const filter = logFilter(output, plain);
  const lines = new Lines();
  const say = (text: string, kind: "output" | "gap" | "end") => output.line(output.json ? JSON.stringify({ time: new Date().toISOString(), target, stream: kind, text }) : `${target} | ${text}`);
  for await (const event of stream) {
    if (event.kind === "output") {
      const bytes = filter.feed(event.bytes);
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
}
