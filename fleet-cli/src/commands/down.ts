import { agentStop, serviceRemove } from "@fleetwire/shared/bus";
import { hasHosts, processEnd } from "../client/index.ts";
import { confirm } from "../ui/index.ts";
import { defineCommand } from "./command.ts";
import { grace, toggle, value } from "./flags.ts";

const STOP_MS = 5_000;

export default defineCommand({
  args: [],
  flags: { "uninstall": toggle("and take node and hub out of the service manager"), "sessions": toggle("also end every session and the PTY hosts"), "grace": value("S", "with --sessions: time until KILL; default 5", grace) },
  examples: ["fleet down", "fleet down --sessions --yes", "fleet down --uninstall"],
  notes: "Sessions go on without the node; 'fleet up' finds them again.",
  async run({ client, output, flags, globals, process, settings }) {
    const removed = flags.uninstall ? (await client.call(serviceRemove, {})).removed : [];
    for (const path of removed) output.note(`removed ${path}`);
    const status = await client.peek();
    // Sessions may run without a node; where no host is left there is nothing to start a node for.
    if (status === undefined && !(flags.sessions && hasHosts(settings.paths.run))) return { json: { running: 0, killed: 0, wasRunning: false }, text: "this machine's node is not running" };
    const running = status?.node.sessions.running ?? 0;
    if (flags.sessions && running > 0) await confirm(`end ${running === 1 ? "1 running session" : `${running} running sessions`}?`, { yes: globals.yes, interactive: !globals["non-interactive"] && process.stdin().isTTY });
    const stopped = await client.call(agentStop, { sessions: flags.sessions, graceMs: flags.grace });
    // It still holds its lock for a moment, and what is typed next may be 'fleet up'.
    if (status !== undefined) await processEnd(status.pid, STOP_MS);
    if (stopped.running > 0) output.note(`sessions still running: ${stopped.running}; they go on, and 'fleet up' finds them again`);
    return { json: { ...stopped, wasRunning: true }, text: `this machine's node has stopped${stopped.killed > 0 ? `; ${stopped.killed} sessions were ended` : ""}` };
  },
});
