// For how long this caller is a member of its fleet.
import { callerMembership } from "../../client/index.ts";
import { fail, failed, ok, warn, type Check } from "./checks.ts";

const SOON_MS = 3 * 86_400_000;
const AGAIN = "ask whoever runs the hub for a token ('fleet hub token --role …'), then 'fleet join TOKEN'";

export const credential: Check = async ({ settings }) => {
  if (settings.server !== undefined || settings.nats !== undefined) return [];
  try {
    const found = await callerMembership(settings.paths.callerCredentials);
    if (found === undefined) return [];
    const { fleet, role, expires } = found;
    const who = `${role} of fleet '${fleet}'`;
    if (expires === undefined) return ok("your credential", `${who}; it does not expire`);
    const when = new Date(expires).toISOString();
    if (expires <= Date.now()) return fail("your credential", `${who}: expired on ${when}`, AGAIN);
    return expires - Date.now() < SOON_MS ? warn("your credential", `${who}: expires on ${when}`, AGAIN) : ok("your credential", `${who}, until ${when}`);
  } catch (error) {
    return failed("your credential", error);
  }
};
