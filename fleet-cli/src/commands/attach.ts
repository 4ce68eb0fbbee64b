import { FleetError } from "@fleetwire/shared/errors";
import { parseTarget } from "@fleetwire/shared/ids";
import type { Want } from "@fleetwire/shared/wire";
import type { FleetClient } from "../client/index.ts";
import { attachTerminal } from "../terminal/index.ts";
import { defineCommand, RUNNING } from "./command.ts";
import { toggle } from "./flags.ts";

export default defineCommand({
  args: [{ ...RUNNING, required: false, help: "a session; default: the oldest running one that nobody is attached to" }],
  flags: { "read-only": toggle("look, and change nothing"), "no-history": toggle("without the scrollback of before") },
  examples: ["fleet attach build", "fleet attach gpu-box:3 --read-only", "fleet attach"],
  notes: "Ctrl+B d leaves the session running. The exit code is the session's own when it ends meanwhile.",
  async run({ client, settings, output, process, args: [target], flags }) {
    if (target !== undefined && settings.session !== undefined && target === settings.session) throw new FleetError("usage", `this terminal is ${target} itself`);
    if (target !== undefined) parseTarget(target);
    // The terminal is put back as it was before the process ends.
    process.interrupt.claim();
    const readOnly = flags["read-only"];
    const result = await attachTerminal({
      open: async (want, onStatus) => client.openStream(await addressOf(client, target), { want: withScrollback(want, settings.scrollback), scope: readOnly ? "read" : "write", onStatus, signal: process.interrupt.signal }),
      stdin: process.stdin(),
      stdout: process.stdout(),
      stderr: process.stderr(),
      readOnly,
      passing: settings.passing,
      history: !flags["no-history"],
      quiet: output.quiet,
      signal: process.interrupt.signal,
    });
    return { exit: result.exitCode };
  },
});

async function addressOf(client: FleetClient, target: string | undefined) {
  if (target !== undefined) return client.resolve(target);
  if (!(await client.hasFleet())) return { place: { kind: "local" as const } };
  const { sessions } = await client.sessions({ filter: { states: ["running"] } });
  const oldest = sessions.filter(({ attached }) => attached === 0).toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))[0];
  if (oldest === undefined) throw new FleetError("nothing-to-attach", "no session is running that nobody is attached to");
  return client.resolve(oldest.target);
}

/** `attach.scrollback` of the configuration, unless the attach is without history. */
function withScrollback(want: Want, scrollback: number | undefined): Want {
  return want.kind === "attach" && scrollback !== undefined && want.scrollback !== 0 ? { ...want, scrollback } : want;
}
