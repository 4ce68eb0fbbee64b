// One command line from its words to its exit code.
import { createClient, packageVersion } from "../client/index.ts";
import { readSettings } from "../config/index.ts";
import { createOutput } from "../ui/index.ts";
import { FleetError } from "@fleetwire/shared/errors";
import { isGroup, type CommandEntry, type Process } from "./command.ts";
import { findCommand } from "./find.ts";
import { GLOBAL_FLAGS, type Globals } from "./globals.ts";
import { parseWords } from "./parse.ts";
import { isHook, muted } from "./report/hook-mode.ts";
import { COMMANDS } from "./table.ts";

/** @returns the exit code; every failure has been shown */
export async function runCommandLine(process: Process): Promise<number> {
  if (!isHook(process.argv)) return runWords(process);
  await runWords(muted(process));
  return 0;
}

async function runWords(process: Process): Promise<number> {
  try {
    const { path, entry, words } = findCommand(process.argv, COMMANDS, GLOBAL_FLAGS);
    if (entry !== undefined && !isGroup(entry)) return await runCommand(entry, path, words, process);
    const { flags } = parseWords(words, { args: [], flags: GLOBAL_FLAGS });
    if (flags.version) return await runCommand(COMMANDS["version"] as CommandEntry, ["version"], words.filter((word) => !/^(--version|-V)$/.test(word)), process);
    if (!flags.help && path.length > 0) throw new FleetError("usage", `'fleet ${path.join(" ")}' wants a verb`, { hint: `'fleet ${path.join(" ")} --help' lists them` });
    return await showHelp(path, flags, process);
  } catch (error) {
    const { showFailure } = await import("./failure.ts");
    return showFailure(error, process);
  }
}

async function runCommand(entry: CommandEntry, path: readonly string[], words: readonly string[], process: Process): Promise<number> {
  const { default: spec } = await entry.load();
  const { args, rest, flags } = parseWords(words, { args: spec.args, rest: spec.rest, flags: { ...GLOBAL_FLAGS, ...spec.flags } });
  const globals = flags as Globals;
  if (globals.help) return showHelp(path, globals, process);
  const settings = await readSettings({ nats: globals.nats, creds: globals.creds, fleet: globals.fleet, server: globals.server, tokenFile: globals["token-file"], caFile: globals["ca-file"] });
  const output = outputOf(globals, process, settings.color);
  await using client = createClient(settings, { remote: globals.remote, release: { own: packageVersion(), note: (text) => output.note(text) } });
  const outcome = await spec.run({ settings, globals, client, output, process, args, rest, flags: flags as never });
  await output.show(outcome);
  return outcome.exit ?? 0;
}

async function showHelp(path: readonly string[], globals: Globals, process: Process): Promise<number> {
  const { helpOf } = await import("./help-text.ts");
  const output = outputOf(globals, process, true);
  await output.show(await helpOf(COMMANDS, path));
  return 0;
}

function outputOf(globals: Globals, { stdout, stderr, onClosed }: Process, color: boolean) {
  return createOutput({ stdout: stdout(), stderr, json: globals.json, quiet: globals.quiet, color: color && !globals["no-color"], onClosed });
}
