// `--server NAME|URL`: what was saved under that name, or the address itself with a token from a file or the environment.
import { FleetError } from "@fleetwire/shared/errors";
import { normalizeNodeUrl } from "@fleetwire/shared/wire";
import { findServer, type Settings } from "../../config/index.ts";
import { readCa } from "../ca.ts";
import { readSecret } from "../secret.ts";
import type { DirectServer } from "./direct-carrier.ts";

/** @throws FleetError `unknown-server`, `insecure-url`, `needs-flag` */
export async function directServer(named: string, settings: Settings): Promise<DirectServer> {
  const saved = await findServer(settings.paths.servers, named);
  if (saved === undefined && /^[A-Za-z0-9_-]+$/.test(named)) throw new FleetError("unknown-server", `no server is saved as '${named}'`);
  const url = normalizeNodeUrl(saved?.url ?? named);
  const token = settings.bearer.file === undefined ? (settings.bearer.value ?? saved?.token) : readSecret(settings.bearer.file);
  if (token === undefined) throw new FleetError("needs-flag", `${named} needs a token: give --token-file FILE, or FLEET_TOKEN`, { hint: "on that node: 'fleet server token create NAME --role ROLE' prints one" });
  return { url, token, ca: settings.caFile === undefined ? saved?.ca : readCa(settings.caFile) };
}
