// Whom this node believes: what its join token said, until the registry said something newer, which is remembered over restarts.
// A broker can withhold a statement; it can't make one, change one, or go back to an older one.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { openTrust, type FleetFacts, type FleetTrust } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { Signed } from "@fleetwire/shared/keys";
import type { Log } from "./types.ts";

export interface Trust {
  current(): FleetTrust;
  /** @returns whether it was news. @throws FleetError `bad-signature`, `bad-input` */
  take(statement: Signed): boolean;
  /** Called after each change. @returns ends the listening */
  onChange(listener: (trust: FleetTrust) => void): () => void;
}

/** @param file where it is remembered */
export function openNodeTrust({ file, facts, log }: { file: string; facts: FleetFacts; log: Log }): Trust {
  const { fleet, issuers, registries } = facts;
  const listeners = new Set<(trust: FleetTrust) => void>();
  let trust = remembered() ?? { v: 1, fleet, revision: 0, issuers, revoked: {}, renew: {} };

  /** What lies there may be of another fleet that this node was in before: not signed by this one's registry. */
  function remembered(): FleetTrust | undefined {
    if (!existsSync(file)) return undefined;
    try {
      const found = openTrust(parseOr(Signed, parseJson(readFileSync(file, "utf8"), file), file), registries);
      return found.fleet === fleet ? found : undefined;
    } catch (error) {
      log.warn({ file, code: FleetError.from(error).code }, "what was remembered of the fleet's keys is not used");
      return undefined;
    }
  }

  return {
    current: () => trust,
    take(statement) {
      const next = openTrust(statement, registries);
      if (next.fleet !== fleet || next.revision <= trust.revision) return false;
      keep(file, statement, log);
      trust = next;
      log.info({ revision: next.revision, revoked: Object.keys(next.revoked).length }, "the fleet's keys changed");
      for (const listener of listeners) listener(next);
      return true;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A disk that fails costs the memory of it, not its effect now: the registry is asked again after a restart. */
function keep(file: string, statement: Signed, log: Log): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, JSON.stringify(statement), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    log.warn({ file, err: error }, "the fleet's keys could not be remembered");
  }
}
