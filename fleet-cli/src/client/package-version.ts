import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Of the package that this file is in, built or not. */
export function packageVersion(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const version = versionIn(join(directory, "package.json"));
    if (version !== undefined) return version;
    if (dirname(directory) === directory) return "0.0.0";
    directory = dirname(directory);
  }
}

/** A folder may have a package.json of its own that only says which kind of modules are in it. */
function versionIn(file: string): string | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { version?: string }).version : undefined;
}
