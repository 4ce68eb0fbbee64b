import { nodeConfigure } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { handler } from "../handler.ts";

const READY_MS = 8_000;

/** A NATS that isn't there yet is no error: the node goes on trying. One that refuses this node, or its name, is. */
export const handleNodeConfigure = handler(nodeConfigure, async (input, { services }) => {
  await services.agent.configure(input);
  if ((input.nats !== undefined && input.nats !== null) || input.name !== undefined) {
    try {
      await services.fleet.ready(READY_MS);
    } catch (error) {
      if (error instanceof FleetError && (error.code === "node-name-taken" || error.code === "nats-denied")) throw error;
    }
  }
  return services.agent.status();
});
