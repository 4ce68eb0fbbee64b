import { hubUp } from "@fleetwire/shared/bus";
import { defineCommand } from "../command.ts";
import { needHub } from "./here.ts";
import { hubText } from "./hub-text.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet hub up"],
  notes: "They run as long as this machine's node, and come back with it.",
  async run({ client, settings }) {
    needHub(settings);
    const status = await client.call(hubUp, {});
    return { json: status, text: hubText(status), quiet: status.fleet };
  },
});
