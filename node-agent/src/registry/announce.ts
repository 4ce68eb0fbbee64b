// What the registry says to all nodes about whom to believe: at each change, and now and then for those that missed it. Of several
// registries each says the newest statement it has, its own or another's, word for word.
import { existsSync, statSync } from "node:fs";
import { openTrust, sealTrust, subjects, type FleetTrust } from "@fleetwire/shared/bus";
import { parseJson, parseOr } from "@fleetwire/shared/errors";
import type { FleetName, PublicKey } from "@fleetwire/shared/ids";
import { Signed, type KeyPair } from "@fleetwire/shared/keys";
import type { Connection, Log } from "../fleet/index.ts";
import { readJsonFile, readSigners, registryFiles, writePrivateFile } from "./hub-files.ts";
import { readTrustState, trustOf } from "./trust-state.ts";

const LOOK_MS = 200;
const AGAIN_MS = 30_000;

export interface Announcer extends Disposable {
  /** Whom the fleet believes now. */
  current(): FleetTrust;
  /** The same, signed. */
  statement(): Signed;
  /** Hears others and speaks on this connection. @returns ends it */
  serve(connection: Connection): () => void;
}

export interface AnnouncerDeps {
  readonly hubDirectory: string;
  readonly fleet: FleetName;
  readonly key: KeyPair;
  /** Keys that may speak as the registry. */
  readonly registries: readonly string[];
  readonly log: Log;
}

interface Said {
  readonly trust: FleetTrust;
  readonly signed: Signed;
}

export function createAnnouncer({ hubDirectory, fleet, key, registries, log }: AnnouncerDeps): Announcer {
  const files = registryFiles(hubDirectory);
  const subject = subjects.trust(fleet, key.publicKey as PublicKey);
  let connection: Connection | undefined;
  let seen = stamp();
  let said = newest(own(), kept());
  let saidAt = Date.now();

  function stamp(): string {
    return [files.trust, files.signers].map((file) => (existsSync(file) ? statSync(file, { bigint: true }).mtimeNs : 0n)).join();
  }
  function own(): Said {
    const trust = trustOf(fleet, readTrustState(hubDirectory), readSigners(hubDirectory));
    return { trust, signed: sealTrust(trust, key) };
  }
  function kept(): Said | undefined {
    if (!existsSync(files.statement)) return undefined;
    const signed = readJsonFile(files.statement, Signed);
    return { trust: openTrust(signed, registries), signed };
  }

  function say(): void {
    saidAt = Date.now();
    if (connection?.isClosed() === false) connection.publish(subject, JSON.stringify(said.signed));
  }

  /** The files are the hub's word; what it wrote counts from that moment. @returns whether it wrote something */
  function reread(): boolean {
    const now = stamp();
    if (now === seen) return false;
    said = newest(own(), said);
    seen = now;
    saidAt = 0;
    return true;
  }

  function look(): void {
    try {
      if (reread() || Date.now() - saidAt >= AGAIN_MS) say();
    } catch (error) {
      log.warn({ reason: String(error) }, "whom the fleet believes could not be read");
    }
  }

  function hear(data: string): void {
    try {
      const signed = parseOr(Signed, parseJson(data, "the statement"), "the statement");
      const trust = openTrust(signed, registries);
      if (trust.fleet !== fleet || trust.revision <= said.trust.revision) return;
      said = { trust, signed };
      writePrivateFile(files.statement, JSON.stringify(signed));
      log.info({ revision: trust.revision }, "another registry knows better whom the fleet believes");
    } catch (error) {
      log.warn({ reason: String(error) }, "a statement was not believed");
    }
  }

  const timer = setInterval(look, LOOK_MS);
  return {
    current() {
      reread();
      return said.trust;
    },
    statement() {
      reread();
      return said.signed;
    },
    serve(open) {
      connection = open;
      const heard = open.subscribe(subjects.trust(fleet, "*"), { callback: (_error, message) => message && hear(message.string()) });
      say();
      return () => {
        heard.unsubscribe();
        if (connection === open) connection = undefined;
      };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Of two of one revision the own one: its keys are those that sign here. */
function newest(own: Said, other: Said | undefined): Said {
  return other !== undefined && other.trust.revision > own.trust.revision ? other : own;
}
