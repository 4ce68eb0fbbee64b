import { FleetError } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import { seconds, target } from "../fields.ts";
import { telling } from "../telling.ts";
import { defineTool } from "../tool.ts";
import { SENT, typeInto } from "../type-into.ts";

export default defineTool({
  title: "Type text",
  description:
    "Types text into a session as a person would, and presses Enter: several lines go in as one paste when the program takes that. Use it to answer a question or to give a coding agent its next task; look at 'screen' before, and say with `when` and `expect` what you saw, so that you answer what is asked. A condition that does not hold is an error (not-ready, screen-changed, timeout), and nothing was typed. Afterwards 'wait' (with `pattern` and `from` = `offset` for a line of the reply, or for idle, blocked, done).",
  input: z.strictObject({
    target,
    text: z.string().check(z.maxLength(131_072), z.describe("what to type; empty presses Enter alone")),
    enter: z._default(z.boolean().check(z.describe("press Enter at the end")), true),
    when: z.optional(z.enum(["idle", "blocked"]).check(z.describe("type only when it is so, and wait for that: idle: it waits for its next input; blocked: it asks something, which this answers"))),
    expect: z.optional(z.string().check(z.minLength(1), z.maxLength(1_000), z.describe("type only when this regular expression (JavaScript, without slashes; ^ and $ are of each line) matches the screen in that moment"))),
    observe: z._default(z.boolean().check(z.describe("wait until the program has taken it and reacted: then the receipt is observed")), false),
    timeoutSeconds: seconds(30, 600, "longest wait for `when`; for the reaction at most 20. Keep it below your client's own limit for a call"),
  }),
  output: SENT,
  changes: "anything",
  repeatable: false,
  async run({ target: text, text: typed, enter, when, expect, observe, timeoutSeconds }, context) {
    if (typed === "" && !enter) throw new FleetError("bad-input", "nothing to type: text is empty and enter is false");
    const wish = { when, observed: observe, timeoutMs: Math.round(timeoutSeconds * 1000), ...(expect === undefined ? {} : { expect: { pattern: expect, flags: "m" } }) };
    const found = await context.fleet.session(text, { signal: context.signal });
    return telling(context.progress, timeoutSeconds, `typing into ${found.session.target}`, () => typeInto(found, { ...(typed === "" ? {} : { text: typed }), enter }, context, wish));
  },
});
