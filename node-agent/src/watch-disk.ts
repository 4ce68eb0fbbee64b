// Whether what happens can be written down, looked at every second: said where people look, and told to others, when it
// changes.
import { setTimeout as sleep } from "node:timers/promises";
import type { FleetError } from "@fleetwire/shared/errors";
import type { Log } from "./log/index.ts";
import type { NodeService } from "./node/index.ts";
import type { Store } from "./store/index.ts";
import type { Warnings } from "./warnings.ts";

const LOOK_MS = 1_000;

export function diskWarning({ message }: FleetError): string {
  return `${message}: nothing can be launched, removed or set; sessions go on, and what happens to them is written down when that is possible again`;
}

export function watchDisk({ store, warnings, node, log }: { store: Store; warnings: Warnings; node: NodeService; log: Log }): AsyncDisposable {
  const over = new AbortController();
  let said = store.failure?.message;
  const watching = (async () => {
    while (!over.signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      try {
        store.look();
      } catch (error) {
        log.error({ err: error }, "the database could not be looked at");
      }
      const { failure } = store;
      if (failure?.message === said) continue;
      said = failure?.message;
      warnings.set("disk", failure === undefined ? undefined : diskWarning(failure));
      if (failure === undefined) log.info({}, "the database can be written again");
      else log.error({ err: failure }, "the database can't be written");
      node.changed();
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching;
    },
  };
}
