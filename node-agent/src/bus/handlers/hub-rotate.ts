import { hubRotate } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

/** The hub's own node may have a new credential now: its link follows. */
export const handleHubRotate = handler(hubRotate, async (input, { services }) => {
  const rotated = await services.hub.rotate(input);
  await services.fleet.refresh();
  return rotated;
});
