import { defineCommand } from "./command.ts";
import { explainLaunch } from "./dry-run.ts";
import { toggle } from "./flags.ts";
import { LAUNCH_FLAGS, launchSession } from "./launching.ts";

export default defineCommand({
  args: [],
  rest: "CMD…",
  flags: { ...LAUNCH_FLAGS, "dry-run": toggle("show which nodes fit, and start nothing") },
  examples: [
    "fleet launch -- bash",
    "fleet launch --name api --tag team=red -- npm start",
    "fleet launch --on gpu-box --dir ~/train -- python train.py",
    "fleet launch --where zone=eu --gpus 1 --gpu-memory 40G -- ./job",
    "fleet launch --where 'cpus>=8' --memory 16G --dry-run",
  ],
  notes: "The last line printed is the session's target, node:id.",
  async run(invocation) {
    if (invocation.flags["dry-run"]) return explainLaunch(invocation);
    const { session } = await launchSession(invocation);
    return { json: session, text: session.target, quiet: session.target };
  },
});
