import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { FleetError } from "@fleetwire/shared/errors";

const ASK_MS = 5_000;
const DO_MS = 60_000;

/** @throws FleetError `launch-failed` with what it said */
export async function systemctl(scope: "user" | "system", ...args: string[]): Promise<void> {
  await command("systemctl", ...(scope === "user" ? ["--user"] : []), ...args);
}

/** @throws FleetError `missing-program`, `launch-failed` */
export async function command(program: string, ...args: string[]): Promise<void> {
  try {
    await promisify(execFile)(program, args, { timeout: DO_MS });
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    if (code === "ENOENT") throw new FleetError("missing-program", `${program} is not installed: no systemd here`, { hint: "give --print and set the service up by hand" });
    throw new FleetError("launch-failed", `${program} ${args.join(" ")}: ${stderr?.trim().split("\n").at(-1) || String(code)}`, { cause: error });
  }
}

/** Pid of a unit's main process; undefined while it isn't active. */
export function activePid(scope: "user" | "system", unit: string): number | undefined {
  try {
    const said = execFileSync("systemctl", [...(scope === "user" ? ["--user"] : []), "show", "--property", "ActiveState,MainPID", unit], { timeout: ASK_MS, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const pid = Number(/^MainPID=(\d+)$/m.exec(said)?.[1] ?? 0);
    return /^ActiveState=active$/m.test(said) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
