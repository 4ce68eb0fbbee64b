import { overNodes } from "./broadcast.ts";
import { defineCommand } from "./command.ts";
import { explainLaunch } from "./dry-run.ts";
import { toggle } from "./flags.ts";
import { LAUNCH_FLAGS, launchOn, launchSession } from "./launching.ts";

export default defineCommand({
  args: [],
  rest: "CMD…",
  flags: {
    ...LAUNCH_FLAGS,
    "each": toggle("with --where: one session on every such node, not on the best one"),
    "all-nodes": toggle("one session on every node of the fleet"),
    "dry-run": toggle("show which nodes fit, or with --each and --all-nodes which ones it would be, and start nothing"),
  },
  examples: [
    "fleet launch -- bash",
    "fleet launch --name api --tag team=red -- npm start",
    "fleet launch --on gpu-box --dir ~/train -- python train.py",
    "fleet launch --where zone=eu --gpus 1 --gpu-memory 40G -- ./job",
    "fleet launch --where 'cpus>=8' --memory 16G --dry-run",
    "fleet launch --each --where zone=eu --tag patch -- ./update",
  ],
  notes: "The last line printed is the session's target, node:id; with --each and --all-nodes there is a line for each node, also for one that could not be asked.",
  async run(invocation) {
    const { flags } = invocation;
    if (flags["dry-run"] && !flags.each && !flags["all-nodes"]) return explainLaunch(invocation);
    const many = await overNodes(invocation, async (place) => {
      const { session } = await launchOn(place, invocation);
      return { target: session.target, said: session.state, record: { session } };
    });
    if (many !== undefined) return many;
    const { session } = await launchSession(invocation);
    return { json: session, text: session.target, quiet: session.target };
  },
});
