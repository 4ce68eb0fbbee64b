import { defineCommand } from "../command.ts";
import { SCRIPTS } from "./scripts.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet completion powershell | Out-String | Invoke-Expression"],
  run: () => Promise.resolve({ json: { shell: "powershell", script: SCRIPTS.powershell }, text: SCRIPTS.powershell.trimEnd() }),
});
