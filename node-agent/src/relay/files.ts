// Where the relay is in a hub's directory.
import { join } from "node:path";

export function relayFiles(hubDirectory: string) {
  return {
    /** It listens here alone: only the hub's Caddy leads to it. */
    socket: join(hubDirectory, "run", "relay.sock"),
    pid: join(hubDirectory, "run", "relay.pid"),
    log: join(hubDirectory, "logs", "relay.log"),
  };
}
