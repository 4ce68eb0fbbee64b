import { defineCommand } from "./command.ts";
import { LAUNCH_FLAGS, launchSession } from "./launching.ts";

export default defineCommand({
  args: [],
  rest: "CMD…",
  flags: LAUNCH_FLAGS,
  examples: ["fleet launch -- bash", "fleet launch --name api --tag team=red -- npm start", "fleet launch --on gpu-box --dir ~/train -- python train.py", "fleet launch --where zone=eu --gpus 1 -- ./job"],
  notes: "The last line printed is the session's target, node:id.",
  async run(invocation) {
    const { session } = await launchSession(invocation);
    return { json: session, text: session.target, quiet: session.target };
  },
});
