// This node's place in a fleet: which NATS, with which credentials. It can change while the agent runs.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Credentials, type FleetTrust, type InputOf, type nodeJoin } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { NodeName, type PoolName } from "@fleetwire/shared/ids";
import type { FleetMembership } from "./bus/index.ts";
import { openNodeTrust, type FleetLink, type LinkSettings, type LinkStatus, type Peers, type Trust } from "./fleet/index.ts";
import type { Joined } from "./hub/index.ts";
import type { LiveSettings } from "./live-settings.ts";
import type { Log } from "./log/index.ts";
import { writePrivateFile } from "./registry/index.ts";
import type { Warnings } from "./warnings.ts";

const JOIN_READY_MS = 10_000;

export interface MembershipDeps {
  readonly stateDir: string;
  readonly settings: LiveSettings;
  readonly open: (settings: LinkSettings, keys: { trust?: Trust; onRenewed: (jwt: string) => void }) => FleetLink;
  /** Whom the fleet believes changed, or this node is in another one. */
  readonly onTrust: (trust: FleetTrust) => void;
  readonly joinFleet: (token: string, name: string) => Promise<Joined>;
  /** After the link was looked at: listener and gateway follow it. */
  readonly onChange: () => Promise<void>;
  /** This node is in no fleet that could have a relay. */
  readonly onNoRelay: () => void;
  readonly warnings: Warnings;
  readonly log: Log;
}

export interface Membership extends FleetMembership, AsyncDisposable {
  /** The pool that a joined fleet put this node in. */
  pool(): PoolName | undefined;
  /** Hosts of the NATS addresses; empty outside any fleet. */
  hosts(): string[];
  /** The fleet's other nodes; undefined outside any fleet. */
  peers(): Peers | undefined;
  /** Forgets the credentials of a joined fleet. */
  leave(): void;
}

const NONE: LinkStatus = { state: "none", urls: [], unprotected: false };

export function createMembership(deps: MembershipDeps): Membership {
  const { settings, warnings } = deps;
  const credentialsFile = join(deps.stateDir, "credentials.json");
  let link: FleetLink | undefined;
  let current: LinkSettings | undefined;
  let key = "";
  let work: Promise<void> = Promise.resolve();

  /** What a person said about NATS is over what the node joined; the environment's address counts as said. */
  function wanted(): LinkSettings | undefined {
    const { nats, fleet, pool, open, issuers } = settings.current();
    if (nats !== undefined) return { urls: nats.urls, fleet, pool, open, credsFile: nats.creds, token: nats.token, issuers: issuers.map((issuer) => ({ ...issuer, pool })) };
    if (settings.stored().nats === null) return undefined;
    const joined = readCredentials(credentialsFile);
    if (joined === undefined) return undefined;
    const { facts } = joined;
    return { urls: facts.urls, fleet: facts.fleet, pool: facts.pool, open: false, credentials: joined, ca: facts.ca };
  }

  async function renew(): Promise<void> {
    let want: LinkSettings | undefined;
    try {
      want = wanted();
      warnings.set("credentials", undefined);
    } catch (error) {
      warnings.set("credentials", FleetError.from(error).message);
      deps.log.error({ err: error }, "the fleet's credentials can't be used");
    }
    // The name is part of it: it is claimed when the link is made.
    const wantKey = want === undefined ? "" : JSON.stringify([want, settings.current().nodeName]);
    if (wantKey !== key) await remake(want, wantKey);
    await deps.onChange();
  }

  async function remake(want: LinkSettings | undefined, wantKey: string): Promise<void> {
    await link?.[Symbol.asyncDispose]();
    link = undefined;
    key = wantKey;
    current = want;
    if (want?.credentials === undefined) deps.onNoRelay();
    if (want !== undefined) link = deps.open(want, { trust: openTrust(want), onRenewed });
    warnings.set("open", want?.open === true ? "this node takes requests of anybody who reaches its NATS server (--open)" : undefined);
  }

  function openTrust({ credentials }: LinkSettings): Trust | undefined {
    if (credentials === undefined) return undefined;
    const trust = openNodeTrust({ file: join(deps.stateDir, "trust.json"), facts: credentials.facts, log: deps.log });
    trust.onChange(deps.onTrust);
    deps.onTrust(trust.current());
    return trust;
  }

  function onRenewed(jwt: string): void {
    if (current?.credentials === undefined) return;
    writePrivateFile(credentialsFile, `${JSON.stringify({ ...current.credentials, jwt }, null, 2)}\n`);
    void membership.refresh();
  }

  const membership: Membership = {
    status: () => link?.status() ?? NONE,
    pool: () => current?.pool,
    peers: () => link?.peers,
    hosts: () => (current?.urls ?? []).map(hostOf),
    refresh() {
      const next = work.then(renew);
      work = next.catch(() => undefined);
      return next;
    },
    async ready(timeoutMs) {
      await link?.ready(timeoutMs);
    },
    async join({ token, name }: InputOf<typeof nodeJoin>) {
      const { credentials, node } = await deps.joinFleet(token, name ?? settings.current().nodeName);
      const { facts, role } = credentials;
      const given = credentials.name ?? name ?? "";
      if (node) {
        const own = NodeName.safeParse(given);
        settings.change({ nats: undefined, ...(own.success ? { name: own.data } : {}) });
        await membership.refresh();
        await membership.ready(JOIN_READY_MS);
      }
      return { fleet: facts.fleet, role, name: given, urls: facts.urls };
    },
    leave: () => rmSync(credentialsFile, { force: true }),
    async [Symbol.asyncDispose]() {
      await work;
      await link?.[Symbol.asyncDispose]();
      link = undefined;
    },
  };
  return membership;
}

/** @throws FleetError `bad-config` */
function readCredentials(file: string): Credentials | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FleetError("bad-config", `${file} can't be read`, { cause: error });
  }
  return parseOr(Credentials, parseJson(text, file, "bad-config"), file, "bad-config");
}

function hostOf(url: string): string {
  try {
    return new URL(url.includes("://") ? url : `nats://${url}`).hostname;
  } catch {
    return "localhost";
  }
}
