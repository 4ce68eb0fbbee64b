import { messageDeliver } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { handler } from "../handler.ts";

export const handleMessageDeliver = handler(messageDeliver, (input, { caller, services }) => {
  // The key that signed is the sender's node: nobody else has anything to hand over.
  if (caller.kind !== "bus") throw new FleetError("denied", "messages are handed over by nodes, over NATS");
  return services.messages.deliver(input, { key: caller.key, ...(caller.name === undefined ? {} : { named: caller.name }) });
});
