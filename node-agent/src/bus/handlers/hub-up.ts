import { hubUp } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

/** The hub's machine is a node of its fleet: with the hub up, its link and its gateway follow. */
export const handleHubUp = handler(hubUp, async (_input, { services }) => {
  await services.hub.up();
  await services.fleet.refresh();
  return services.hub.status();
});
