import { decodeJoinToken } from "@fleetwire/shared/bus";
import { readSecret } from "../client/index.ts";

/** The token as given, or from stdin for `-`; checked before anything is started. @throws FleetError `bad-token` */
export function joinToken(given: string): string {
  const token = given === "-" ? readSecret("-") : given.trim();
  decodeJoinToken(token);
  return token;
}
