import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** Where servers are installed although the PATH of a person's shell often leaves them out. */
const SYSTEM_DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/opt/homebrew/bin"];

/** Absolute path of an executable file; undefined when there is none. */
export function findProgram(command: string, path: string): string | undefined {
  if (isAbsolute(command)) return isExecutable(command) ? command : undefined;
  return [...path.split(":").filter(isAbsolute), ...SYSTEM_DIRECTORIES].map((directory) => join(directory, command)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
