// The nats-server's configuration. Only what is needed is open: no monitoring, WebSocket, MQTT, leafnode or profiling port.
import type { HubFile, HubFiles, OperatorFile } from "./layout.ts";
import { publicOf } from "./accounts.ts";

/** Largest message: a page of the registry. Bytes. */
const MAX_PAYLOAD = 1024 * 1024;

export function natsConfig(hub: Pick<HubFile, "host" | "natsPort" | "fleet">, files: HubFiles, operator: OperatorFile): string {
  const text = JSON.stringify;
  const accounts = [operator.system, operator.fleet, operator.store].map(({ seed, jwt }) => `  ${publicOf(seed)}: ${text(jwt)}`);
  const tls = hub.host === null ? "" : `tls {\n  cert_file: ${text(files.serverCert)}\n  key_file: ${text(files.serverKey)}\n  timeout: 5\n}`;
  return `# Written by 'fleet hub'; changes are overwritten.
server_name: ${text(`fleet-${hub.fleet}`)}
listen: ${text(`${hub.host === null ? "127.0.0.1" : "0.0.0.0"}:${hub.natsPort}`)}
operator: ${text(files.operatorJwt)}
system_account: ${publicOf(operator.system.seed)}
# A directory of account JWTs, so that a new one (a pool, a revocation) reaches the running server.
resolver {
  type: full
  dir: ${text(files.resolver)}
  allow_delete: false
  interval: "2m"
}
resolver_preload {
${accounts.join("\n")}
}
# Ten thousand nodes may come back in one moment.
authorization { timeout: 10 }
jetstream {
  store_dir: ${text(files.jetstream)}
  max_memory_store: 16MB
  max_file_store: 2GB
}
max_payload: ${MAX_PAYLOAD}
max_control_line: 4096
max_pending: 64MB
write_deadline: "10s"
# A node that is frozen or cut off is noticed within 15 s.
ping_interval: "5s"
ping_max: 2
${tls}
`;
}
