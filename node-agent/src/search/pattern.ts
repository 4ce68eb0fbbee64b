import type { SearchPattern } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";

/** Finds all matches of a line. @throws FleetError `bad-input` for what is no regular expression */
export function patternOf({ text, kind, ignoreCase }: SearchPattern): RegExp {
  const source = kind === "regex" ? text : text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const flags = `g${ignoreCase === true ? "i" : ""}`;
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    return lenient(source, flags);
  }
}

/** As people write them for grep, with escapes that need none. */
function lenient(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new FleetError("bad-input", (error as Error).message, { hint: "without --regex the text is looked for as it is" });
  }
}
