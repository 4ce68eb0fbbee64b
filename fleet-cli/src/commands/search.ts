import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, Tag } from "@fleetwire/shared/ids";
import { aimsOfNodes, aimsOfSessions, searchAll } from "../client/index.ts";
import { matchLines } from "../ui/index.ts";
import { defineCommand, TARGET } from "./command.ts";
import { checked, toggle, value, values, whole } from "./flags.ts";
import { moment } from "./log-start.ts";

const LIMIT = 100;

export default defineCommand({
  args: [{ name: "PATTERN", help: "the text to look for", required: true }, { ...TARGET, help: "only in these sessions", required: false, many: true }],
  flags: {
    "node": values("NODE", "only on this node", checked(NodeName), { offers: "nodes" }),
    "tag": values("TAG", "only in sessions with this tag", checked(Tag)),
    "since": value("T", "only what was printed from then on: 10m, 2h, or a time", moment),
    "regex": toggle("PATTERN is a regular expression"),
    "fixed": toggle("PATTERN is text as it stands (the default)"),
    "ignore-case": toggle("upper and lower case are the same", "i"),
    "context": value("N", "also so many lines before and after", whole(0, 20), { short: "C" }),
    "limit": value("N", `at most so many lines; ${LIMIT} unless said`, whole(1, 100_000)),
  },
  examples: ["fleet search 'permission denied'", "fleet search -i error build gpu-box:3 -C 2", "fleet search --regex 'epoch \\d+/50' --tag train --since 2h", "fleet search TODO --node gpu-box --json"],
  notes: "Looks through the logs of running and ended sessions, each line as text without escape sequences; nodes by name, of each\nthe newest session first. What a full-screen program draws is in its log as it was drawn: 'fleet screen' shows how it looks.\nExits with 1 when no line matches, or a node could not be searched.",
  async run({ client, output, args: [pattern = "", ...targets], flags }) {
    if (pattern === "") throw new FleetError("usage", "PATTERN is empty", { hint: "'fleet logs TARGET' shows everything" });
    if (flags.regex && flags.fixed) throw new FleetError("usage", "--regex and --fixed exclude each other");
    if (targets.length > 0 && flags.node.length + flags.tag.length > 0) throw new FleetError("usage", "sessions are named, or chosen by --node and --tag; not both");
    const { aims, notes } = targets.length > 0 ? { aims: await aimsOfSessions(client, targets), notes: [] } : await aimsOfNodes(client, flags.node);
    for (const note of notes) output.note(note);
    const { matches, more, searched, failures } = await searchAll(
      client,
      aims,
      {
        pattern: { text: pattern, kind: flags.regex ? "regex" : "fixed", ...(flags["ignore-case"] ? { ignoreCase: true } : {}) },
        ...(flags.tag.length > 0 ? { filter: { tags: [...flags.tag] } } : {}),
        ...(flags.since === undefined ? {} : { sinceMs: flags.since }),
        ...(flags.context === undefined ? {} : { context: flags.context }),
      },
      { limit: flags.limit ?? LIMIT },
    );
    const [failure] = failures;
    if (failure !== undefined && failures.length === aims.length) throw failure.error;
    for (const { node, error } of failures) output.note(`${node} was not searched: ${error.message}`);
    if (more) output.note(`more lines match than these ${matches.length}; --limit shows more`);
    return {
      json: { matches, more, searched, failures: failures.map(({ node, error }) => ({ node, error: error.toRecord() })) },
      text: matchLines(matches, { color: output.color, now: Date.now() }),
      quiet: [...new Set(matches.map(({ target }) => target))].join("\n"),
      exit: matches.length === 0 || failures.length > 0 ? 1 : 0,
    };
  },
});
