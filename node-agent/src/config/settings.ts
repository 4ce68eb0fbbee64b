// What the agent was told, from all sources, with its defaults in one place.
import type { NotifyRule, Paths } from "@fleetwire/shared/config";
import type { Issuer } from "@fleetwire/shared/bus";
import type { Labels } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetName, NodeName, PoolName } from "@fleetwire/shared/ids";

export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

export interface NatsSettings {
  readonly urls: readonly string[];
  /** Absolute path of a creds file. */
  readonly creds?: string;
  readonly token?: string;
}

export interface GatewaySettings {
  /** Undefined: when the node is in a fleet and caddy is installed. */
  readonly enabled?: boolean;
  readonly port?: number;
  readonly host?: string;
  readonly bind?: string;
}

export type Rgb = [red: number, green: number, blue: number];

export interface Settings {
  readonly paths: Paths;
  readonly home: string;
  readonly nodeName: NodeName;
  readonly labels: Labels;
  /** Terminal listener that a person chose; undefined: 127.0.0.1:9100, or any free port when that is taken. */
  readonly listen?: ListenAddress;
  readonly externalUrl?: string;
  /** PEM of the CA behind it. */
  readonly externalCa?: string;
  readonly origins: readonly string[];
  readonly nats?: NatsSettings;
  readonly fleet: FleetName;
  readonly pool: PoolName;
  readonly open: boolean;
  /** On a NATS of one's own: which keys stand for which role. */
  readonly issuers: readonly Issuer[];
  readonly gateway: GatewaySettings;
  /** Newest output kept per session, bytes. */
  readonly logBytes: number;
  /** What is kept of ended sessions; 0 is no bound. */
  readonly keepDays: number;
  readonly keepBytes: number;
  readonly keepCount: number;
  /** Sessions that may run at once. */
  readonly maxSessions: number;
  /** Sessions that one PTY host runs before a further one is started. */
  readonly perHost: number;
  /** Bounds of the node's event history. */
  readonly keepEvents: { readonly count: number; readonly days: number };
  /** What a program is told that asks for its terminal's colours; undefined: light on dark. */
  readonly colors?: { readonly foreground: Rgb; readonly background: Rgb };
  readonly audit: AuditSettings;
  readonly metrics: MetricsSettings;
  /** `[[notify]]` of the file, as written. */
  readonly notify: readonly NotifyRule[];
  readonly logLevel: string;
}

export interface AuditSettings {
  /** A change that can't be recorded is not run. */
  readonly required: boolean;
  readonly commands: "hash" | "name" | "full";
  readonly keepBytes: number;
  readonly keepDays: number;
}

export interface MetricsSettings {
  readonly listen?: ListenAddress;
  /** Absolute. */
  readonly tokenFile?: string;
}

/** `address:port`, `[v6]:port`, `:port` or a port alone. @throws FleetError `bad-config` naming `where` */
export function parseListen(text: string, where: string): ListenAddress {
  const match = /^(?:(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new FleetError("bad-config", `${where}: '${text}' is not address:port`);
  return { address: match[1] || match[2] || "127.0.0.1", port };
}
