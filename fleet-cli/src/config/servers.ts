// `servers.toml` (0600): nodes reached directly, with the bearer token of each.
import { existsSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import { describeIssue } from "./issue.ts";
import { checkPrivate, writePrivate } from "./private-file.ts";

const SavedServer = z.strictObject({
  /** Base URL, `ws://` or `wss://`. */
  url: z.string(),
  token: z.optional(z.string()),
  /** PEM of the CA behind the URL. */
  ca: z.optional(z.string()),
});
export type SavedServer = z.infer<typeof SavedServer>;

const ServersFile = z.strictObject({ servers: z.optional(z.record(z.string(), SavedServer)) });

/** @throws FleetError `bad-config`, `unsafe-permissions` */
export async function readServers(path: string): Promise<Record<string, SavedServer>> {
  if (!existsSync(path)) return {};
  checkPrivate(path);
  const parsed = ServersFile.safeParse((await import("./toml.ts")).readToml(path));
  if (!parsed.success) throw new FleetError("bad-config", `${path}: ${describeIssue(parsed.error.issues[0])}`);
  return parsed.data.servers ?? {};
}

export async function findServer(path: string, name: string): Promise<SavedServer | undefined> {
  const servers = await readServers(path);
  return Object.hasOwn(servers, name) ? servers[name] : undefined;
}

/** A server of the same name is replaced. */
export async function addServer(path: string, name: string, server: SavedServer): Promise<void> {
  await writeServers(path, { ...(await readServers(path)), [name]: server });
}

/** @throws FleetError `unknown-server` */
export async function removeServer(path: string, name: string): Promise<void> {
  const { [name]: gone, ...others } = await readServers(path);
  if (gone === undefined) throw new FleetError("unknown-server", `no server is saved as '${name}'`);
  await writeServers(path, others);
}

async function writeServers(path: string, servers: Record<string, SavedServer>): Promise<void> {
  const { stringify } = await import("./toml.ts");
  writePrivate(path, stringify({ servers }));
}
