import { hubDown } from "@fleetwire/shared/bus";
import { defineCommand } from "../command.ts";
import { needHub } from "./here.ts";
import { hubText } from "./hub-text.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet hub down"],
  notes: "Sessions, and viewers that are attached, go on.",
  async run({ client, settings }) {
    needHub(settings);
    const status = await client.call(hubDown, {});
    return { json: status, text: hubText(status), quiet: status.fleet };
  },
});
