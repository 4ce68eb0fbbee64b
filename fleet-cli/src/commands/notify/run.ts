import { formatCursor } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { createNotifier } from "@fleetwire/shared/notify";
import { defineCommand } from "../command.ts";
import { directoryOf, rulesOf } from "./rules.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet notify run", "fleet notify run --json"],
  notes: "Goes on where it stopped the last time. Rules are [[notify]] tables of config.toml; those with by = \"node\" are the\nnode's own. With --json each line is {rule, id, count, ok, reason}.",
  async run({ settings, client, output, process }) {
    const rules = rulesOf(settings).filter(({ by }) => by === "user");
    if (rules.length === 0) throw new FleetError("bad-config", `${settings.paths.configFile} has no [[notify]] rule for 'fleet notify run'`, { hint: "docs/events.md shows how to write one" });
    const stop = new AbortController();
    process.interrupt.claim();
    process.interrupt.signal.addEventListener("abort", () => stop.abort(), { once: true });
    await using notifier = createNotifier({
      rules,
      directory: directoryOf(settings, "user"),
      env: settings.callerEnv(),
      platform: globalThis.process.platform,
      onResult: (rule, sent, { id, count }) => {
        if (output.json) void output.line(JSON.stringify({ rule, id, count, ...sent }));
        else output.note(`${rule}: ${count === 1 ? "1 event" : `${count} events`} ${sent.ok ? "told" : `not told: ${sent.reason}`}`);
      },
      onError: (error) => output.note(`notifications can't be kept: ${FleetError.from(error).message}`),
    });
    for (const note of await client.notes()) output.note(note);
    const from = notifier.cursor;
    output.note(`telling ${rules.map(({ name }) => name).join(", ")}${from === undefined ? "" : ", from where it stopped"}; Ctrl-C ends it`);
    const events = client.events({
      ...(from === undefined ? { tail: 0 } : { after: from }),
      follow: true,
      signal: stop.signal,
      onNote: (text) => output.note(text),
      onGap: (gap) => output.note(`gap after ${formatCursor(gap.from)}: some events may be missing`),
      onPosition: (position) => notifier.passed(position),
    });
    for await (const { event, position } of events) notifier.offer(event, position);
    return { exit: process.interrupt.exitCode ?? 0 };
  },
});
