import { isAbsolute, resolve } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";
import type { Place } from "../client/index.ts";
import type { Settings } from "../config/index.ts";

/** A relative directory is this server's; another machine doesn't know where that is. @throws FleetError `bad-input` */
export function directoryAt({ kind }: Place, dir: string | undefined, { cwd }: Settings): string | undefined {
  const isOfNode = dir === undefined || isAbsolute(dir) || dir === "~" || dir.startsWith("~/");
  if (kind === "local") return isOfNode ? (dir ?? cwd) : resolve(cwd, dir);
  if (isOfNode) return dir;
  throw new FleetError("bad-input", "`dir` is relative, and the session runs on another machine", { hint: "give an absolute path of that node, or one that begins with ~/" });
}
