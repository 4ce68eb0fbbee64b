import { readFileSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";

/** PEM text of a CA. @throws FleetError `bad-config` */
export function readCa(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new FleetError("bad-config", `the CA file can't be read: ${(error as Error).message}`);
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new FleetError("bad-config", `${file} holds no PEM certificate`);
  return text;
}
