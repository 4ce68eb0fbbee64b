import { readFileSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";

/** A secret from a file, or from stdin for `-`. Never from an argument: everybody on the machine can read those. @throws FleetError `bad-token` */
export function readSecret(file: string): string {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8").trim();
  } catch (error) {
    throw new FleetError("bad-token", `the file ${file} can't be read: ${(error as Error).message}`, { hint: "give the path of a file that holds nothing but the token" });
  }
  if (text === "" || /\s/.test(text)) throw new FleetError("bad-token", `${file === "-" ? "the input" : `the file ${file}`} does not hold one token`);
  return text;
}
