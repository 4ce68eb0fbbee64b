import { hubUp } from "@fleetwire/shared/bus";
import { defineCommand } from "../command.ts";
import { installService, printed, SERVICE_FLAGS, wantsService } from "../service-flags.ts";
import { needHub } from "./here.ts";
import { hubText } from "./hub-text.ts";

export default defineCommand({
  args: [],
  flags: SERVICE_FLAGS,
  examples: ["fleet hub up", "fleet hub up --install", "fleet hub up --install --print"],
  notes: "They run as long as this machine's node, and come back with it; with --install nats-server and registry are services of their own.",
  async run(invocation) {
    const { client, settings, flags } = invocation;
    needHub(settings);
    if (wantsService(flags)) {
      const plan = await installService(invocation, flags, true);
      if (flags.print) return printed(plan);
    }
    const status = await client.call(hubUp, {});
    return { json: status, text: hubText(status), quiet: status.fleet };
  },
});
