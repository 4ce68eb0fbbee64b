// Everything of ours is for its owner alone. What somebody else could write or read is refused, not repaired: a
// directory that was open may already hold what doesn't belong there.
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "@fleetwire/shared/config";
import { FleetError } from "@fleetwire/shared/errors";

/** Makes what is missing with mode 0700 and checks what is there. @throws FleetError `unsafe-permissions`, `disk` */
export function ensureDirectories(paths: Paths): void {
  const nested = [join(paths.run, "hosts"), join(paths.run, "s"), join(paths.state, "sessions"), paths.logs];
  for (const directory of [paths.config, paths.state, paths.run, ...nested]) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new FleetError("disk", `${directory} can't be made: ${error instanceof Error ? error.message : String(error)}`, { hint: "check that the directory above it is yours and the disk is writable", cause: error });
    }
    checkOwn(directory, statSync(directory), 0o077);
  }
  for (const secret of [join(paths.state, "node.nk"), join(paths.state, "credentials.json")]) checkPrivateFile(secret);
}

/** A file with a secret: ours, mode 0600, if it is there at all. @throws FleetError `unsafe-permissions` */
function checkPrivateFile(file: string): void {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat !== undefined) checkOwn(file, stat, 0o077);
}

function checkOwn(path: string, stat: { uid: number; mode: number }, forbidden: number): void {
  const me = process.getuid?.();
  if (me !== undefined && stat.uid !== me) throw new FleetError("unsafe-permissions", `${path} belongs to another user`);
  if ((stat.mode & forbidden) !== 0) throw new FleetError("unsafe-permissions", `${path} is open to other users (mode ${(stat.mode & 0o777).toString(8)})`);
}
