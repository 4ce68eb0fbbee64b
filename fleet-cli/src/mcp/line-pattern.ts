// A model's regular expression is tried on a program's text: neither is trusted to come to an end.
import { StringDecoder } from "node:string_decoder";
import { createContext, Script } from "node:vm";
import { FleetError } from "@fleetwire/shared/errors";
import { plainOutput } from "./untrusted.ts";

/** For one piece of output, milliseconds. */
const LONGEST_MS = 250;
const LONGEST_LINE = 8_192;

interface LinePattern {
  /** The first of the lines that matches. @throws FleetError `bad-input` when the pattern takes too long */
  find(lines: readonly string[]): string | undefined;
}

/** @throws FleetError `bad-input` */
function linePattern(source: string): LinePattern {
  try {
    new RegExp(source);
  } catch (error) {
    throw new FleetError("bad-input", `pattern: ${(error as Error).message}`);
  }
  const sandbox = createContext({ source, lines: [] as string[] });
  // Only here a regular expression that runs away can be stopped.
  const script = new Script("{ const pattern = new RegExp(source); lines.find((line) => pattern.test(line)) }");
  return {
    find(lines) {
      if (lines.length === 0) return undefined;
      sandbox["lines"] = lines.map((line) => line.slice(0, LONGEST_LINE));
      try {
        const at: unknown = script.runInContext(sandbox, { timeout: LONGEST_MS });
        return typeof at === "string" ? at : undefined;
      } catch (error) {
        throw new FleetError("bad-input", "pattern: it takes too long on this output", { hint: "use a simpler pattern, without nested repetition", cause: error });
      }
    },
  };
}

/** Looks for a line in bytes as they come, also in the one that has no end yet. */
export class LineFinder {
  readonly #pattern: LinePattern;
  readonly #decoder = new StringDecoder("utf8");
  #held = "";

  /** @throws FleetError `bad-input` */
  constructor(source: string) {
    this.#pattern = linePattern(source);
  }

  /** @returns the line, without escape sequences. @throws FleetError `bad-input` */
  feed(bytes: Buffer): string | undefined {
    const lines = (this.#held + this.#decoder.write(bytes)).split("\n");
    this.#held = (lines.at(-1) ?? "").slice(-LONGEST_LINE);
    return this.#pattern.find(lines.map(plainOutput));
  }
}
