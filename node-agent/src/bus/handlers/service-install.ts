import { serviceInstall } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

/** The hub's programs may be others afterwards: the link to it, and the gateway, follow. */
export const handleServiceInstall = handler(serviceInstall, async (input, { services }) => {
  const answer = await services.serviceManager.install(input);
  await services.fleet.refresh();
  return answer;
});
