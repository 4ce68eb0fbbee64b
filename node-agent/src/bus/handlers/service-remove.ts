import { serviceRemove } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

/** The hub's programs may be others afterwards: the link to it, and the gateway, follow. */
export const handleServiceRemove = handler(serviceRemove, async (_input, { services }) => {
  const answer = await services.serviceManager.remove();
  await services.fleet.refresh();
  return answer;
});
