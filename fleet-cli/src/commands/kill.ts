import { sessionKill, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, printable, Tag } from "@fleetwire/shared/ids";
import { byPlace } from "./by-place.ts";
import { defineCommand, RUNNING, type Invocation } from "./command.ts";
import { endedText } from "./exit-code.ts";
import { checked, grace, toggle, value, values, type Reader } from "./flags.ts";

type Killed = OutputOf<typeof sessionKill>;

const signal: Reader<string> = (given, flag) => {
  const name = given.toUpperCase();
  if (!/^(SIG)?[A-Z0-9+]{2,10}$/.test(name)) throw new FleetError("usage", `${flag} '${printable(given)}' is not a signal`, { hint: "e.g. TERM, INT, HUP, KILL" });
  return name;
};

const FLAGS = {
  "all": toggle("every running session of this machine's node, or of --node"),
  "tag": values("TAG", "every running session with this tag, of this machine's node or of --node", checked(Tag)),
  "node": values("NODE", "with --all and --tag: of this node", checked(NodeName), { offers: "nodes" }),
  "signal": value("S", "the first signal; default TERM", signal, { offers: ["TERM", "INT", "HUP", "QUIT", "KILL"] }),
  "grace": value("S", "time until KILL follows; default 5", grace),
} as const;

export default defineCommand({
  args: [{ ...RUNNING, required: false, many: true }],
  flags: FLAGS,
  examples: ["fleet kill build", "fleet kill gpu-box:3 gpu-box:4 --grace 30", "fleet kill --tag team=red", "fleet kill --all --node gpu-box"],
  notes: "Ends everything the session started, and answers when it is gone.",
  async run(invocation) {
    const { client, flags } = invocation;
    const how = { ...(flags.signal === undefined ? {} : { signal: flags.signal }), ...(flags.grace === undefined ? {} : { graceMs: flags.grace }) };
    const answers = await Promise.all((await requestsOf(invocation)).map(({ place, ...which }) => client.call(sessionKill, { ...which, ...how }, place)));
    const all: Killed = { killed: answers.flatMap(({ killed }) => killed), alreadyEnded: answers.flatMap(({ alreadyEnded }) => alreadyEnded), failed: answers.flatMap(({ failed }) => failed) };
    return { json: all, text: textOf(all), quiet: all.killed.map(({ target }) => target).join("\n"), exit: all.failed.length > 0 ? 1 : 0 };
  },
});

async function requestsOf({ client, args, flags, settings }: Invocation<typeof FLAGS>) {
  const selected = flags.all || flags.tag.length > 0;
  if (selected && args.length > 0) throw new FleetError("usage", "name sessions, or select them with --all or --tag; not both");
  if (!selected && flags.node.length > 0) throw new FleetError("usage", "--node goes with --all or --tag");
  if (!selected && args.length === 0) throw new FleetError("usage", "TARGET is missing: name sessions, or give --all or --tag");
  if (!selected) return byPlace(client, args);
  const here = settings.server === undefined ? ({ kind: "local" } as const) : ({ kind: "direct" } as const);
  const places = flags.node.length === 0 ? [here] : await Promise.all(flags.node.map((name) => client.node(name)));
  return places.map((place) => ({ place, filter: flags.tag.length > 0 ? { tags: [...flags.tag] } : {} }));
}

function textOf({ killed, alreadyEnded, failed }: Killed): string {
  const lines = [
    ...killed.map((session) => `${session.target} ${endedText(session)}`),
    ...alreadyEnded.map((session) => `${session.target} had ended before: ${endedText(session)}`),
    ...failed.map(({ target, message }) => `${target} could not be ended: ${message}`),
  ];
  return lines.length === 0 ? "nothing was running" : lines.join("\n");
}
