// Where things live (XDG), derived from the environment by one pure function. FLEET_HOME moves all of it under one directory.
import { FleetError } from "../errors/index.ts";

export interface Paths {
  readonly config: string;
  readonly state: string;
  readonly run: string;
  readonly configFile: string;
  /** The agent's unix socket. */
  readonly agentSocket: string;
  /** Seed of the caller's key (CLI, MCP server). */
  readonly callerSeed: string;
  /** Credentials of the caller. */
  readonly callerCredentials: string;
  readonly servers: string;
  readonly logs: string;
}

/** Longest path of a unix socket that every kernel we run on takes. */
const SOCKET_PATH_MAX = 103;

export function pathsOf(env: Readonly<Record<string, string | undefined>>, home: string): Paths {
  const root = env["FLEET_HOME"];
  const base = root !== undefined && root !== "" ? expandTilde(root, home) : undefined;
  const config = base === undefined ? `${env["XDG_CONFIG_HOME"] || `${home}/.config`}/fleet` : `${base}/config`;
  const state = base === undefined ? `${env["XDG_STATE_HOME"] || `${home}/.local/state`}/fleet` : `${base}/state`;
  const runtime = env["XDG_RUNTIME_DIR"];
  const run = base === undefined ? (runtime ? `${runtime}/fleet` : `${state}/run`) : `${base}/run`;
  // The longest socket is a PTY host's: hosts/<8 characters>.sock
  if (Buffer.byteLength(`${run}/hosts/12345678.sock`) > SOCKET_PATH_MAX) throw new FleetError("path-too-long", `the directory for sockets is too long: ${run}`);
  return {
    config,
    state,
    run,
    configFile: `${config}/config.toml`,
    agentSocket: `${run}/agent.sock`,
    callerSeed: `${config}/caller.nk`,
    callerCredentials: `${config}/credentials.json`,
    servers: `${config}/servers.toml`,
    logs: `${state}/logs`,
  };
}

export function expandTilde(path: string, home: string): string {
  return path === "~" ? home : path.startsWith("~/") ? `${home}${path.slice(1)}` : path;
}
