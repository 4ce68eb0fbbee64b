import { sessionLaunch } from "@fleetwire/shared/bus";
import { callerId, isLocal } from "../caller.ts";
import { handler } from "../handler.ts";

export const handleSessionLaunch = handler(sessionLaunch, (input, { services, caller }) =>
  services.sessions.launch(input, { launchedBy: caller.kind === "socket" ? undefined : callerId(caller), local: isLocal(caller) }),
);
