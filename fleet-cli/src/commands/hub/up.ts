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
  async run({ client, settings, flags }) {
    needHub(settings);
    const asService = wantsService(flags);
    if (asService) {
      const plan = await installService({ client }, flags, true);
      if (flags.print) return printed(plan);
    }
    const status = await client.call(hubUp, {});
    return { json: status, text: hubText(status), quiet: status.fleet };
  },
});
