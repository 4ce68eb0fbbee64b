// Who a message is for, as typed: a session as in any target, or a machine's people.
import { FleetError } from "../errors/index.ts";
import { NodeName } from "./names.ts";
import { parseTarget, printable, type Target } from "./target.ts";

/** `@`: this machine's people; `@gpu-box`: those of that node. */
export type Address = { readonly people: true; readonly node?: NodeName } | (Target & { readonly people?: undefined });

/** @throws FleetError `bad-target` */
export function parseAddress(text: string): Address {
  if (!text.startsWith("@")) return parseTarget(text);
  if (text === "@") return { people: true };
  const node = NodeName.safeParse(text.slice(1));
  if (node.success) return { people: true, node: node.data };
  throw new FleetError("bad-target", `'${printable(text)}' is not a node's people`, { hint: "@NODE, or @ for this machine's" });
}
