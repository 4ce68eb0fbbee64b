import { constants } from "node:os";
import { FleetError } from "@fleetwire/shared/errors";

/** `TERM` or `SIGTERM` to the signal's name. @throws FleetError `bad-input` */
export function signalNamed(name: string): NodeJS.Signals {
  const full = name.startsWith("SIG") ? name : `SIG${name}`;
  if (!Object.hasOwn(constants.signals, full)) throw new FleetError("bad-input", `'${name}' is not a signal of this system`);
  return full as NodeJS.Signals;
}
