import { defineCommand } from "../command.ts";
import { SCRIPTS } from "./scripts.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["source <(fleet completion zsh)"],
  run: () => Promise.resolve({ json: { shell: "zsh", script: SCRIPTS.zsh }, text: SCRIPTS.zsh.trimEnd() }),
});
