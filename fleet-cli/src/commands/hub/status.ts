import { hubStatus } from "@fleetwire/shared/bus";
import { defineCommand } from "../command.ts";
import { needHub } from "./here.ts";
import { hubText } from "./hub-text.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet hub status", "fleet hub status --json"],
  async run({ client, settings }) {
    needHub(settings);
    const status = await client.call(hubStatus, {});
    return { json: status, text: hubText(status), quiet: status.fleet };
  },
});
