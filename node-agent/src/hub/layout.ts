// What a hub is on disk: everything below `state/hub`, directories 0700, files 0600.
import { join } from "node:path";
import { FleetName, PoolName } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { registryFiles } from "../registry/index.ts";
import { relayFiles } from "../relay/index.ts";

/** `hub.json` */
export const HubFile = z.object({
  version: z.literal(1),
  fleet: FleetName,
  /** The name other machines reach the hub by; null: loopback only. */
  host: z.nullable(z.string()),
  natsPort: z.int(),
  gatewayPort: z.int(),
  /** The gateway's port was asked for. */
  gatewayPortFixed: z.boolean(),
  pools: z.array(PoolName),
  /** `hub up` was asked for: the agent starts it again. */
  up: z.boolean(),
  /** Public keys, for the accounts that are known by key. */
  systemAccount: z.string(),
  fleetAccount: z.string(),
  registry: z.string(),
});
export type HubFile = z.infer<typeof HubFile>;

/** `operator.json`: the identity keys. Only init, tokens for new pools and revocations need them; the registry doesn't have them. */
export const OperatorFile = z.object({
  operator: z.string(),
  operatorJwt: z.string(),
  /** Seeds and current JWTs of the accounts. */
  system: z.object({ seed: z.string(), jwt: z.string() }),
  fleet: z.object({ seed: z.string(), jwt: z.string() }),
  store: z.object({ seed: z.string(), jwt: z.string() }),
  /** May push new account JWTs to the running server. */
  claimsUser: z.object({ seed: z.string(), jwt: z.string() }),
});
export type OperatorFile = z.infer<typeof OperatorFile>;

export function hubFiles(directory: string) {
  return {
    directory,
    hub: join(directory, "hub.json"),
    operator: join(directory, "operator.json"),
    caCert: join(directory, "ca", "ca.crt"),
    caKey: join(directory, "ca", "ca.key"),
    serverCert: join(directory, "nats", "server.crt"),
    serverKey: join(directory, "nats", "server.key"),
    natsConfig: join(directory, "nats", "nats-server.conf"),
    operatorJwt: join(directory, "nats", "operator.jwt"),
    resolver: join(directory, "nats", "accounts"),
    jetstream: join(directory, "nats", "jetstream"),
    natsPid: join(directory, "run", "nats-server.pid"),
    natsLog: join(directory, "logs", "nats-server.log"),
    registryPid: join(directory, "run", "registry.pid"),
    registryLog: join(directory, "logs", "registry.log"),
    registry: registryFiles(directory),
    relay: relayFiles(directory),
  };
}
export type HubFiles = ReturnType<typeof hubFiles>;
