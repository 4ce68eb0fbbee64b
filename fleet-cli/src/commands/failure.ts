// How a command line ends when it fails.
import { FleetError } from "@fleetwire/shared/errors";
import { readSettings } from "../config/index.ts";
import { renderError, writeErrorReport } from "../ui/index.ts";
import type { Process } from "./command.ts";

/** Shows the failure on stderr, and writes a report of one that nobody expected. @returns the exit code */
export async function showFailure(thrown: unknown, { argv, stderr, interrupt }: Process): Promise<number> {
  const before = argv.indexOf("--") < 0 ? argv : argv.slice(0, argv.indexOf("--"));
  const style = { json: before.includes("--json"), debug: before.includes("--debug") };
  let error = FleetError.from(thrown);
  if (error.code === "cancelled" && interrupt.exitCode !== undefined) {
    stderr().write(renderError(error, style));
    return interrupt.exitCode;
  }
  if (error.code === "internal" && !(thrown instanceof FleetError)) {
    const settings = await readSettings({}).catch(() => undefined);
    const file = settings === undefined ? undefined : writeErrorReport(settings.paths.logs, error, argv);
    error = new FleetError("internal", `${error.message}${file === undefined ? "" : ` (report: ${file})`}`, { cause: thrown });
  }
  stderr().write(renderError(error, style));
  return error.exit;
}
