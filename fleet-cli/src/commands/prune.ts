import { sessionPrune, type OutputOf } from "@fleetwire/shared/bus";
import { NodeName } from "@fleetwire/shared/ids";
import { agoOf, bytesOf, confirm } from "../ui/index.ts";
import { defineCommand } from "./command.ts";
import { checked, size, time, toggle, value, values, whole } from "./flags.ts";

type Pruned = OutputOf<typeof sessionPrune>;

export default defineCommand({
  args: [],
  flags: {
    "older-than": value("TIME", "only those that ended longer ago, e.g. 7d", time),
    "keep-bytes": value("SIZE", "the oldest, until the logs of those that are left take no more, e.g. 500M", size),
    "keep-count": value("N", "the oldest, until so many are left", whole(0, 1_000_000)),
    "node": values("NODE", "of this node instead of this machine's", checked(NodeName), { offers: "nodes" }),
    "dry-run": toggle("only show what would be removed"),
  },
  examples: ["fleet prune --older-than 7d", "fleet prune --keep-bytes 500M --dry-run", "fleet prune --yes"],
  notes: "Removes ended sessions with their logs; all of them without a flag. Running ones, those that somebody is attached to or reads,\nand those that are about to restart stay. A node does this by itself within [sessions] keep_days, keep_bytes and keep_count.",
  async run({ client, flags, globals, settings, process }) {
    const here = settings.server === undefined ? ({ kind: "local" } as const) : ({ kind: "direct" } as const);
    const places = flags.node.length === 0 ? [here] : await Promise.all(flags.node.map((name) => client.node(name)));
    const bounds = { olderThanMs: flags["older-than"], keepBytes: flags["keep-bytes"], keepCount: flags["keep-count"] };
    const ask = async (dryRun: boolean) => joined(await Promise.all(places.map((place) => client.call(sessionPrune, { ...bounds, dryRun }, place))));
    const planned = await ask(true);
    if (flags["dry-run"] || planned.removed.length === 0) return { json: { ...planned, dryRun: true }, text: planned.removed.length === 0 ? "nothing to remove" : textOf(planned, "would be removed"), quiet: targets(planned) };
    await confirm(`remove ${amount(planned)}?`, { yes: globals.yes, interactive: !globals["non-interactive"] && process.stdin().isTTY });
    const done = await ask(false);
    return { json: { ...done, dryRun: false }, text: textOf(done, "removed"), quiet: targets(done), exit: done.failed.length > 0 ? 1 : 0 };
  },
});

function joined(answers: readonly Pruned[]): Pruned {
  return { removed: answers.flatMap(({ removed }) => removed), failed: answers.flatMap(({ failed }) => failed) };
}

const targets = ({ removed }: Pruned) => removed.map(({ target }) => target).join("\n");

function amount({ removed }: Pruned): string {
  const bytes = removed.reduce((sum, session) => sum + session.bytes, 0);
  return `${removed.length === 1 ? "1 ended session" : `${removed.length} ended sessions`} with ${bytesOf(bytes)} of logs`;
}

function textOf(pruned: Pruned, verb: string): string {
  const now = Date.now();
  return [
    ...pruned.removed.map(({ target, name, endedAt, bytes }) => `${target}${name === null ? "" : ` ${name}`}, ended ${agoOf(endedAt, now)} ago, ${bytesOf(bytes)}`),
    ...pruned.failed.map(({ target, message }) => `${target} could not be removed: ${message}`),
    `${amount(pruned)} ${verb}`,
  ].join("\n");
}
