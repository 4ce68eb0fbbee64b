import type { PartStatus } from "@fleetwire/shared/bus";

export interface GatewayWant {
  /** The PTY host's TCP listener, `address:port`. */
  readonly upstream: string;
  /** Name in the certificate and the URL. */
  readonly host: string;
  /** First port tried; with `fixed` the only one. */
  readonly port: number;
  /** The port was set by a person: a taken one is an error, not a reason to take another. */
  readonly fixed?: boolean;
  /** Address to listen on. */
  readonly bind: string;
  /** The hub's relay, where this is its gateway: path of its socket. */
  readonly relay?: string;
  /** CA that signs the certificate; without it Caddy makes one of its own. Paths of PEM files. */
  readonly ca?: { readonly certFile: string; readonly keyFile: string };
}

export interface GatewayAnswer {
  /** `wss://host:port` */
  readonly url: string;
  /** PEM of the CA behind it. */
  readonly caPem: string;
}

/** The Caddy in front of this node's terminals. It outlives the agent; disposal only lets go of it. */
export interface Gateway extends Disposable {
  /** Starts Caddy, or keeps the one that runs, with new settings loaded when they differ. @throws FleetError `missing-program`, `port-taken` */
  start(want: GatewayWant): Promise<GatewayAnswer>;
  stop(): Promise<void>;
  status(): PartStatus;
  /** What the last start answered, also of an adopted one. */
  current(): GatewayAnswer | undefined;
}
