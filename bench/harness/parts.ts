// What this machine has of the programs that are measured against or with.
import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Path of a program; also looks where servers are installed, which isn't always in a person's PATH. */
export function find(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Compiles one C file. @returns the program's path; undefined without a compiler */
export function compile(source: string, directory: string): string | undefined {
  const compiler = find("cc") ?? find("gcc") ?? find("clang");
  if (compiler === undefined) return undefined;
  const program = join(directory, "a.out");
  execFileSync(compiler, ["-O2", "-o", program, source, "-lutil"], { stdio: ["ignore", "ignore", "inherit"] });
  return program;
}
