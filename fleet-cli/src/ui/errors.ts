// How a failure is shown: one line and a hint, or JSON; never a stack, unless asked for. What nobody expected is written
// to a log that the line names.
import { appendFileSync, mkdirSync } from "node:fs";
import type { FleetError } from "@fleetwire/shared/errors";
import { neutral } from "../text/index.ts";

export interface ErrorStyle {
  readonly json: boolean;
  readonly debug: boolean;
}

/** @returns text for stderr, with its line end */
export function renderError(error: FleetError, style: ErrorStyle): string {
  const stack = style.debug ? `${stackOf(error)}\n` : "";
  if (style.json) return `${stack}${JSON.stringify({ error: error.toRecord() })}\n`;
  return `${stack}fleet: ${neutral(error.message)}\nhint: ${neutral(error.hint)}\n`;
}

/** Adds a full report to `cli-errors.log` in `directory`. @returns the file, or undefined when it can't be written */
export function writeErrorReport(directory: string, error: FleetError, argv: readonly string[]): string | undefined {
  const file = `${directory}/cli-errors.log`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Flags only: a text to send or an environment is nobody's business.
    const flags = argv.slice(0, Math.max(0, argv.indexOf("--")) || undefined).map((word) => (word.startsWith("-") ? word.replace(/=.*/s, "=…") : word)).slice(0, 2);
    appendFileSync(file, `--- ${new Date().toISOString()} node ${process.version} pid ${process.pid}\n${flags.join(" ")}\n${stackOf(error)}\n`, { mode: 0o600 });
    return file;
  } catch {
    return undefined;
  }
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
