import * as z from "zod/mini";
import { target } from "../fields.ts";
import { defineTool } from "../tool.ts";
import { SENT, typeInto } from "../type-into.ts";

export default defineTool({
  title: "Press keys",
  description: "Presses keys by name in a session, one after the other: to move in a menu, to interrupt (C-c) or to leave a program. Plain text goes with 'send'. Look at 'screen' afterwards.",
  input: z.strictObject({
    target,
    keys: z.array(z.string().check(z.minLength(1), z.maxLength(32))).check(z.minLength(1), z.maxLength(256), z.describe("Enter, Tab, Escape, Up, Down, Left, Right, BSpace, PageUp, F5, C-c, M-x, or single characters")),
  }),
  output: SENT,
  changes: "anything",
  repeatable: false,
  async run({ target: text, keys }, context) {
    return typeInto(await context.fleet.session(text, { signal: context.signal }), { keys, enter: false }, context);
  },
});
