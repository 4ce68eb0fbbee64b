import { defineCommand } from "./command.ts";
import { helpOf } from "./help-text.ts";
import { findCommand } from "./find.ts";
import { COMMANDS } from "./table.ts";

export default defineCommand({
  args: [{ name: "COMMAND", help: "a command; default: all of them", required: false, many: true }],
  flags: {},
  examples: ["fleet help", "fleet help launch", "fleet help node"],
  run({ args }) {
    return helpOf(COMMANDS, findCommand(args, COMMANDS, {}).path);
  },
});
