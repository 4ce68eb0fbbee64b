import { MessageId } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { ArgSpec } from "../command.ts";

export const MESSAGE: ArgSpec = { name: "ID", help: "a message's id, as 'fleet msg send' and 'fleet msg inbox' print it", required: true };

/** @throws FleetError `usage` */
export function messageIdOf(text: string): string {
  if (MessageId.safeParse(text).success) return text;
  throw new FleetError("usage", `'${printable(text)}' is not the id of a message`, { hint: "ids are 12 letters and digits; 'fleet msg inbox' shows them" });
}
