import { FleetError, parseOr } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { matchLines } from "../../ui/index.ts";
import { chars, nodeName, seconds, tags, targets } from "../fields.ts";
import { FAILED } from "../for-each-target.ts";
import { fitting } from "../records.ts";
import { defineTool } from "../tool.ts";
import { fenced, LINES_NOT_YOURS } from "../untrusted.ts";

export default defineTool({
  title: "Search output",
  description:
    "Looks for a text, or a regular expression, in the lines that sessions of the whole fleet have printed, running and ended ones, newest session first. Read on around a match with 'output' and `from` = its `offset`. What full-screen programs draw is better read with 'screen'.",
  input: z.strictObject({
    pattern: z.string().check(z.minLength(1), z.maxLength(1_000), z.describe("text as it stands; with `regex` a regular expression (JavaScript, without slashes), tried on each line without escape sequences")),
    regex: z._default(z.boolean(), false),
    ignoreCase: z._default(z.boolean(), false),
    targets: z.optional(targets),
    nodes: z.optional(z.array(nodeName).check(z.maxLength(100), z.describe("only on these nodes"))),
    tags: z._default(tags("only in sessions with all of these tags"), []),
    sinceMinutes: z.optional(z.number().check(z.gte(0), z.lte(525_600), z.describe("only what was printed in so many last minutes"))),
    context: z._default(z.int().check(z.gte(0), z.lte(20), z.describe("lines before and after each match")), 0),
    max: z._default(z.int().check(z.gte(1), z.lte(500), z.describe("matching lines in one answer")), 50),
    timeoutSeconds: seconds(20, 300, "with much output: answer with what was found after so long"),
    maxChars: chars,
  }),
  output: z.object({
    matches: z.array(
      z.object({
        target: z.string(),
        name: z.nullable(z.string()),
        offset: z.number().check(z.describe("of the line's beginning in the session's output: give as `from` to 'output'")),
        at: z.nullable(z.string().check(z.describe("when it was printed; null when that isn't known"))),
        line: z.string(),
        before: z.optional(z.array(z.string())),
        after: z.optional(z.array(z.string())),
      }),
    ),
    more: z.boolean().check(z.describe("more lines may match: ask for fewer sessions, a later time or a rarer text")),
    searched: z.object({ sessions: z.number(), bytes: z.number() }),
    failed: FAILED,
    untrusted: z.literal(LINES_NOT_YOURS),
  }),
  changes: "nothing",
  repeatable: true,
  async run({ pattern, regex, ignoreCase, targets: texts = [], nodes = [], tags: wanted, sinceMinutes, context, max, timeoutSeconds, maxChars = Infinity }, { fleet, limits, signal }) {
    if (texts.length > 0 && nodes.length > 0) throw new FleetError("bad-input", "`targets` names sessions, `nodes` their nodes; give one or the other");
    const names = nodes.map((name) => parseOr(NodeName, name, "nodes", "unknown-node"));
    const question = {
      pattern: { text: pattern, kind: regex ? ("regex" as const) : ("fixed" as const), ...(ignoreCase ? { ignoreCase } : {}) },
      ...(sinceMinutes === undefined ? {} : { sinceMs: Date.now() - sinceMinutes * 60_000 }),
      ...(context === 0 ? {} : { context }),
    };
    const { matches: found, more, searched, failures } = await fleet.search(question, { targets: texts, nodes: names, tags: wanted }, { limit: max, until: Date.now() + timeoutSeconds * 1000, signal });
    const shown = fitting(found, Math.min(maxChars, limits.maxChars));
    const matches = shown.map(({ target, name, offset, at, line, before, after }) => ({ target, name, offset, at, line, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }));
    const isMore = more || shown.length < found.length;
    const failed = failures.map(({ node, error }) => ({ target: node, error: error.toRecord() }));
    const title = `${matches.length} matching lines${isMore ? ", and there may be more" : ""}; searched ${searched.sessions} sessions${failed.map(({ target, error }) => `; ${target} was not searched: ${error.message}`).join("")}`;
    return { data: { matches, more: isMore, searched: { sessions: searched.sessions, bytes: searched.bytes }, failed, untrusted: LINES_NOT_YOURS }, text: matches.length === 0 ? title : fenced(title, matchLines(shown, { color: false, now: Date.now() })) };
  },
});
