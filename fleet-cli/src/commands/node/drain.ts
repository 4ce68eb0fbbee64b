import { nodeDrain, type RawInputOf } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { parseCondition } from "@fleetwire/shared/placement";
import { outcomeOf } from "../broadcast.ts";
import { defineCommand, NODE, type Invocation } from "../command.ts";
import { grace, text, time, toggle, value, values } from "../flags.ts";
import { drainText, reportText } from "./drain-text.ts";
import { nodeAims } from "./node-aims.ts";
import { watchNode, type Watched } from "./watch-node.ts";

/** A node may take so long beyond the deadline and the grace to end what it was told to. */
const ENDING_MS = 20_000;
const TIMED_OUT = 124;

const FLAGS = {
  "where": values("CONDITION", "every node that is so: zone=eu, zone!=eu, ssd, cpus>=8, os=linux", parseCondition),
  "all-nodes": toggle("every node of the fleet"),
  "deadline": value("TIME", "until when what runs is expected to end, e.g. 30m", time),
  "message": value("TEXT", "why, for whoever looks at the node or its events", text),
  "wait": toggle("follow until nothing runs there, or the deadline is over; then say what still runs"),
  "kill-after": toggle("at the deadline the node itself ends what still runs"),
  "grace": value("S", "with --kill-after: time between TERM and KILL; default 5", grace),
  "undo": toggle("take sessions again"),
} as const;

export default defineCommand({
  args: [{ ...NODE, many: true, unless: ["where", "all-nodes"] }],
  flags: FLAGS,
  examples: ["fleet node drain gpu-box", "fleet node drain gpu-box --deadline 30m --wait --message 'new driver'", "fleet node drain --where zone=eu --deadline 2h --kill-after", "fleet node drain gpu-box --undo"],
  notes: "Sessions that run there go on, unless --kill-after was said; the node keeps that promise also when this command, or its own agent, is gone meanwhile. With --wait the exit code is 0 when nothing runs any more and 124 when the deadline is over first.",
  async run(invocation) {
    const { client, args, flags, output } = invocation;
    const input = inputOf(invocation);
    const { aims, single } = await nodeAims(invocation);
    const set = await client.broadcast(aims, ({ place }) => client.call(nodeDrain, input, place));
    const [first] = set;
    if (single && first?.error !== undefined) throw first.error;
    const came = await Promise.all(
      set.map(async (each, at) => {
        if (each.error !== undefined) return each;
        const said = drainText(each.result);
        if (flags.wait) output.note(`${each.target} ${said}`);
        const watched = flags.wait && each.result.draining ? await watchNode(invocation, aims[at]?.place ?? { kind: "local" }, each.result, lastMoment(flags)) : undefined;
        return { ...each, result: { said, ...(watched === undefined ? {} : { watched }), record: { record: each.result, ...watched } } };
      }),
    );
    const reports = came.flatMap((each) => (each.error === undefined && each.result.watched !== undefined ? [reportText(each.target, each.result.watched, Date.now())] : []));
    const all = outcomeOf(came, output);
    const exit = all.exit !== 0 ? all.exit : came.some((each) => each.error === undefined && each.result.watched?.idle === false) ? TIMED_OUT : 0;
    const shown = { ...all, text: [...(flags.wait && all.exit === 0 ? [] : [all.text]), ...reports].join("\n"), exit };
    return single ? { ...shown, json: recordOf(came[0]?.error === undefined ? came[0]?.result.record : undefined), quiet: args[0] } : shown;
  },
});

function inputOf({ flags }: Pick<Invocation<typeof FLAGS>, "flags">): RawInputOf<typeof nodeDrain> {
  const { deadline, message, undo, wait } = flags;
  const more = deadline !== undefined || message !== undefined || flags["kill-after"] || flags.grace !== undefined || wait;
  if (undo && more) throw new FleetError("usage", "--undo ends the drain; nothing else goes with it");
  if (flags["kill-after"] && deadline === undefined) throw new FleetError("usage", "--kill-after ends what runs at the deadline: --deadline is missing");
  if (flags.grace !== undefined && !flags["kill-after"]) throw new FleetError("usage", "--grace goes with --kill-after");
  return {
    draining: !undo,
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
    ...(message === undefined ? {} : { message }),
    ...(flags["kill-after"] ? { killAfter: true } : {}),
    ...(flags.grace === undefined ? {} : { graceMs: flags.grace }),
  };
}

/** Until when is waited, by this machine's clock; undefined: until nothing runs. */
function lastMoment({ deadline, grace: graceMs = 5_000, ...flags }: Invocation<typeof FLAGS>["flags"]): number | undefined {
  return deadline === undefined ? undefined : Date.now() + deadline + (flags["kill-after"] ? graceMs + ENDING_MS : 0);
}

/** Of one node that was named: its record, and what was watched of it. */
function recordOf(came: { readonly record: NodeRecord } & Partial<Watched> | undefined): object | undefined {
  if (came === undefined) return undefined;
  const { record, ...watched } = came;
  return { ...record, ...watched };
}
