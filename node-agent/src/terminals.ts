// Where this node's terminals can be reached: the PTY host's listener on this machine, and the Caddy in front of it.
import { hostname } from "node:os";
import type { AttachAddress } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { isLoopback } from "@fleetwire/shared/wire";
import type { Gateway, GatewayWant } from "./gateway/index.ts";
import type { Hub } from "./hub/index.ts";
import type { LiveSettings } from "./live-settings.ts";
import type { Log } from "./log/index.ts";
import type { HostPool } from "./sessions/index.ts";
import type { Warnings } from "./warnings.ts";

const DEFAULT_PORT = 9100;
const DEFAULT_GATEWAY_PORT = 9443;

export interface TerminalsDeps {
  readonly settings: LiveSettings;
  readonly pool: HostPool;
  readonly gateway: Gateway;
  readonly hub: () => Hub;
  /** Hosts of the fleet's NATS addresses; empty when this node is in none. */
  readonly fleetHosts: () => readonly string[];
  /** Ways to this node that begin elsewhere. */
  readonly relayed: () => readonly AttachAddress[];
  readonly canGateway: () => boolean;
  readonly warnings: Warnings;
  readonly onChange: () => void;
  readonly log: Log;
}

export interface Terminals {
  /** For callers elsewhere, best first. */
  addresses(): AttachAddress[];
  /** The listener itself, `address:port`; undefined before it listens. */
  listening(): string | undefined;
  /** The one to show; null when only this machine reaches its terminals. */
  url(): string | null;
  /** Listener and gateway as the settings want them now. What fails is a warning: sessions don't need it. */
  refresh(): Promise<void>;
  /** Resolves when no refresh is under way. */
  settled(): Promise<void>;
}

export function createTerminals(deps: TerminalsDeps): Terminals {
  const { settings, pool, gateway, hub, warnings, log } = deps;
  let listening: string | undefined;
  let work: Promise<void> = Promise.resolve();
  let shown: string | null = null;

  const external = () => settings.current().externalUrl;
  const url = () => external() ?? gateway.current()?.url ?? null;

  async function listen(): Promise<void> {
    const [host, ...others] = await pool.current();
    const { listen: chosen, origins } = settings.current();
    const names = [hostname(), hub().gatewayPlan()?.host, settings.current().gateway.host, hostOf(external())].filter((name) => name !== undefined);
    const rules = { address: chosen?.address ?? "127.0.0.1", hosts: [...new Set(names)], origins: [...origins] };
    const open = async (port: number) => (await host.call("listen", { ...rules, port })).listening;
    const wanted = chosen?.port ?? settings.stored().lastPort ?? DEFAULT_PORT;
    try {
      listening = await open(wanted);
    } catch (error) {
      if (FleetError.from(error).code !== "port-taken" || chosen !== undefined) throw error;
      listening = await open(0);
    }
    const port = portOf(listening);
    // All of them take connections from it, each hands on what is another's: one that hangs or crashes takes none along.
    await Promise.allSettled(others.map((other) => other.call("share", { ...rules, port })));
    if (chosen === undefined && port !== settings.stored().lastPort) remember(port);
    log.info({ listening }, "terminals are served");
  }

  /** A disk that fails costs the address after the next start, not the terminals. */
  function remember(port: number): void {
    try {
      settings.change({ lastPort: port });
    } catch (error) {
      log.warn({ err: error }, "the listener's port could not be kept");
    }
  }

  /** Undefined: no Caddy is wanted. */
  function wanted(): GatewayWant | undefined {
    const { gateway: told, externalUrl } = settings.current();
    const plan = hub().gatewayPlan();
    const hosts = deps.fleetHosts();
    const inFleet = hosts.length > 0;
    if (listening === undefined || !(told.enabled ?? (inFleet && externalUrl === undefined && deps.canGateway()))) return undefined;
    // In a fleet that spans machines the others have to reach this one: TLS, and a ticket for everything.
    const spans = inFleet && hosts.some((host) => !isLoopback(host));
    return {
      upstream: listening.replace(/^(0\.0\.0\.0|\[::\])/, "127.0.0.1"),
      host: told.host ?? plan?.host ?? (spans ? hostname() : "localhost"),
      port: told.port ?? plan?.port ?? DEFAULT_GATEWAY_PORT,
      bind: told.bind ?? plan?.bind ?? (spans ? "0.0.0.0" : "127.0.0.1"),
      fixed: told.port !== undefined || plan?.fixed === true,
      ...(plan === undefined ? {} : { ca: plan.ca, ...(plan.relay === undefined ? {} : { relay: plan.relay }) }),
    };
  }

  async function openGateway(): Promise<void> {
    const want = wanted();
    warnings.set("public", want === undefined || isLoopback(want.bind) ? undefined : `terminals are served on ${want.bind}, to other machines (TLS, and a ticket for each attach)`);
    if (want === undefined) return;
    const { url: opened } = await gateway.start(want);
    if (want.relay !== undefined) hub().gatewayIsAt(opened);
  }

  async function attempt(subject: string, what: () => Promise<void>): Promise<void> {
    try {
      await what();
      warnings.set(subject, undefined);
    } catch (error) {
      const failure = FleetError.from(error);
      warnings.set(subject, `${subject}: ${failure.message}; ${failure.hint}`);
      log.warn({ err: error }, `${subject} is not served`);
    }
  }

  return {
    addresses() {
      const found: AttachAddress[] = [];
      const front = gateway.current();
      const own = external();
      if (own !== undefined) found.push({ kind: "url", url: own, ca: settings.current().externalCa });
      if (front !== undefined) found.push({ kind: "url", url: front.url, ca: front.caPem });
      // For callers who sit on this machine under another home. Elsewhere it leads to nobody who could prove the host's key.
      if (listening !== undefined && isLoopback(hostOf(`ws://${listening}`) ?? "")) found.push({ kind: "url", url: `ws://${listening}` });
      found.push(...deps.relayed());
      return found;
    },
    listening: () => listening,
    url,
    settled: () => work,
    refresh() {
      work = work.then(async () => {
        await attempt("terminal listener", listen);
        await attempt("gateway", openGateway);
        if (url() === shown) return;
        shown = url();
        deps.onChange();
      });
      return work;
    },
  };
}

function hostOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  try {
    return new URL(url).hostname;
  } catch {
    return undefined;
  }
}

function portOf(listening: string): number {
  return Number(listening.slice(listening.lastIndexOf(":") + 1));
}
