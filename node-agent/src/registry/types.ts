import type { FleetName } from "@fleetwire/shared/ids";
import type { CredentialListener } from "./credential-event.ts";
import type { Log } from "../fleet/index.ts";

export interface RegistryOptions {
  /** The hub's directory (`state/hub`), with the registry's credentials; for a plain NATS where to keep its key. */
  readonly stateDir: string;
  /** A NATS without credentials instead of the hub's. */
  readonly plain?: { readonly urls: readonly string[]; readonly fleet: FleetName };
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Told of each credential that is given out here. */
  readonly onCredential?: CredentialListener;
  /** Called once it answers. */
  readonly onReady?: () => void;
}
