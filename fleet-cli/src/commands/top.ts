import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetwire/shared/errors";
import { attachTerminal } from "../terminal/index.ts";
import { createReader, listed, showTop, type Reading } from "../top/index.ts";
import { renderTable } from "../ui/index.ts";
import { defineCommand, type Context } from "./command.ts";
import { time, toggle, value } from "./flags.ts";

const LEAST_MS = 500;
const EVERY_MS = 1_500;
/** Between the two looks that a rate needs. */
const LOOK_MS = 1_000;

export default defineCommand({
  args: [],
  flags: { "once": toggle("print one table and end"), "every": value("S", "look so often; default 1.5", time) },
  examples: ["fleet top", "fleet top --every 5", "fleet top --once", "fleet top --json"],
  notes: "Keys: arrows select, Enter attaches (Ctrl+B d comes back), s sorts, / filters, Tab shows nodes or sessions, q leaves.\nWithout a terminal it prints one table.",
  async run(context) {
    const { client, output, process, settings, flags } = context;
    const read = createReader(client, Date.now);
    if (flags.once || output.json || output.quiet || !output.isTerminal || !process.stdin().isTTY) return once(read);
    // The terminal is put back as it was before the process ends.
    process.interrupt.claim();
    await showTop({
      stdin: process.stdin(), stdout: process.stdout(), read, everyMs: Math.max(LEAST_MS, flags.every ?? EVERY_MS), color: output.color, signal: process.interrupt.signal,
      attach: (target) => attachHere(context, target, settings.session),
    });
    return { exit: process.interrupt.exitCode ?? 0 };
  },
});

async function once(read: (first?: readonly string[]) => Promise<Reading>) {
  await read();
  await sleep(LOOK_MS);
  const reading = await read();
  const { nodes, sessions, rates, at } = reading;
  const table = (view: "nodes" | "sessions", sort: "name" | "output") => {
    const { columns, rows } = listed(reading, view, sort, "");
    return renderTable(columns, rows.map(({ cells }) => cells));
  };
  return {
    json: { at: new Date(at).toISOString(), nodes, sessions: sessions.map((session) => ({ ...session, bytesPerSecond: rates.get(session.target) ?? null })) },
    text: `${table("nodes", "name")}\n\n${table("sessions", "output")}`,
    quiet: sessions.map(({ target }) => target).join("\n"),
  };
}

/** @returns how it ended, in one line. @throws FleetError */
async function attachHere({ client, settings, process }: Context, target: string, own: string | undefined): Promise<string | undefined> {
  if (target === own) throw new FleetError("usage", `this terminal is ${target} itself`);
  const { reason } = await attachTerminal({
    open: async (want, onStatus) => client.openStream(await client.resolve(target), { want, scope: "write", onStatus, signal: process.interrupt.signal }),
    stdin: process.stdin(), stdout: process.stdout(), stderr: process.stderr(), readOnly: false, passing: settings.passing, history: false, quiet: true, signal: process.interrupt.signal,
  });
  return reason === "detached" ? undefined : `${target}: ${reason}`;
}
