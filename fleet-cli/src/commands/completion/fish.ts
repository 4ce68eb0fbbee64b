import { defineCommand } from "../command.ts";
import { SCRIPTS } from "./scripts.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet completion fish | source"],
  run: () => Promise.resolve({ json: { shell: "fish", script: SCRIPTS.fish }, text: SCRIPTS.fish.trimEnd() }),
});
