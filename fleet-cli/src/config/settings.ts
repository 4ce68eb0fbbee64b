// What this command was told: flag over environment over file over default. The only place of the CLI that reads the environment.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { expandTilde, pathsOf, type ConfigFile, type NotifyRule, type Paths } from "@fleetwire/shared/config";
import { FleetError } from "@fleetwire/shared/errors";
import { FleetName, type PoolName } from "@fleetwire/shared/ids";

/** Values of global flags, and of a program that asks. */
export interface GivenSettings {
  /** As FLEET_HOME. Whoever names a home means that machine, not the session this runs in. */
  readonly home?: string;
  readonly nats?: string;
  readonly creds?: string;
  readonly fleet?: string;
  readonly server?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  /** As FLEET_NODE_PROGRAM. */
  readonly nodeProgram?: string;
}

export interface NatsSettings {
  readonly urls: readonly string[];
  /** Absolute path of a creds file. */
  readonly creds?: string;
  readonly token?: string;
}

export interface Settings {
  readonly paths: Paths;
  readonly home: string;
  readonly cwd: string;
  /** A NATS that was named; a fleet that was joined is known from the caller's credentials instead. */
  readonly nats?: NatsSettings;
  readonly creds?: string;
  readonly fleet?: FleetName;
  readonly pool?: PoolName;
  /** Saved name or address of a node to reach directly. */
  readonly server?: string;
  readonly bearer: { readonly value?: string; readonly file?: string };
  readonly caFile?: string;
  /** Inside a session: the socket that knows which session asks. */
  readonly sessionSocket?: string;
  /** Which life of that session it is. */
  readonly sessionEpoch?: string;
  /** `node:id` of the session this runs in. */
  readonly session?: string;
  /** The node agent's program, instead of the installed one. */
  readonly nodeProgram?: string;
  /** Lines of history that an attach brings. */
  readonly scrollback?: number;
  /** What of a session's output reaches more than the screen. */
  readonly passing: { readonly clipboard: boolean; readonly titles: boolean; readonly notifications: boolean };
  /** `[[notify]]` of the file, as written. */
  readonly notify: readonly NotifyRule[];
  /** `[mcp]` of the file, as written. */
  readonly mcp: NonNullable<ConfigFile["mcp"]>;
  readonly shell?: string;
  /** Where other programs keep their data and configuration, for shell completion. */
  readonly dataHome: string;
  readonly configHome: string;
  readonly zshHome: string;
  readonly search: string;
  readonly color: boolean;
  /** The caller's environment for a session on this machine, without what steers or proves this fleet. */
  callerEnv(): Record<string, string>;
  /** The environment of a node agent started from here. */
  agentEnv(): Record<string, string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws FleetError `bad-config` naming the file or variable and the key; `path-too-long` */
export async function readSettings(given: GivenSettings, environment: Environment = process.env, cwd?: string): Promise<Settings> {
  const env = given.home === undefined ? environment : { ...without(environment, OF_SESSION), FLEET_HOME: given.home };
  const home = env["HOME"] || homedir();
  const paths = pathsOf(env, home);
  const file: ConfigFile = existsSync(paths.configFile) ? (await import("./config-file.ts")).readConfigFile(paths.configFile) : {};
  const value = (name: string) => env[name] || undefined;
  const urls = listOf(given.nats ?? value("FLEET_NATS_URL")) ?? (file.nats?.url === undefined ? undefined : [file.nats.url].flat());
  const creds = given.creds ?? value("FLEET_NATS_CREDS") ?? file.nats?.creds;
  const token = value("FLEET_NATS_TOKEN") ?? file.nats?.token;
  const session = value("FLEET_SESSION");
  return {
    paths,
    home,
    cwd: cwd ?? process.cwd(),
    nats: urls === undefined ? undefined : { urls, creds: creds && expandTilde(creds, home), token },
    creds: creds && expandTilde(creds, home),
    fleet: fleetOf(given.fleet ?? value("FLEET_FLEET")) ?? file.nats?.fleet,
    pool: file.nats?.pool,
    server: given.server ?? value("FLEET_SERVER"),
    bearer: { value: given.token ?? (given.tokenFile === undefined ? value("FLEET_TOKEN") : undefined), file: given.tokenFile && expandTilde(given.tokenFile, home) },
    caFile: given.caFile && expandTilde(given.caFile, home),
    sessionSocket: value("FLEET_SOCKET"),
    sessionEpoch: value("FLEET_SESSION_EPOCH"),
    session: session === undefined ? undefined : `${value("FLEET_NODE") ?? ""}:${session}`,
    nodeProgram: given.nodeProgram ?? value("FLEET_NODE_PROGRAM"),
    scrollback: file.attach?.scrollback,
    // A program that reads somebody else's text can be made to print what it likes: what is pasted next shouldn't be its choice.
    passing: { clipboard: file.attach?.clipboard === "write", titles: file.attach?.titles ?? true, notifications: file.attach?.notifications ?? true },
    notify: file.notify ?? [],
    mcp: file.mcp ?? {},
    shell: value("SHELL"),
    dataHome: value("XDG_DATA_HOME") ?? `${home}/.local/share`,
    configHome: value("XDG_CONFIG_HOME") ?? `${home}/.config`,
    zshHome: value("ZDOTDIR") ?? home,
    search: value("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
    color: env["NO_COLOR"] === undefined && env["TERM"] !== "dumb",
    callerEnv: () => without(env, /^(FLEET_|NATS_)/),
    agentEnv: () => without(env, /^FLEET_(TOKEN|SERVER|SOCKET|SESSION|SESSION_NAME|SESSION_EPOCH|NODE)$/),
  };
}

/** Set by a node in the sessions it runs. */
const OF_SESSION = /^FLEET_(SOCKET|SESSION|SESSION_NAME|SESSION_EPOCH|NODE)$/;

function without(env: Environment, names: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && !names.test(entry[0])));
}

function listOf(text: string | undefined): string[] | undefined {
  const urls = text?.split(",").map((url) => url.trim()).filter((url) => url !== "");
  return urls === undefined || urls.length === 0 ? undefined : urls;
}

function fleetOf(text: string | undefined): FleetName | undefined {
  if (text === undefined) return undefined;
  const parsed = FleetName.safeParse(text);
  if (!parsed.success) throw new FleetError("bad-name", `'${text}' is not a fleet name`, { hint: "1–32 of a–z, 0–9 and inner hyphens" });
  return parsed.data;
}
