// What 'fleet up' and 'fleet hub up' share about services.
import { serviceInstall, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { Context, Outcome } from "./command.ts";
import { oneOf, toggle, value, type FlagValues } from "./flags.ts";

export const SERVICE_FLAGS = {
  "install": toggle("as a service: it comes back when the machine is started again"),
  "user": toggle("with --install: a service of yours (the default unless you are root)"),
  "system": toggle("with --install: a service of the whole machine; root only"),
  "print": toggle("with --install: only print the service's files"),
  "manager": value("NAME", "with --print: systemd or launchd; default: this system's", oneOf("systemd", "launchd"), { offers: ["systemd", "launchd"] }),
} as const;

type Flags = FlagValues<typeof SERVICE_FLAGS>;

/** @throws FleetError `usage` for flags that need --install */
export function wantsService(flags: Flags): boolean {
  if (flags.user && flags.system) throw new FleetError("usage", "--user and --system contradict each other");
  if (flags.manager !== undefined && !flags.print) throw new FleetError("usage", "--manager goes with --print");
  if (!flags.install && (flags.user || flags.system || flags.print)) throw new FleetError("usage", "--user, --system and --print go with --install");
  return flags.install;
}

/** Writes and enables the service's files, or shows what would be written. */
export async function installService({ client, output }: Pick<Context, "client" | "output">, flags: Flags, hub: boolean): Promise<OutputOf<typeof serviceInstall>> {
  const scope = flags.system || (!flags.user && process.getuid?.() === 0) ? "system" : "user";
  const manager = flags.manager ?? (process.platform === "darwin" ? "launchd" : "systemd");
  const plan = await client.call(serviceInstall, { scope, hub, manager, dryRun: flags.print });
  for (const warning of plan.warnings) output.note(warning);
  return plan;
}

export function printed(plan: OutputOf<typeof serviceInstall>): Outcome {
  return { json: plan, text: plan.files.map(({ path, content }) => `# ${path}\n${content}`).join("\n").trimEnd(), quiet: plan.files.map(({ path }) => path).join("\n") };
}
