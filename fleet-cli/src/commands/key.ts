import { agentStatus } from "@fleetwire/shared/bus";
import { callerPublicKey } from "../client/index.ts";
import { defineCommand } from "./command.ts";
import { toggle } from "./flags.ts";

export default defineCommand({
  args: [],
  flags: { "node": toggle("this machine's node instead of you") },
  examples: ["fleet key", "fleet key --node"],
  notes: "Made on first use; the private half never leaves this machine. Whoever runs a NATS server of their own lets you in by it.",
  async run({ client, settings, flags }) {
    const key = flags.node ? (await client.call(agentStatus, {})).node.key : await callerPublicKey(settings.paths.callerSeed);
    return { json: { key, of: flags.node ? "node" : "caller" }, text: key, quiet: key };
  },
});
