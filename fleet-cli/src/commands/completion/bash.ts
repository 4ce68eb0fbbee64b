import { defineCommand } from "../command.ts";
import { SCRIPTS } from "./scripts.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["source <(fleet completion bash)"],
  run: () => Promise.resolve({ json: { shell: "bash", script: SCRIPTS.bash }, text: SCRIPTS.bash.trimEnd() }),
});
