import { CONTRACT_VERSION } from "@fleetwire/shared/bus";
import { packageVersion } from "../client/index.ts";
import { defineCommand } from "./command.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet version", "fleet --version"],
  async run() {
    const version = packageVersion();
    return { json: { version, contract: CONTRACT_VERSION, node: process.version }, text: `fleet ${version}` };
  },
});
