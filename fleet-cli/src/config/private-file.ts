import { chmodSync, lstatSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";

/** Writes a file that is the owner's alone (0600 in 0700), whole or not at all. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}.new`;
  writeFileSync(beside, text, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, path);
}

/** A file with a secret is ours and nobody else's, if it is there at all. @throws FleetError `unsafe-permissions` */
export function checkPrivate(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const me = process.getuid?.();
  if (me !== undefined && stat.uid !== me) throw new FleetError("unsafe-permissions", `${path} belongs to another user`);
  if ((stat.mode & 0o077) !== 0) throw new FleetError("unsafe-permissions", `${path} is open to other users (mode ${(stat.mode & 0o777).toString(8)})`, { hint: `chmod 600 ${path}` });
}
