import { FleetError } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import { target } from "../fields.ts";
import { defineTool } from "../tool.ts";
import { SENT, typeInto } from "../type-into.ts";

export default defineTool({
  title: "Type text",
  description:
    "Types text into a session as a person would, and presses Enter: several lines go in as one paste when the program takes that. Use it to answer a question or to give a coding agent its next task; look at 'screen' before, so that you answer what is asked. Afterwards 'wait' (with `pattern` and `from` = `offset` for a line of the reply, or for idle, blocked, done).",
  input: z.strictObject({
    target,
    text: z.string().check(z.maxLength(131_072), z.describe("what to type; empty presses Enter alone")),
    enter: z._default(z.boolean().check(z.describe("press Enter at the end")), true),
  }),
  output: SENT,
  changes: "anything",
  repeatable: false,
  async run({ target: text, text: typed, enter }, context) {
    if (typed === "" && !enter) throw new FleetError("bad-input", "nothing to type: text is empty and enter is false");
    return typeInto(await context.fleet.session(text, { signal: context.signal }), { ...(typed === "" ? {} : { text: typed }), enter }, context);
  },
});
