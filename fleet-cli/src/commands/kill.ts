import { sessionKill, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { byPlace, endedText } from "../client/index.ts";
import { overSelection } from "./broadcast.ts";
import { defineCommand, RUNNING } from "./command.ts";
import { grace, value, type Reader } from "./flags.ts";
import { SELECTION, SELECTION_NOTES, SELECTS } from "./selection.ts";

type Killed = OutputOf<typeof sessionKill>;

const signal: Reader<string> = (given, flag) => {
  const name = given.toUpperCase();
  if (!/^(SIG)?[A-Z0-9+]{2,10}$/.test(name)) throw new FleetError("usage", `${flag} '${printable(given)}' is not a signal`, { hint: "e.g. TERM, INT, HUP, KILL" });
  return name;
};

export default defineCommand({
  args: [{ ...RUNNING, unless: SELECTS, many: true }],
  flags: {
    ...SELECTION,
    "signal": value("S", "the first signal; default TERM", signal, { offers: ["TERM", "INT", "HUP", "QUIT", "KILL"] }),
    "grace": value("S", "time until KILL follows; default 5", grace),
  },
  examples: ["fleet kill build", "fleet kill gpu-box:3 gpu-box:4 --grace 30", "fleet kill --tag team=red", "fleet kill --all --node gpu-box", "fleet kill --where zone=eu --name 'worker-*' --dry-run"],
  notes: `Ends everything the session started, and answers when it is gone. More than one by selection is asked about at a terminal.\n${SELECTION_NOTES}`,
  async run(invocation) {
    const { client, flags, args } = invocation;
    const how = { ...(flags.signal === undefined ? {} : { signal: flags.signal }), ...(flags.grace === undefined ? {} : { graceMs: flags.grace }) };
    const selected = await overSelection(invocation, {
      verb: "end",
      named: args,
      states: ["starting", "running"],
      asks: true,
      async work({ session, place }) {
        const { killed, alreadyEnded, failed } = await client.call(sessionKill, { sessions: [{ id: session.id }], ...how }, place);
        const [problem] = failed;
        if (problem !== undefined) throw FleetError.fromRecord(problem);
        const ended = killed[0] ?? alreadyEnded[0] ?? session;
        return { said: killed.length > 0 ? endedText(ended) : `had ended before: ${endedText(ended)}`, record: { session: ended } };
      },
    });
    if (selected !== undefined) return selected;
    const answers = await Promise.all((await byPlace(client, args)).map(({ place, ...which }) => client.call(sessionKill, { ...which, ...how }, place)));
    const all: Killed = { killed: answers.flatMap(({ killed }) => killed), alreadyEnded: answers.flatMap(({ alreadyEnded }) => alreadyEnded), failed: answers.flatMap(({ failed }) => failed) };
    return { json: all, text: textOf(all), quiet: all.killed.map(({ target }) => target).join("\n"), exit: all.failed.length > 0 ? 1 : 0 };
  },
});

function textOf({ killed, alreadyEnded, failed }: Killed): string {
  const lines = [
    ...killed.map((session) => `${session.target} ${endedText(session)}`),
    ...alreadyEnded.map((session) => `${session.target} had ended before: ${endedText(session)}`),
    ...failed.map(({ target, message }) => `${target} could not be ended: ${message}`),
  ];
  return lines.join("\n");
}
