// Typing only to the screen that the sender has in mind, looked at in the moment of writing.
import { createContext, Script } from "node:vm";
import type { TypingConditions } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { Typist } from "./typist.ts";

/** A pattern that needs longer would hold up every session of this host. */
const PATTERN_MS = 50;
/** Who never stops printing has no moment in which its screen is known. */
const STILL_MS = 3_000;
const LINES_TOLD = 3;

export type Expected = Pick<TypingConditions, "expect" | "at">;

/**
 * Resolves when all output so far has been looked at and is as expected. Whoever writes without waiting for anything else writes to that screen.
 * @throws FleetError `screen-changed`, with the last lines; `bad-input` for a pattern that is none, or takes too long
 */
export async function asExpected({ expect, at }: Expected, { screen, offset, catchUp, over }: Typist): Promise<void> {
  if (expect === undefined && at === undefined) return;
  catchUp();
  for (const until = performance.now() + STILL_MS; !over(); ) {
    const { data, offset: shown } = await screen();
    catchUp();
    if (hasPrinted(at, offset())) throw printed(at, offset(), data);
    if (shown === offset()) {
      if (expect === undefined || matches(expect, data)) return;
      throw changed(`the screen does not match /${printable(expect.pattern)}/${expect.flags}`, data);
    }
    if (performance.now() > until) throw changed("it prints without a pause, so that no screen lasts", data);
  }
}

/** Refused before it is waited for anything: no offset comes back. @throws FleetError `screen-changed` */
export async function notMoved({ at }: Expected, { screen, offset, catchUp }: Typist): Promise<void> {
  catchUp();
  if (hasPrinted(at, offset())) throw printed(at, offset(), (await screen()).data);
}

const hasPrinted = (at: number | undefined, offset: number) => at !== undefined && offset !== at;

/** @throws FleetError `bad-input` */
export function matches({ pattern, flags }: NonNullable<Expected["expect"]>, text: string): boolean {
  const context = createContext(Object.assign(Object.create(null) as object, { pattern, flags, text }));
  try {
    return new Script("new RegExp(pattern, flags).test(text)").runInContext(context, { timeout: PATTERN_MS }) === true;
  } catch (error) {
    const took = (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    throw new FleetError("bad-input", took ? `/${printable(pattern)}/ takes too long; nothing was typed` : `/${printable(pattern)}/: ${(error as Error).message}`, { hint: took ? "give a simpler pattern" : "give a regular expression of JavaScript" });
  }
}

const printed = (at: number | undefined, now: number, screen: string) => changed(`it has printed since offset ${at}: it is at ${now} now`, screen);

function changed(what: string, screen: string): FleetError {
  const lines = screen.trimEnd().split("\n").slice(-LINES_TOLD).map((line) => printable(line.trim())).filter((line) => line !== "");
  return new FleetError("screen-changed", `nothing was typed: ${what}; ${lines.length === 0 ? "the screen is empty" : `its last lines are: ${lines.join(" ⏎ ")}`}`);
}
