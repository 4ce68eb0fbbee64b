// A lease that is held is renewed beside the serving, and the registry says how often to beat by now. After a restart of the
// server thousands come back at once: none waits for the registry, which is busy with all of them, before it is there for its callers.
import { FleetError } from "@fleetwire/shared/errors";
import { askRegistry, claimName } from "./claim.ts";
import type { Connection } from "./connection.ts";
import type { FleetLinkDeps } from "./types.ts";

/** About how often. */
const RENEW_MS = 5 * 60_000;

/** The first one may be waited for so long by requests that came meanwhile. Milliseconds. */
const PATIENCE_MS = 3_000;

export interface Renewal {
  /** The first one comes at a random moment within this, milliseconds; the others every few minutes. */
  readonly firstWithinMs: number;
  readonly onPeriod: (beatMs: number) => void;
  /** The name is another's by now. */
  readonly onLost: (error: FleetError) => void;
}

export interface LeaseRenewal {
  /** The registry was asked for the first time, or is not to be waited for any longer. */
  readonly first: Promise<void>;
  readonly stop: () => void;
}

export function renewLease(connection: Connection, deps: FleetLinkDeps, { firstWithinMs, onPeriod, onLost }: Renewal): LeaseRenewal {
  let asked = () => {};
  const first = new Promise<void>((resolve) => (asked = resolve));
  const patience = setTimeout(asked, PATIENCE_MS);
  let timer = setTimeout(again, Math.random() * firstWithinMs);

  function again(): void {
    timer = setTimeout(again, RENEW_MS * (0.5 + Math.random()));
    renew().finally(asked).catch((error: unknown) => {
      const failure = FleetError.from(error);
      if (failure.code === "node-name-taken") onLost(failure);
      // No registry now: the lease stays, and so does the period.
      else deps.log.debug({ code: failure.code }, "the lease was not renewed");
    });
  }

  async function renew(): Promise<void> {
    const { refusal, beatMs } = await askRegistry(connection, deps);
    // An earlier life of this node may still be in the way for some seconds.
    onPeriod(refusal === undefined ? beatMs : await claimName(connection, deps, undefined));
  }

  return {
    first,
    stop() {
      asked();
      clearTimeout(patience);
      clearTimeout(timer);
    },
  };
}
