import { formatCursor, type EventPosition } from "@fleetwire/shared/bus";
import { eventLine } from "../ui/index.ts";
import { defineCommand } from "./command.ts";
import { beginning, eventFilter, FILTER_FLAGS } from "./event-filter.ts";
import { toggle, value, whole } from "./flags.ts";

const NEWEST = 50;
const BEFORE_FOLLOWING = 10;
const GAPS = { expired: "older events are not kept any more", epoch: "the history was begun anew; some events may be missing, or shown again", lost: "the end of the history was lost; some events may be missing" } as const;

export default defineCommand({
  args: [],
  flags: {
    "follow": toggle("go on with what comes, until Ctrl-C", "f"),
    "since": value("WHEN", "from then on: 10m, 2h, a time, or the cursor of an event", beginning),
    ...FILTER_FLAGS,
    "limit": value("N", "the newest N (50; with -f the newest 10 first)", whole(0, 1_000)),
  },
  examples: ["fleet events", "fleet events -f --kind session-ended", "fleet events --since 1h --node gpu-box --tag team=red", "fleet events --json | tail -1", "fleet events -f --since 2026-01-31T12:00:00Z --json"],
  notes: "Newest last. With --json each line is an event with its cursor, which --since takes; without -f a last line has the cursor\nwhere to go on, also when nothing happened.",
  async run({ client, output, flags, process }) {
    const stop = new AbortController();
    process.interrupt.signal.addEventListener("abort", () => stop.abort(), { once: true });
    if (flags.follow) process.interrupt.claim();
    let last: EventPosition | undefined;
    const tail = flags.limit ?? (flags.since !== undefined ? undefined : flags.follow ? BEFORE_FOLLOWING : NEWEST);
    const events = client.events({
      ...flags.since,
      tail,
      filter: await eventFilter(flags, client),
      follow: flags.follow,
      signal: stop.signal,
      onNote: (text) => output.note(text),
      onGap: ({ from, reason }) => output.note(`gap after ${formatCursor(from)}: ${GAPS[reason]}`),
      onPosition: (position) => (last = position),
    });
    for (const note of await client.notes()) output.note(note);
    for await (const { position, event } of events) {
      if (output.json) await output.line(JSON.stringify({ cursor: formatCursor(position), ...event }));
      else if (!output.quiet) await output.line(eventLine(event));
      else await output.line(formatCursor(position));
    }
    if (output.json && !flags.follow && last !== undefined) await output.line(JSON.stringify({ cursor: formatCursor(last), end: true }));
    return { exit: process.interrupt.exitCode ?? 0 };
  },
});
