// Who may ask for what. NATS has enforced the same table already; here it is enforced again, for every carrier.
import type { Contract, Role } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { callerId, type Caller } from "./caller.ts";

/** @throws FleetError `denied`, `untrusted-caller` */
export function authorize(contract: Contract, caller: Caller, isOpen: boolean): void {
  if (caller.kind === "socket") return;
  if (contract.reach !== "bus") throw new FleetError("denied", `'${contract.verb}' is for the machine's own socket only`, { hint: "run it on that machine" });
  const role = roleOf(caller, isOpen);
  // Where no role is asked for, a node can't prove that it is one.
  if (caller.kind === "bus" && caller.role === null && contract.roles.includes("node")) return;
  if (!contract.roles.includes(role)) throw new FleetError("denied", `the role '${role}' may not ask for '${contract.verb}'`);
}

/** A program in a session may do what its owner lets an operator do, and nothing to the node itself. */
function roleOf(caller: Exclude<Caller, { kind: "socket" }>, isOpen: boolean): Role {
  if (caller.kind === "session") return "operator";
  if (caller.role !== null) return caller.role;
  if (!isOpen) throw new FleetError("untrusted-caller", "this node doesn't take requests of callers that prove no role");
  return "admin";
}

/** A CI job's reach ends at what it launched. */
export function onlyOwn(caller: Caller): { readonly launchedBy: string } | undefined {
  const ci = (caller.kind === "bus" || caller.kind === "direct") && caller.role === "ci";
  return ci ? { launchedBy: callerId(caller) } : undefined;
}
