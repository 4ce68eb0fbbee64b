import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";

/**
 * The file that a shell in `cwd` with this PATH would run.
 * @throws FleetError `command-not-found` (127), `command-not-executable` (126)
 */
function findCommand(command: string, cwd: string, path: string): string {
  if (command === "") throw new FleetError("command-not-found", "the command is empty");
  const candidates = command.includes("/") ? [resolve(cwd, command)] : path.split(":").map((directory) => join(isAbsolute(directory) ? directory : resolve(cwd, directory), command));
  const kinds = candidates.map((file) => ({ file, kind: kindOf(file) }));
  const runnable = kinds.find(({ kind }) => kind === "executable");
  if (runnable !== undefined) return runnable.file;
  const blocked = kinds.find(({ kind }) => kind === "blocked");
  if (blocked !== undefined) throw new FleetError("command-not-executable", `'${printable(blocked.file)}' can't be executed`);
  throw new FleetError("command-not-found", `'${printable(command)}': command not found`);
}

/** The command with its program as an absolute path. @throws FleetError as findCommand */
export function resolveCommand(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>): string[] {
  return [findCommand(command[0] ?? "", cwd, env["PATH"] ?? ""), ...command.slice(1)];
}

function kindOf(file: string): "executable" | "blocked" | "missing" {
  try {
    const stat = statSync(file);
    accessSync(file, constants.X_OK);
    return stat.isFile() ? "executable" : "blocked";
  } catch (error) {
    return ["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes((error as NodeJS.ErrnoException).code ?? "") ? "missing" : "blocked";
  }
}
