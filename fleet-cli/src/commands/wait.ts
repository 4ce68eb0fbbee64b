import { FleetError } from "@fleetwire/shared/errors";
import { exitCode, WAIT_STATES, waitFor, type Waited } from "../client/index.ts";
import { defineCommand, RUNNING } from "./command.ts";
import { time, toggle, value } from "./flags.ts";
import { condition } from "./wait-condition.ts";

export default defineCommand({
  args: [{ ...RUNNING, many: true }],
  flags: {
    "for": value("WHAT", "exit (default), idle, blocked, done, working, or /regex/ in its output", condition, { offers: WAIT_STATES }),
    "any": toggle("one of them is enough"),
    "timeout": value("S", "at most so long, then exit code 124", time),
  },
  examples: ["fleet wait build", "fleet wait a b c --any --timeout 10m", "fleet wait shell --for /ready/ --timeout 60", "fleet wait agent --for blocked", "fleet wait a b --any --for done"],
  notes: "Waiting for the exit gives the session's own exit code; of several, the first that isn't 0.\nidle is met by done as well: finished, and nobody has looked yet.",
  async run(invocation) {
    const { client, args, flags } = invocation;
    const addresses = await Promise.all(args.map((target) => client.resolve(target)));
    const what = flags.for ?? { kind: "exit" as const };
    const stop = new AbortController();
    const until = flags.timeout === undefined ? Infinity : Date.now() + flags.timeout;
    const timer = flags.timeout === undefined ? undefined : setTimeout(() => stop.abort(), flags.timeout);
    const waits = addresses.map((address) => waitFor(invocation, address, what, { until, signal: stop.signal }));
    try {
      const met: Waited[] = flags.any ? [await Promise.any(waits).catch((error: AggregateError) => Promise.reject(error.errors[0] as Error))] : await Promise.all(waits);
      return { json: met, text: met.map(({ text }) => text).join("\n"), quiet: met.map(({ session }) => session.target).join("\n"), exit: what.kind === "exit" ? (met.map(({ session }) => exitCode(session)).find((code) => code !== 0) ?? 0) : 0 };
    } catch (error) {
      if (Date.now() >= until) throw new FleetError("timeout", `${args.join(", ")}: ${what.kind === "regex" ? `${String(what.pattern)} not seen` : what.kind === "exit" ? "not ended" : `not ${what.kind}`} within ${(flags.timeout ?? 0) / 1000} s`);
      throw error;
    } finally {
      clearTimeout(timer);
      stop.abort();
      await Promise.allSettled(waits);
    }
  },
});
