import type { hubInit, hubRevoke, hubRotate, hubStatus, hubToken, hubTokens, InputOf, OutputOf } from "@fleetwire/shared/bus";
import type { KeyPair } from "@fleetwire/shared/keys";
import type { Gateway } from "../gateway/index.ts";
import type { CredentialEvent } from "../registry/index.ts";
import type { Log, Processes } from "../processes/index.ts";

export interface HubDeps {
  /** The agent's state directory; the hub lives in `hub` below it. */
  readonly stateDir: string;
  /** The caller's directory, for `caller.nk` and `credentials.json`. */
  readonly configDir: string;
  readonly nodeKey: KeyPair;
  /** The node's name, a label in its credential. */
  readonly nodeName: () => string;
  readonly processes: Processes;
  readonly gateway: Gateway;
  /** Command line of the registry, without `--state DIR`: e.g. [node, "fleet-node.js", "registry"]. */
  readonly registryCommand: readonly string[];
  /** Likewise of the relay. */
  readonly relayCommand: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of what is done to the hub, its tokens and its credentials here. */
  readonly onAction: (action: HubAction) => void;
  readonly log: Log;
}

export type HubAction =
  | CredentialEvent
  /** Milliseconds since 1970. */
  | ({ readonly at: number } & ({ readonly kind: "hub-init"; readonly fleet: string; readonly publicBind: boolean } | { readonly kind: "pool-added"; readonly pool: string }));

export type HubStatus = OutputOf<typeof hubStatus>;

export interface Hub extends Disposable {
  exists(): boolean;
  /** `up` was asked for, and not `down` since. */
  isUp(): boolean;
  /** Makes keys, accounts, certificates and configuration; starts nothing. @throws FleetError `hub-exists`, `port-taken` */
  init(input: InputOf<typeof hubInit>): Promise<OutputOf<typeof hubInit>>;
  /** Starts nats-server and the registry and keeps them running, also over agent restarts. @throws FleetError `hub-missing`, `port-taken`, `missing-program` */
  up(): Promise<HubStatus>;
  down(): Promise<HubStatus>;
  status(): Promise<HubStatus>;
  token(input: InputOf<typeof hubToken>): Promise<OutputOf<typeof hubToken>>;
  tokens(): OutputOf<typeof hubTokens>;
  /** @throws FleetError `unknown-credential`, `bad-input` when several are meant */
  revoke(input: InputOf<typeof hubRevoke>): Promise<OutputOf<typeof hubRevoke>>;
  rotate(input: InputOf<typeof hubRotate>): Promise<OutputOf<typeof hubRotate>>;
  /** At the agent's start: adopts or starts what `up` had started. Never throws; what went wrong is in the status. */
  resume(): Promise<void>;
  /** Where the gateway of a hub's machine listens and with whose certificates; undefined without a hub. */
  gatewayPlan(): { host: string; port: number; bind: string; fixed: boolean; ca: { certFile: string; keyFile: string }; relay?: string } | undefined;
  /** From now on the registry tells nodes that the relay is reached there. @param url `wss://host:port` */
  gatewayIsAt(url: string): void;
}
